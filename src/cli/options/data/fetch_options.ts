/** The options of `weft data fetch`. */
import { grouped, SHARED_OPTIONS, type SpecTable } from '../options.js';

export const FETCH_OPTIONS = {
  out: { type: 'string', describe: 'folder for pictures, products.csv and the report', demand: true },
  'url-column': {
    type: 'string',
    describe: 'the column of addresses (default: image_link, image_url or the like)',
  },
  where: { type: 'string', describe: 'the rows to fetch, e.g. brand=Acme,gender=female' },
  encoding: { type: 'string', describe: 'encoding of the feed, where it is not UTF-8, e.g. windows-1252' },
  'retry-failed': { type: 'boolean', describe: 'ask again for what failed in earlier runs', default: false },
  near: {
    type: 'integer',
    describe: 'mark pictures that look the same: perceptual hashes that differ in at most so many of 64 bits',
    default: 0,
    min: 0,
    below: 33,
  },
  ...grouped('Towards hosts', {
    contact: { type: 'string', describe: 'your mail address or page, for the User-Agent: whom a shop may ask' },
    concurrency: { type: 'integer', describe: 'requests at once', default: 8, min: 1, below: 65 },
    'per-host': { type: 'integer', describe: 'requests at once at one host', default: 1, min: 1, below: 3 },
    delay: { type: 'number', describe: 'seconds between two requests to one host', default: 0.5, min: 0, below: 3601 },
    robots: { type: 'boolean', describe: 'keep to robots.txt; --no-robots: the hosts are your own', default: true },
    retries: { type: 'integer', describe: 'tries after the first one', default: 4, min: 0, below: 21 },
    'retry-delay': {
      type: 'number',
      describe: 'seconds before the second try; they double',
      default: 1,
      min: 0,
      below: 61,
    },
    'max-wait': {
      type: 'number',
      describe: 'seconds that a host may ask to be left alone; after more its rows are left for another run',
      default: 300,
      min: 0,
      below: 86401,
    },
  } as const satisfies SpecTable),
  ...grouped('Limits', {
    timeout: { type: 'number', describe: 'seconds for a picture', default: 30, min: 0.1, below: 3601 },
    'max-size': { type: 'number', describe: 'MB of a picture', default: 20, min: 0.001, below: 513 },
    'max-pixels': { type: 'number', describe: 'million pixels of a picture', default: 64, min: 0.001, below: 64.001 },
    'max-redirects': { type: 'integer', describe: 'redirects that are followed', default: 5, min: 0, below: 21 },
    'allow-http': { type: 'boolean', describe: 'fetch http: too, which anybody on the way can change', default: false },
    'allow-private': {
      type: 'string',
      describe: 'hosts that may be of a local network or this machine, e.g. 127.0.0.1:8080,pictures.lan',
    },
  } as const satisfies SpecTable),
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

/** Collects the pictures that a feed names into a folder, and goes on where an earlier run has stopped. */
import { absolutePath, fileInfo, joinPath, makeDirectory, packageJson } from '#platform';
import { DataError, UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { MAX_PIXELS } from '../pictures/picture_header.js';
import { parseAddress } from './address.js';
import { readFeed, type Feed, type FeedOptions } from './feed.js';
import { Fetcher, type FetchCounts, type FetchSettings } from './fetcher.js';
import { Journal, JOURNAL } from './journal.js';
import { PICTURES } from './keep_picture.js';
import { failed, type Result } from './outcome.js';
import { TABLE, writeReport, type FetchReport, type RowResult } from './fetch_report.js';

export interface FetchOptions extends FeedOptions, Partial<FetchSettings> {
  /** Asks again for what failed in earlier runs. */
  readonly retryFailed?: boolean;
  /** Bits of 64 that perceptual hashes of pictures that look the same may differ in. Default 0. */
  readonly near?: number;
  /** What is under way is dropped, and what there is written. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
}

/** Different addresses. */
export interface FetchProgress {
  readonly done: number;
  readonly total: number;
  readonly bytes: number;
}

export interface FetchedFeed extends FetchCounts {
  readonly report: FetchReport;
  /** Addresses that earlier runs have settled: fetched, or failed for good. */
  readonly known: number;
  readonly knownFailed: number;
  readonly leftOut: number;
  readonly seconds: number;
}

export const FETCH_DEFAULTS: FetchSettings = {
  concurrency: 8,
  perHost: 1,
  delayMs: 500,
  retries: 4,
  backoffMs: 1000,
  maxWaitMs: 300_000,
  timeoutMs: 30_000,
  maxBytes: 20e6,
  maxPixels: MAX_PIXELS,
  maxRedirects: 5,
  allowHttp: false,
  privateHosts: [],
  robots: true,
};

/** @throws UsageError where a table or a folder of pictures that is not of this command would be overwritten. */
async function requireOwnFolder(folder: string, feedPath: string): Promise<void> {
  if (absolutePath(joinPath(folder, TABLE)) === absolutePath(feedPath))
    throw new UsageError(worded`{out} ${folder}: its ${TABLE} is the feed, and would be overwritten`, {
      fix: 'choose another folder',
    });
  if ((await fileInfo(joinPath(folder, JOURNAL))) !== null) return;
  for (const name of [TABLE, PICTURES])
    if ((await fileInfo(joinPath(folder, name))) !== null)
      throw new UsageError(worded`{out} ${folder} has a ${name} already, and no ${JOURNAL}: it is of another making`, {
        fix: 'choose another folder',
      });
}

/** Only letters that a header may have, and no brackets: it stands between some. */
function requireContact(contact: string | undefined): void {
  if (contact !== undefined && !/^[\x21-\x27\x2a-\x7e][\x20-\x27\x2a-\x7e]*$/.test(contact))
    throw new UsageError(worded`{contact} ${JSON.stringify(contact)} does not fit into a header`, {
      fix: 'give a mail address or a page',
    });
}

/** What each row came to; for those without a request, why. */
function rowResults(
  feed: Feed,
  journal: Journal,
  passing: ReadonlyMap<string, Result>,
  rules: FetchSettings,
): RowResult[] {
  const of = (cell: string): Pick<RowResult, 'url' | 'result'> => {
    const url = parseAddress(cell, rules);
    if (!(url instanceof URL)) return { url: null, result: url };
    const known = passing.get(url.href) ?? journal.results.get(url.href);
    return { url, result: known ?? failed('pending', 'has not been asked for') };
  };
  return [
    ...feed.rows.map((row) => ({ row, ...of(row.fields[feed.urlColumn]) })),
    ...feed.badRows.map((row) => ({
      row,
      url: null,
      result: failed('bad-row', `has ${row.fields.length} fields, the first line ${feed.columns.length}`),
    })),
  ].sort((a, b) => a.row.line - b.row.line);
}

/**
 * Fetches the pictures of a feed to `folder/pictures`, and writes `products.csv`, the feed's rows that have one, and
 * `fetch_report.json` and `.md`. The folder is the caller's alone (`withFolder`). A journal in it makes the next call
 * go on: what was fetched, or failed for good, is not asked for again.
 * @throws DataError for what is no feed; UsageError for settings and folders that do not fit; OutputError.
 */
export async function fetchFeed(path: string, folder: string, options: FetchOptions = {}): Promise<FetchedFeed> {
  const started = performance.now();
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: FetchSettings = { ...FETCH_DEFAULTS, ...given };
  requireContact(settings.contact);
  const feed = await readFeed(path, options);
  await requireOwnFolder(folder, path);
  await makeDirectory(folder);
  const journal = await Journal.open(folder);
  try {
    const addresses = new Map<string, URL>();
    for (const row of feed.rows) {
      const url = parseAddress(row.fields[feed.urlColumn], settings);
      if (url instanceof URL) addresses.set(url.href, url);
    }
    const wanted: URL[] = [];
    let knownFailed = 0;
    for (const [href, url] of addresses) {
      const known = journal.results.get(href);
      const isFailed = known !== undefined && known.outcome !== 'fetched';
      if (known === undefined || (isFailed && options.retryFailed === true)) wanted.push(url);
      else if (isFailed) knownFailed++;
    }
    const known = addresses.size - wanted.length;
    let done = known;
    const fetcher = new Fetcher(folder, journal, packageJson().version, settings, () => {
      options.onProgress?.({ done: ++done, total: addresses.size, bytes: fetcher.counts.bytes });
    });
    await fetcher.run(wanted, options.signal ?? new AbortController().signal);
    const rows = rowResults(feed, journal, fetcher.passing, settings);
    const name = path.replace(/^.*[/\\]/, '');
    const report = writeReport(folder, name, feed, rows, options.near ?? 0);
    const seconds = (performance.now() - started) / 1000;
    return { report, known, knownFailed, leftOut: feed.leftOut, seconds, ...fetcher.counts };
  } finally {
    journal.close();
  }
}

/** @throws DataError where a whole feed has brought no picture. */
export function requirePictures({ report }: FetchedFeed): void {
  if (report.pictures > 0) return;
  const [first] = report.failures;
  throw new DataError(
    `${report.feed}: none of ${report.rows} rows has brought a picture; line ${first.line}: ${first.reason}`,
    { fix: 'see fetch_report.md in the folder' },
  );
}

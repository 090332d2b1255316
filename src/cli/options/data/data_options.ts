/** The options of `weft data show`, `check` and `download`. */
import { IMAGE_OPTIONS, SHARED_OPTIONS, without, type OptionSpec, type SpecTable } from '../options.js';

export const SHOW_OPTIONS = {
  out: { type: 'string', describe: 'the picture to write', default: 'contact-sheet.png' },
  pictures: {
    type: 'string',
    describe: 'folder to write pictures of the test part to, one PNG each: for weft predict',
  },
  'per-class': { type: 'integer', describe: 'pictures of each class', default: 12, min: 1, below: 1001 },
  seed: { type: 'integer', describe: 'which pictures, and how they are augmented', default: 0, min: 0 },
  ...IMAGE_OPTIONS,
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

export const CHECK_OPTIONS: SpecTable = {
  names: { type: 'integer', describe: 'files to name of each kind; --json names all', default: 10, min: 0 },
  ...without(IMAGE_OPTIONS, ['augment']),
  json: SHARED_OPTIONS.json,
};

export const DOWNLOAD_OPTIONS = {
  dir: { type: 'string', describe: 'folder to download into (default: the user’s cache)' },
  'base-url': { type: 'string', describe: 'where to fetch from instead (also $WEFT_MIRROR)' },
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

/** What there is to download. */
const DATA_SETS: readonly string[] = ['fashion-mnist', 'mnist', 'cifar10', 'cifar100'];
export const DOWNLOAD_NAME: OptionSpec = { type: 'string', describe: DATA_SETS.join(', '), choices: DATA_SETS };

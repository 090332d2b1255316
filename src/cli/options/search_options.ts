/** The options of `weft search`; what they say wins over the file of the space. */
import type { SpecTable } from './options.js';

/** Options of training that a search has its own form of. */
export const FOREIGN: readonly string[] = ['out', 'resume', 'force', 'preset', 'sync-every', 'share-gpu'];

export const SEARCH_OPTIONS = {
  method: {
    type: 'string',
    describe: 'asha: the best go on; random: all are trained to the end',
    choices: ['asha', 'random'],
  },
  trials: { type: 'integer', describe: 'configurations that are drawn (default: 27)', min: 1, below: 1001 },
  seed: { type: 'integer', describe: 'of the draws (default: 0)', min: 0, below: 2 ** 53 - 1 },
  'min-epochs': { type: 'integer', describe: 'epochs of the first rung (default: 1)', min: 1 },
  eta: { type: 'integer', describe: 'one of so many goes on, for so many times the epochs (default: 3)', min: 2 },
  width: {
    type: 'integer',
    describe: 'trials that are begun or gone on with before results are looked at again (default: 4)',
    min: 1,
  },
  out: { type: 'string', describe: 'folder of the report and the trials (default: runs/search-NAME)' },
} as const satisfies SpecTable;

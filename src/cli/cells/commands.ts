/** The commands that compute cells of tables, declared. */
import type { Command } from '../declare/declared.js';
import { SHARED_OPTIONS } from '../options/options.js';
import { SEARCH_OPTIONS } from '../options/search_options.js';
import { CELL_OPTIONS, EXECUTOR_OPTIONS, WORKER_OPTIONS } from './options.js';

export const search: Command = {
  form: 'search <space>',
  describe: 'try configurations of a space: random search, and successive halving (ASHA)',
  positionals: { space: 'YAML file: options of training, and `space:` with what is varied' },
  options: { ...SEARCH_OPTIONS, ...EXECUTOR_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['search space.yaml', 'goes on where it was stopped'],
    ['search space.yaml --method random --trials 7', 'all of them to the end'],
    ['search space.yaml --jobs 4', 'four runs at a time'],
  ],
  run: async (argv) => (await import('../commands/search.js')).run(argv),
};

export const cell: Command = {
  form: 'cell <keys..>',
  describe: 'compute cells of a table that compare, search or imbalance has planned (--list-cells)',
  positionals: { keys: 'of the cells, as --list-cells prints them' },
  options: CELL_OPTIONS,
  examples: [
    [
      'cell cnn-seed0-3f8a12cd --plan runs/compare-models/plan.json',
      'one run of a comparison; what is done is not done again',
    ],
  ],
  run: async (argv) => (await import('./run_cell.js')).run(argv),
};

export const worker: Command = {
  form: 'worker',
  describe: 'take cells from a queue and compute them, for compare, search and imbalance with --queue',
  options: WORKER_OPTIONS,
  examples: [
    [
      'worker --queue redis://127.0.0.1:6379 --out runs',
      'beside who queues, or on a machine that shares the folder runs',
    ],
    [
      'worker --queue redis://10.0.0.5:6379 --data fashion',
      'elsewhere: the data are here, results go back by the queue',
    ],
  ],
  run: async (argv) => (await import('./queue/worker.js')).run(argv),
};

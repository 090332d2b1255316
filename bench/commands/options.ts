/** The options of the commands of `weft bench`. */
import { SHARED_OPTIONS, type OptionSpec } from '../../src/cli/options/options.js';

type Options = Readonly<Record<string, OptionSpec>>;

export const KERNEL_OPTIONS = {
  filter: { type: 'string', describe: 'only kernels whose `name variant` this regular expression matches' },
  shapes: {
    type: 'string',
    describe: 'other sizes: problems parted by commas, sizes by x, e.g. MxKxN for matmul (--list tells the letters)',
  },
  all: {
    type: 'boolean',
    describe: 'every set of constants of a family’s members, not only the default one',
    default: false,
  },
  list: { type: 'boolean', describe: 'print the names and measure nothing', default: false },
  seconds: { type: 'number', describe: 'time for each row', default: 0.5, min: 0, below: 3600 },
  out: { type: 'string', describe: 'folder for kernels.json, kernels.csv and the roofline plot (SVG and PNG)' },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const TRAIN_BENCH_OPTIONS = {
  models: { type: 'string', describe: 'workloads, parted by commas (default: all that train)' },
  seconds: { type: 'number', describe: 'time for each workload', default: 5, min: 0, below: 3600 },
  profile: { type: 'boolean', describe: 'print the GPU time of each kernel of a step', default: false },
  out: { type: 'string', describe: 'folder for train.json and train.csv' },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const INFER_OPTIONS = {
  models: { type: 'string', describe: 'networks, parted by commas', default: 'squeezenet1_1,resnet50,cnn' },
  batch: { type: 'string', describe: 'images of a call, parted by commas', default: '1,32' },
  seconds: { type: 'number', describe: 'time for each row', default: 3, min: 0, below: 3600 },
  out: { type: 'string', describe: 'folder for infer.json and infer.csv' },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const CLASSES_OPTIONS = {
  model: { type: 'string', describe: 'whose training step; its head must be linear', default: 'resnet20' },
  classes: { type: 'string', describe: 'numbers of classes, parted by commas', default: '512,2048,8192,32768' },
  batch: { type: 'integer', describe: 'images of a step, 3x32x32', default: 64, min: 1 },
  seconds: { type: 'number', describe: 'time for each row', default: 5, min: 0, below: 3600 },
  out: { type: 'string', describe: 'folder for classes.json and classes.csv' },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const RANKS_OPTIONS = {
  model: { type: 'string', describe: 'whose training step', default: 'lenet5' },
  batch: { type: 'integer', describe: 'images of a step, of all ranks together', default: 64, min: 1 },
  input: { type: 'string', describe: 'size of an image, CxHxW (default: the model’s usual one)' },
  'per-rank': { type: 'boolean', describe: '--batch is the images of each rank, not of all', default: false },
  ranks: { type: 'string', describe: 'numbers of ranks to predict for', default: '2,8,32,128,1000' },
  'sync-every': { type: 'integer', describe: 'steps between two exchanges', default: 1, min: 1 },
  buckets: { type: 'integer', describe: 'parts in which gradients are added up', default: 1, min: 1 },
  speed: { type: 'number', describe: 'predict for devices so many times as fast at computing', default: 1, min: 0 },
  runs: { type: 'integer', describe: 'runs of which each figure is the median', default: 30, min: 1 },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const SEARCH_OPTIONS = {
  rows: { type: 'string', describe: 'rows of the index, parted by commas', default: '2000,1000000' },
  width: { type: 'integer', describe: 'numbers of a row', default: 512, min: 1, below: 65536 },
  queries: { type: 'string', describe: 'queries asked at once, parted by commas', default: '1,32' },
  k: { type: 'integer', describe: 'rows wanted for each', default: 10, min: 1, below: 257 },
  seconds: { type: 'number', describe: 'time for each row', default: 2, min: 0, below: 3600 },
  out: { type: 'string', describe: 'folder for search.json and search.csv' },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const HOST_OPTIONS = {
  steps: { type: 'integer', describe: 'steps measured of each kind', default: 200, min: 5 },
  ...SHARED_OPTIONS,
} as const satisfies Options;

export const COMPARE_OPTIONS = {
  'fail-above': {
    type: 'number',
    describe: 'exit with 8 when a row of B takes more than this times as long as in A, beyond the noise',
    min: 0,
  },
  force: {
    type: 'boolean',
    describe: 'answer --fail-above also where a document was made on a busy host or another adapter',
    default: false,
  },
  json: SHARED_OPTIONS.json,
} as const satisfies Options;

export const SERVE_BENCH_OPTIONS = {
  requests: { type: 'integer', describe: 'of each kind', default: 1000, min: 1, below: 100_001 },
  together: { type: 'integer', describe: 'requests under way at once', default: 200, min: 1, below: 2001 },
  json: SHARED_OPTIONS.json,
} as const satisfies Options;

/** `weft bench`, as the command line is told of it. What the commands need is loaded when one of them runs. */
import type { CommandGroup, Parsed } from '../src/cli/declared.js';
import { SHARED_OPTIONS, type OptionSpec } from '../src/cli/options/options.js';

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

export const CLASSES_OPTIONS = {
  model: { type: 'string', describe: 'whose training step; its head must be linear', default: 'resnet20' },
  classes: { type: 'string', describe: 'numbers of classes, parted by commas', default: '512,2048,8192,32768' },
  batch: { type: 'integer', describe: 'images of a step, 3x32x32', default: 64, min: 1 },
  seconds: { type: 'number', describe: 'time for each row', default: 5, min: 0, below: 3600 },
  out: { type: 'string', describe: 'folder for classes.json and classes.csv' },
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

/** `--out` is tried, and taken, before anything is measured. */
async function intoFolder(argv: Parsed, measure: () => Promise<void>): Promise<void> {
  if (argv['out'] === undefined) return measure();
  return (await import('../src/cli/owned.js')).ownFolder(String(argv['out']), measure);
}

export const benchCommand: CommandGroup = {
  name: 'bench',
  describe: 'measure kernels and training steps on this adapter',
  commands: [
    {
      form: 'kernels',
      describe: 'validate and time the kernels, against the adapter’s roofs',
      options: KERNEL_OPTIONS,
      examples: [
        ["bench kernels --filter '^(matmul|conv2d)' --out bench", 'two families, with plot'],
        ["bench kernels --filter '^matmul' --shapes 256x256x256,1024x1024x1024", 'at sizes of your own'],
      ],
      run: (argv) => intoFolder(argv, async () => (await import('./kernels.js')).run(argv)),
    },
    {
      form: 'train',
      describe: 'time whole training steps',
      options: TRAIN_BENCH_OPTIONS,
      examples: [['bench train --models lenet5,cnn --profile', 'two models, kernel by kernel']],
      run: (argv) => intoFolder(argv, async () => (await import('./train.js')).run(argv)),
    },
    {
      form: 'classes',
      describe: 'time and memory of a training step as the number of classes grows',
      options: CLASSES_OPTIONS,
      examples: [
        [
          'bench classes --model resnet20 --batch 64 --out classes',
          '512 to 32,768 classes, head and loss as one and apart',
        ],
      ],
      run: (argv) => intoFolder(argv, async () => (await import('./classes.js')).run(argv)),
    },
    {
      form: 'search',
      describe: 'time of a search for the most similar rows as an index grows',
      options: SEARCH_OPTIONS,
      examples: [['bench search --rows 2000,1000000', 'about 2 GiB of memory on the GPU, and as much on the host']],
      run: (argv) => intoFolder(argv, async () => (await import('./search.js')).run(argv)),
    },
    {
      form: 'host',
      describe: 'host time per dispatch, recorded anew and replayed',
      options: HOST_OPTIONS,
      examples: [['bench host', '200 tiny dispatches a step']],
      run: async (argv) => (await import('./host.js')).run(argv),
    },
    {
      form: 'compare <a> <b>',
      describe: 'set two benchmark documents side by side',
      positionals: { a: 'JSON of the earlier run', b: 'JSON of the later run' },
      options: COMPARE_OPTIONS,
      examples: [
        [
          'bench compare before/kernels.json after/kernels.json --fail-above 1.1',
          'exit code 8 when a kernel got slower',
        ],
      ],
      run: async (argv) => (await import('./before_after.js')).run(argv),
    },
  ],
};

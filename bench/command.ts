/** `weft bench`, as the command line is told of it. What the commands need is loaded when one of them runs. */
import type { CommandGroup, Parsed } from '../src/cli/declare/declared.js';
import {
  CLASSES_OPTIONS,
  COMPARE_OPTIONS,
  HOST_OPTIONS,
  INFER_OPTIONS,
  KERNEL_OPTIONS,
  RANKS_OPTIONS,
  SEARCH_OPTIONS,
  SERVE_BENCH_OPTIONS,
  TRAIN_BENCH_OPTIONS,
} from './commands/options.js';

/** `--out` is tried, and taken, before anything is measured. */
async function intoFolder(argv: Parsed, measure: () => Promise<void>): Promise<void> {
  if (argv['out'] === undefined) return measure();
  return (await import('../src/cli/own_folder.js')).ownFolder(String(argv['out']), measure);
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
      run: (argv) => intoFolder(argv, async () => (await import('./commands/kernels.js')).run(argv)),
    },
    {
      form: 'train',
      describe: 'time whole training steps',
      options: TRAIN_BENCH_OPTIONS,
      examples: [['bench train --models lenet5,cnn --profile', 'two models, kernel by kernel']],
      run: (argv) => intoFolder(argv, async () => (await import('./commands/train.js')).run(argv)),
    },
    {
      form: 'infer',
      describe: 'time calls of networks in evaluation mode',
      options: INFER_OPTIONS,
      examples: [['bench infer --models squeezenet1_1,resnet50,cnn --batch 1,32', 'one image, and a batch']],
      run: (argv) => intoFolder(argv, async () => (await import('./commands/infer.js')).run(argv)),
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
      run: (argv) => intoFolder(argv, async () => (await import('./commands/classes.js')).run(argv)),
    },
    {
      form: 'ranks',
      describe: 'what a step would cost when several ranks share it, measured and predicted',
      options: RANKS_OPTIONS,
      examples: [
        ['bench ranks --model resnet20 --batch 1024', 'for 2 to 1,000 ranks on four networks'],
        ['bench ranks --model resnet20 --batch 128 --per-rank', 'each rank has so many images'],
      ],
      run: async (argv) => (await import('./commands/ranks.js')).run(argv),
    },
    {
      form: 'search',
      describe: 'time of a search for the most similar rows as an index grows',
      options: SEARCH_OPTIONS,
      examples: [['bench search --rows 2000,1000000', 'about 2 GiB of memory on the GPU, and as much on the host']],
      run: (argv) => intoFolder(argv, async () => (await import('./commands/search.js')).run(argv)),
    },
    {
      form: 'host',
      describe: 'host time per dispatch, recorded anew and replayed',
      options: HOST_OPTIONS,
      examples: [['bench host', '200 tiny dispatches a step']],
      run: async (argv) => (await import('./commands/host.js')).run(argv),
    },
    {
      form: 'serve <run>',
      describe: 'the server behind the page under many requests at once: times, refusals, memory',
      positionals: { run: 'run folder, as weft train wrote it' },
      options: SERVE_BENCH_OPTIONS,
      examples: [['bench serve runs/cnn', '1,000 requests of each kind, 200 at once, to a server on this machine']],
      run: async (argv) => (await import('./commands/serve.js')).run(argv),
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
      run: async (argv) => (await import('./commands/before_after.js')).run(argv),
    },
  ],
};

/** The commands that use what was trained, declared. */
import type { Command } from './declared.js';
import { DIAGNOSE_OPTIONS } from '../options/diagnose_options.js';
import { EXPORT_OPTIONS } from '../options/export_options.js';
import { SHARED_OPTIONS } from '../options/options.js';
import { EVAL_RETRIEVAL_OPTIONS, INDEX_OPTIONS, SIMILAR_OPTIONS } from '../options/retrieval_options.js';
import { EVAL_OPTIONS, PAGE_OPTIONS, PREDICT_OPTIONS, SERVE_OPTIONS } from '../options/run_options.js';

const RUN = { run: 'run folder, as weft train wrote it' };
const RUNS = { runs: 'run folders, as weft train wrote them; the first is the one shown first' };

export const evaluate: Command = {
  form: 'eval <run>',
  describe: 'evaluate a run’s model',
  positionals: RUN,
  options: { ...EVAL_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['eval runs/cnn --split validation', 'on what the run held back of its data'],
    ['eval runs/cnn --data photos --split all --out figures', 'on other data, with the confusion matrix as a picture'],
  ],
  run: async (argv) => (await import('../commands/eval.js')).run(argv),
};

export const diagnose: Command = {
  form: 'diagnose <run>',
  describe: 'say what is wrong with a run, if anything, and what to try',
  positionals: RUN,
  options: { ...DIAGNOSE_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['diagnose runs/cnn', 'statistics, preprocessing, labels, copies, rate, gradients: what was measured of each'],
    ['diagnose runs/cnn --data photos', 'why the run does worse on other images'],
  ],
  run: async (argv) => (await import('../diagnose/diagnose.js')).run(argv),
};

export const predict: Command = {
  form: 'predict <run> <images..>',
  describe: 'say what pictures show (PNG, JPEG or WebP of any size)',
  positionals: {
    run: 'run folder, or imagenet:MODEL: published weights (weft weights list), fetched once',
    images: 'PNG, JPEG or WebP files, folders of them, patterns in quotes, or CSV files of pixels',
  },
  options: { ...PREDICT_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['predict runs/cnn shoe.jpg boot.png --top 5', 'the five most likely classes of each'],
    [
      "predict runs/cnn photos 'more/*.jpg' --out answers.csv",
      'all pictures below a folder, and those that a pattern finds',
    ],
    ['predict runs/cnn test.csv --top 1 --out answers.csv', 'the rows of a table of pixels, with labels or without'],
    ['predict imagenet:resnet50 photo.jpg', 'of ImageNet’s thousand classes, without any training'],
  ],
  run: async (argv) => (await import('../commands/predict.js')).run(argv),
};

export const index: Command = {
  form: 'index [run]',
  describe: 'make vectors of images with a run’s model, to search for similar ones',
  positionals: RUN,
  options: { ...INDEX_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['index runs/shoes --data products.csv --out shoes-index', 'with the run’s own columns and sizes'],
    [
      'index --model squeezenet1_1 --pretrained squeezenet1_1.safetensors --data products.csv --label type --out INDEX',
      'with published weights, without a run',
    ],
  ],
  run: async (argv) => (await import('../commands/make_index.js')).run(argv),
};

const INDEX = { index: 'folder that weft index wrote' };

export const similar: Command = {
  form: 'similar <index> <images..>',
  describe: 'find the pictures of an index that are most like others',
  positionals: { ...INDEX, images: 'PNG, JPEG or WebP files, folders of them, or patterns in quotes' },
  options: { ...SIMILAR_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    [
      'similar shoes-index boot.jpg --filter type=Heels --out similar.png',
      'the ten nearest of one type, drawn side by side',
    ],
  ],
  run: async (argv) => (await import('../commands/similar.js')).run(argv),
};

export const evalRetrieval: Command = {
  form: 'eval-retrieval <index>',
  describe: 'measure an index: recall and mean average precision, leaving one out',
  positionals: INDEX,
  options: { ...EVAL_RETRIEVAL_OPTIONS, ...SHARED_OPTIONS },
  examples: [
    ['eval-retrieval shoes-index --label type --near 4', 'equal types are right; what looks the same is left out'],
  ],
  run: async (argv) => (await import('../commands/eval_retrieval.js')).run(argv),
};

export const serve: Command = {
  form: 'serve [runs..]',
  describe: 'serve a page that classifies pictures with runs, trains and teaches, in the browser',
  positionals: RUNS,
  options: SERVE_OPTIONS,
  examples: [
    ['serve runs/cnn --port 8080', 'then open the address that it prints'],
    ['serve runs/shoes runs/cnn --index shoes-index', 'two to choose from; similar products for the first'],
    ['serve --backbone squeezenet1_1', 'without a run: a network to train classes of the visitor’s own with'],
  ],
  run: async (argv) => (await import('../commands/serve.js')).run(argv),
};

export const page: Command = {
  form: 'page [runs..]',
  describe: 'write a page that classifies pictures with runs, trains and teaches, in the browser: a static folder',
  positionals: RUNS,
  options: PAGE_OPTIONS,
  examples: [
    ['page runs/cnn --out public', 'for any web server to hand out'],
    ['page --learn --out public', 'without a run: kernels to write, a network laid open, training'],
  ],
  run: async (argv) => (await import('../commands/page.js')).run(argv),
};

export const exportRun: Command = {
  form: 'export <run>',
  describe: 'write a run’s network for other programs: ONNX, or safetensors',
  positionals: { run: 'run folder of weft train or weft vae, one of its checkpoints, or imagenet:MODEL' },
  options: EXPORT_OPTIONS,
  examples: [
    ['export runs/cnn', 'cnn.onnx, which takes pixels from 0 to 1 and gives logits'],
    ['export runs/cnn --precision f16 --verify', 'half as large, and compared with ONNX Runtime'],
    ['export runs/shoes --format safetensors --out shoes.safetensors', 'weights, for PyTorch'],
  ],
  run: async (argv) => (await import('../commands/export.js')).run(argv),
};

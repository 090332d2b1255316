/** The options of `weft train`, and of the commands that train as it does: lr-find, compare, tune. */
import { MODEL_NAMES, SMALL_MODEL_NAMES } from '../../../nn/models/list.js';
import { OPTIMIZERS, PRECISIONS } from '../../../train/config.js';
import { MANY_CLASSES } from '../../../train/loss/loss_settings.js';
import {
  DATA_FORMS,
  grouped,
  IMAGE_OPTIONS,
  SHARED_OPTIONS,
  without,
  type OptionSpec,
  type SpecTable,
} from '../options.js';
import {
  BALANCE_OPTIONS,
  LOSS_OPTIONS,
  OPTIMIZER_OPTIONS,
  RECIPE_OPTIONS,
  TRANSFER_OPTIONS,
} from './recipe_options.js';

const BATCH = { type: 'integer', describe: 'images per step', default: 64, min: 1 } as const satisfies OptionSpec;

export const TRAIN_OPTIONS = {
  data: { type: 'string', describe: DATA_FORMS },
  model: { type: 'string', describe: 'architecture', choices: MODEL_NAMES },
  epochs: { type: 'integer', describe: 'passes over the training images', default: 10, min: 1 },
  batch: {
    ...BATCH,
    describe: 'images per step; auto: as many as fit, a power of two of at most 1024',
    words: ['auto'],
  },
  optimizer: { type: 'string', describe: 'optimizer', choices: OPTIMIZERS, default: 'adam' },
  lr: {
    type: 'number',
    describe:
      'learning rate (default: 0.001 for adam, adamw and lamb, 0.0001 for lion, 0.02 for muon, 0.01 for rmsprop and ' +
      'adagrad, 0.05 for sgd, 0.1 for sgd ' +
      'with --schedule dynamic)',
    min: 0,
  },
  out: { type: 'string', describe: 'run folder (default: runs/MODEL-DATE)' },
  resume: { type: 'string', describe: 'go on with the run in this folder' },
  ...IMAGE_OPTIONS,
  ...grouped('Images', {
    'val-split': {
      type: 'number',
      describe: 'share of the training images held back for validation',
      default: 0.1,
      min: 0,
      below: 1,
    },
    normalize: {
      type: 'string',
      describe: 'statistics to normalise with: of the training images, or ImageNet’s',
      choices: ['data', 'imagenet'],
      default: 'data',
    },
  } as const satisfies SpecTable),
  ...OPTIMIZER_OPTIONS,
  ...RECIPE_OPTIONS,
  ...LOSS_OPTIONS,
  ...grouped('Loss', {
    'fused-loss': {
      type: 'string',
      describe:
        `the classifier and its loss as one, so that a batch’s logits are never all kept: auto is from ` +
        `${MANY_CLASSES} classes on, where the head is linear`,
      choices: ['auto', 'on', 'off'],
      default: 'auto',
    },
  } as const satisfies SpecTable),
  ...TRANSFER_OPTIONS,
  ...BALANCE_OPTIONS,
  ...grouped('Run', {
    seed: {
      type: 'integer',
      describe: 'decides weights, split, order and augmentation',
      default: 0,
      min: 0,
      below: 2 ** 53 - 1,
    },
    precision: {
      type: 'string',
      describe: 'how activations are stored; f16 needs an adapter with shader-f16',
      choices: PRECISIONS,
      default: 'f32',
    },
    'grad-checkpointing': {
      type: 'boolean',
      describe:
        'keep the inputs of blocks alone and compute the blocks again for the gradients: less memory, more time',
      default: false,
    },
    capture: {
      type: 'boolean',
      describe: 'record a step once and replay it; --no-capture records each anew: the same results, slower',
      default: true,
    },
    'max-time': {
      type: 'string',
      describe:
        'end training after so long, e.g. 30m or 1h30m: no epoch is begun that would take longer than is left; what ' +
        'was best is the result, and --resume goes on',
    },
    tensorboard: {
      type: 'boolean',
      describe: 'write an event file for TensorBoard into the run folder: tensorboard --logdir runs',
      default: false,
    },
    'fast-dev-run': {
      type: 'boolean',
      describe: 'try everything on a few batches, one epoch, and keep nothing',
      default: false,
    },
    force: { type: 'boolean', describe: 'replace a run that is in the folder already', default: false },
  } as const satisfies SpecTable),
  ...grouped('Several ranks (mpirun, srun)', {
    'sync-every': {
      type: 'integer',
      describe: 'steps that each rank takes by itself before weights are averaged; 1: gradients are added up in each',
      default: 1,
      min: 1,
    },
    'share-gpu': { type: 'boolean', describe: 'let several ranks train on one GPU', default: false },
  } as const satisfies SpecTable),
} as const satisfies SpecTable;

/** Options of ranks that train together. */
const OF_RANKS: readonly string[] = ['sync-every', 'share-gpu'];

/** Of a file of options. */
export const CONFIG_OPTION = {
  type: 'string',
  describe: 'file of options, YAML or JSON, or the config.json of a run to repeat; the command line wins',
  group: 'Run',
} as const satisfies OptionSpec;

/** Options of a single run, and of no other command that trains. */
const OF_ONE_RUN: readonly string[] = [
  'out',
  'resume',
  'force',
  'max-time',
  'tensorboard',
  'fast-dev-run',
  ...OF_RANKS,
];

/** Options of training that a comparison has its own form of, or no use for. */
const NOT_COMPARED: readonly string[] = ['model', 'seed', 'preset', ...OF_ONE_RUN];

/** Options that all entries of a comparison share, and that are no part of a configuration. */
export const NOT_CONFIGURED: readonly string[] = ['out', 'capture'];
/** Options of training that an entry cannot have of its own. */
export const NOT_OF_ENTRY: readonly string[] = ['seed', 'resume', 'force', 'preset', ...NOT_CONFIGURED];

/** The options of training that hold for all entries of a comparison. */
export const COMMON_OPTIONS: SpecTable = { ...without(TRAIN_OPTIONS, NOT_COMPARED), batch: BATCH };

export const COMPARE_OPTIONS: SpecTable = {
  models: {
    type: 'string',
    describe:
      'what to compare, separated by commas; with a preset or --config: which of its entries, by label or model',
  },
  seeds: { type: 'string', describe: 'seeds, separated by commas; a model is trained from each', default: '0' },
  out: { type: 'string', describe: 'folder of the report and the runs (default: runs/compare-NAME)' },
  ...COMMON_OPTIONS,
};

/**
 * Options of training that decide the rate, how long it goes on or where it is written; label smoothing and clipping
 * count here too.
 */
const NOT_SEARCHED: readonly string[] = [
  'epochs',
  'lr',
  'preset',
  'capture',
  ...OF_ONE_RUN,
  ...Object.keys(RECIPE_OPTIONS).filter((name) => name !== 'label-smoothing' && name !== 'clip-norm'),
];

export const LR_FIND_OPTIONS: SpecTable = {
  ...without(TRAIN_OPTIONS, NOT_SEARCHED),
  batch: BATCH,
  from: { type: 'number', describe: 'first rate', default: 1e-6, min: 0 },
  to: { type: 'number', describe: 'last rate', default: 1, min: 0 },
  steps: { type: 'integer', describe: 'training steps; it ends sooner where the loss blows up', default: 200, min: 10 },
  out: { type: 'string', describe: 'folder for lr_find.png, .csv and .json (default: runs/lr-find-MODEL)' },
};

export const TUNE_OPTIONS = {
  models: {
    type: 'string',
    describe: 'whose training steps to tune for, separated by commas',
    default: SMALL_MODEL_NAMES.join(),
  },
  batch: { type: 'integer', describe: 'images per step', default: 64, min: 1 },
  seconds: {
    type: 'integer',
    describe: 'time to spend on it; what is left over keeps its default',
    default: 60,
    min: 1,
  },
  reset: { type: 'boolean', describe: 'forget first what was found before for this adapter', default: false },
  force: { type: 'boolean', describe: 'tune on a busy host too, where a slower kernel may win', default: false },
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies SpecTable;

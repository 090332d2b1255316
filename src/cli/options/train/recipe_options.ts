/** The options that make a recipe of training: optimizer, schedule, loss, and what is done about rare classes. */
import { USUAL_VARIANTS } from '../../../data/augment_spec.js';
import { SCHEDULES } from '../../../optim/schedules/schedule.js';
import { LABEL_LOSSES, METRIC_LOSSES } from '../../../train/loss/loss_settings.js';
import { grouped, type SpecTable } from '../options.js';
import { TRAIN_PRESETS } from '../presets.js';

const { arcface, supcon } = METRIC_LOSSES;

/** How the learning rate moves, and what else a recipe has. */
export const RECIPE_OPTIONS = {
  ...grouped('Schedule of the learning rate', {
    schedule: { type: 'string', describe: 'how the learning rate moves', choices: SCHEDULES, default: 'constant' },
    warmup: {
      type: 'number',
      describe: 'epochs (or a part of one) in which the rate rises linearly; not for onecycle (default: 0; dynamic: 1)',
      min: 0,
    },
    'lr-step': { type: 'integer', describe: 'step: epochs between cuts (default: a third of the run)', min: 1 },
    milestones: {
      type: 'string',
      describe: 'multistep: epochs after which the rate is cut, e.g. 5,8 (default: at 1/2 and 3/4 of the run)',
    },
    'lr-gamma': {
      type: 'number',
      describe: 'factor of a cut, for exponential of every epoch (default: 0.1; exponential 0.9; dynamic 0.5)',
      min: 0,
    },
    'lr-patience': {
      type: 'integer',
      describe: 'plateau, dynamic: epochs without a lower validation loss before a cut (default: 10; dynamic 1)',
      min: 0,
    },
    'lr-min': { type: 'number', describe: 'cosine: the last rate; plateau, dynamic: the lowest (default: 0)', min: 0 },
    'lr-rise': {
      type: 'number',
      describe: 'onecycle: share of the run in which the rate rises (default: 0.3)',
      min: 0,
      below: 1,
    },
    'lr-start': { type: 'number', describe: 'onecycle: begins at --lr divided by this (default: 25)', min: 1 },
    'lr-end': { type: 'number', describe: 'onecycle: ends at its first rate divided by this (default: 10000)', min: 1 },
  } as const satisfies SpecTable),
  ...grouped('Recipe', {
    preset: {
      type: 'string',
      describe: 'a recipe by name; other options win over it',
      choices: TRAIN_PRESETS.map((p) => p.name),
    },
    accumulate: {
      type: 'integer',
      describe: 'batches whose gradients are added up before the weights move: a step has so many times --batch images',
      default: 1,
      min: 1,
    },
    patience: { type: 'integer', describe: 'stop when so many epochs brought no better validation accuracy', min: 1 },
    'clip-norm': { type: 'number', describe: 'scale the gradients down to this norm', min: 0 },
    'label-smoothing': {
      type: 'number',
      describe: 'share of each label spread over all classes; part of the training loss only',
      default: 0,
      min: 0,
      below: 1,
    },
    ema: {
      type: 'number',
      describe:
        'decay of a moving average of weights and running statistics, which is validated and kept as best, e.g. 0.999',
      min: 0,
      below: 1,
    },
    'swa-start': {
      type: 'integer',
      describe:
        'the first epoch, from 1, at whose end the weights join an equal average (SWA), which is validated and kept ' +
        'as best',
      min: 1,
    },
    'swa-lr': { type: 'number', describe: 'learning rate from --swa-start on (default: half of --lr)', min: 0 },
    'swa-anneal': {
      type: 'integer',
      describe: 'epochs in which the rate goes to --swa-lr, along a cosine (default: 0: at once)',
      min: 0,
    },
    'validate-on': {
      type: 'string',
      describe:
        'what is measured after every epoch: images held back, or the test images (for curves; the best epoch is ' +
        'then chosen on them)',
      choices: ['held-back', 'test'],
      default: 'held-back',
    },
  } as const satisfies SpecTable),
};

/** For classes of different sizes. */
export const BALANCE_OPTIONS = grouped('Classes of different sizes', {
  'augment-class': {
    type: 'string',
    describe:
      'classes to make K times as large with variants of their training images, drawn once: CLASS=K[,CLASS=K], ' +
      'e.g. outerwear=4',
  },
  'augment-class-spec': {
    type: 'string',
    describe: `what happens to the variants, as --augment (default: ${USUAL_VARIANTS})`,
  },
  oversample: {
    type: 'string',
    describe: 'classes whose training images come several times an epoch, e.g. hat=30,shoes=2',
  },
  sampling: {
    type: 'string',
    describe: 'which images an epoch has: each once, or as many drawn so that all classes come equally often',
    choices: ['all', 'balanced'],
    default: 'all',
  },
  'class-weights': {
    type: 'string',
    describe: 'what the losses of a class count: all alike, or by the inverse of its images',
    choices: ['none', 'balanced'],
    default: 'none',
  },
} as const satisfies SpecTable);

export const LOSS_OPTIONS = grouped('Loss', {
  loss: {
    type: 'string',
    describe: 'what is minimised; focal and bce stand for cross-entropy; arcface, supcon make features for weft index',
    choices: ['cross-entropy', ...Object.keys({ ...LABEL_LOSSES, ...METRIC_LOSSES })],
    default: 'cross-entropy',
  },
  gamma: {
    type: 'number',
    describe: `focal: how much less what is right already counts (default: ${LABEL_LOSSES.focal.gamma})`,
    min: 0,
  },
  margin: {
    type: 'number',
    describe: `arcface: added to the angle between an image and its class, in radians (default: ${arcface.margin})`,
    min: 0,
  },
  scale: { type: 'number', describe: `arcface: what cosines are multiplied by (default: ${arcface.scale})`, min: 0 },
  temperature: {
    type: 'number',
    describe: `supcon: what cosines are divided by (default: ${supcon.temperature})`,
    min: 0,
  },
  'supcon-weight': {
    type: 'number',
    describe: `supcon: what the contrastive loss counts beside cross-entropy (default: ${supcon.weight})`,
    min: 0,
  },
} as const satisfies SpecTable);

export const TRANSFER_OPTIONS = grouped('Weights to start from', {
  pretrained: {
    type: 'string',
    describe:
      'weights to start from: a safetensors or .pth file (torchvision’s names), or imagenet, imagenet:v2: the ' +
      'model’s own published ones; the classifier is made anew for other classes',
  },
  freeze: {
    type: 'string',
    describe:
      'parameters to leave as they are: what their keys begin with, e.g. features or layer1,layer2; backbone: ' +
      'all but the head',
  },
  unfreeze: {
    type: 'integer',
    describe:
      'train the head alone at first, and one more stage of layers after every so many epochs, the last stages ' +
      'first; with --pretrained',
    min: 1,
  },
  'head-lr': { type: 'number', describe: 'learning rate of the last layer (default: that of --lr)', min: 0 },
  'layer-decay': {
    type: 'number',
    describe:
      'what the rate of each block of layers is of the next one’s, down from the head, e.g. 0.75 (default: ' +
      'all have the same)',
    min: 0,
    below: 1,
  },
} as const satisfies SpecTable);

/** Of optimizers: the first word says whose each is. */
export const OPTIMIZER_OPTIONS = grouped('Optimizer', {
  'weight-decay': { type: 'number', describe: 'weight decay (default: 0; lamb 0.01)', min: 0 },
  'decay-on': {
    type: 'string',
    describe: 'what weight decay is of: all parameters, or weights of layers and not norms, biases and embeddings',
    choices: ['all', 'weights'],
    default: 'all',
  },
  momentum: {
    type: 'number',
    describe: 'sgd, rmsprop, muon: momentum (default: 0.9; rmsprop 0; muon 0.95)',
    min: 0,
    below: 1,
  },
  nesterov: { type: 'boolean', describe: 'sgd, muon: Nesterov momentum (default: no; muon yes)' },
  dampening: { type: 'number', describe: 'sgd: dampening of the momentum (default: 0)', min: 0 },
  betas: {
    type: 'string',
    describe:
      'adam, adamw, lamb, lion, muon: decay of the means of gradients and of their squares (default: 0.9,0.999; lion ' +
      '0.9,0.99; muon 0.9,0.95, of what AdamW moves)',
  },
  eps: {
    type: 'number',
    describe: 'all but sgd, lion: added to the divisor (default: 1e-8; lamb 1e-6; adagrad, muon 1e-10)',
    min: 0,
  },
  alpha: {
    type: 'number',
    describe: 'rmsprop: decay of the mean of squared gradients (default: 0.99)',
    min: 0,
    below: 1,
  },
  centered: { type: 'boolean', describe: 'rmsprop: divide by the variance instead of the mean square', default: false },
  'lr-decay': {
    type: 'number',
    describe: 'adagrad: the rate is divided by 1 + this times the steps done (default: 0)',
    min: 0,
  },
  'initial-accumulator': { type: 'number', describe: 'adagrad: where the sums of squares start (default: 0)', min: 0 },
  'trust-clip': { type: 'boolean', describe: 'lamb: no trust ratio above 1', default: false },
  'always-adapt': {
    type: 'boolean',
    describe: 'lamb: a trust ratio for parameters without weight decay, too',
    default: false,
  },
  'adam-lr': {
    type: 'number',
    describe: 'muon: learning rate of what AdamW moves: first layer, head, norms, biases (default: 0.0003)',
    min: 0,
  },
} as const satisfies SpecTable);

/**
 * What a training run is: everything that decides its result, in parts, each for those who need it. A run's
 * configuration, as its files keep it and a library's user writes it, has the fields of all parts in one record;
 * `partsOf` takes it apart.
 */
import type { ClassMap } from '../data/class_map.js';
import type { LabelLoss, MetricLoss } from './loss/loss_settings.js';
import type { ScheduleConfig } from '../optim/schedules/schedule.js';
import type { SwaConfig } from '../optim/schedules/swa.js';

export const OPTIMIZERS = ['adam', 'adamw', 'sgd', 'rmsprop', 'adagrad', 'lion', 'lamb', 'muon'] as const;
/** The name of an optimizer. */
export type OptimizerName = (typeof OPTIMIZERS)[number];

/**
 * `f16` stores activations and their gradients as halves (docs/performance/f16.md); weights and what moves them are
 * f32.
 */
export const PRECISIONS = ['f32', 'f16'] as const;
/** How activations are stored. */
export type Precision = (typeof PRECISIONS)[number];

/** Which images there are, and how they are read. */
export interface ReadingConfig {
  /** `synthetic`, a folder or a file: see `loadDataset`. */
  readonly data: string;
  /** Pictures are resized so that their shorter side has this many pixels; the middle square of them is kept. */
  readonly imageSize?: number | null;
  /** What the network sees of an image, in pixels a side. Absent: all of it. */
  readonly crop?: number | null;
  /** The classes to learn, and which of the data's each is made of. Absent: the data's own. */
  readonly classes?: ClassMap | null;
  /**
   * How a table of pictures is read, and what becomes of copies: see data/tables/labelled_csv.ts and
   * data/pictures/read_pictures.ts. Absent: their defaults.
   */
  readonly label?: string;
  readonly imageColumn?: string;
  readonly where?: string;
  readonly group?: string;
  readonly encoding?: string;
  readonly imageRoot?: string;
  readonly testSplit?: number;
  readonly keepDuplicates?: boolean;
  readonly near?: number;
  /**
   * Pictures are decoded each time they are needed, and not kept; and how many MiB of them may be held in memory: see
   * data/pictures/decode_pictures.ts. Neither changes a result. Absent: they are kept decoded in the user's cache; 256.
   */
  readonly stream?: boolean;
  readonly memory?: number;
}

/** The images of a run, which of them are held back, and how they are normalised. */
export interface DataConfig extends ReadingConfig {
  /** Share of the training images held back for validation, in [0, 1). */
  readonly valSplit: number;
  /** Statistics to normalise with: the training images' (default) or ImageNet's. */
  readonly normalize?: 'data' | 'imagenet';
}

/** What becomes of the training images on their way into a batch. */
export interface LoaderConfig {
  /** Images that go through the network at a time; those of a step, unless it accumulates. */
  readonly batch: number;
  /** Batches whose gradients are added up before the weights move: a step has so many of them. Absent: 1. */
  readonly accumulate?: number;
  /** What happens to training images, e.g. `flip,shift=2`; see data/augment_spec.ts. Absent: nothing. */
  readonly augment?: string | null;
  /**
   * Classes whose training images get random variants, and how many times as many they are then: `outerwear=4`; see
   * augment_class.ts. Absent: none.
   */
  readonly augmentClass?: string;
  /** What happens to the variants, as `augment`. Absent: USUAL_VARIANTS. */
  readonly augmentClassSpec?: string;
  /**
   * Classes whose images come several times an epoch, e.g. `hat=30` (data/tables/class_factors.ts). Absent: all once.
   */
  readonly oversample?: string;
  /** `balanced`: an epoch draws as many images as there are, of all classes equally often. Absent: every image once. */
  readonly sampling?: 'balanced';
}

/** The network, and what it starts from. */
export interface ModelConfig {
  readonly model: string;
  /** Absent: f32. */
  readonly precision?: Precision;
  /** Blocks keep their inputs alone, and are computed again for the gradients (nn/sequential.ts). */
  readonly gradCheckpointing?: true;
  /** Safetensors file of weights to start from. Absent: from the seed. */
  readonly pretrained?: string;
  /** Parameters that stay as they are (src/nn/freeze.ts). Absent: none. */
  readonly freeze?: string;
  /**
   * Training begins with the head alone; after every so many epochs one more stage of layers is trained, too
   * (src/nn/models/layer_groups.ts). Absent: all are from the start.
   */
  readonly unfreeze?: number;
  /** The head's weights are those of a linear layer on its input, and nothing follows it (nn/vector_head.ts). */
  readonly linearHead?: true;
}

/** What is minimised. */
export interface LossConfig {
  /**
   * What is minimised instead of, or beside, cross-entropy: so that features make a good index, or with labels
   * differently. Absent: cross-entropy alone.
   */
  readonly loss?: MetricLoss | LabelLoss;
  /** The name of a loss of the user's own, in place of cross-entropy; see `defineLoss`. Absent: none. */
  readonly criterion?: string;
  /** This share of each label is spread evenly over all classes. Absent: 0. */
  readonly labelSmoothing?: number;
  /** `balanced`: the loss of an image counts N / (classes x images of its class). Absent: all alike. */
  readonly classWeights?: 'balanced';
  /** Whether the head is one with the loss (fused_loss.ts). Absent: where there are many classes. */
  readonly fusedLoss?: 'on' | 'off';
}

/** What moves the weights. */
export interface OptimizerConfig {
  readonly optimizer: OptimizerName;
  readonly lr: number;
  /** Learning rate of the layer that gives the logits. Absent: lr. */
  readonly headLr?: number;
  /**
   * What the rate of each block of layers is of the next one's, from the head down to the first layer
   * (src/nn/models/layer_groups.ts). Absent: all have the same.
   */
  readonly layerDecay?: number;
  /** SGD, RMSprop and Muon. */
  readonly momentum: number;
  /** SGD and Muon. */
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** `weights`: only weights of layers decay, not norms, biases and embeddings. Absent: all parameters. */
  readonly decayOn?: 'weights';
  /** Settings of single optimizers, as in optim.ts. Absent: the defaults of torch.optim, timm and the papers. */
  readonly dampening?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
  readonly centered?: boolean;
  readonly lrDecay?: number;
  readonly initialAccumulator?: number;
  readonly trustClip?: boolean;
  readonly alwaysAdapt?: boolean;
  readonly adamLr?: number;
  /** Gradients are scaled down to this norm. Absent: not clipped. */
  readonly clipNorm?: number;
  /**
   * Decay of a moving average of weights and running statistics, which validation and the best checkpoint use. Absent:
   * none.
   */
  readonly ema?: number;
}

/** How long training goes on, at which rate, and what it is judged by. */
export interface FitConfig {
  readonly epochs: number;
  /** Decides weights, split, order, dropout and augmentation. */
  readonly seed: number;
  /** How the learning rate moves. Absent: it stays. */
  readonly schedule?: ScheduleConfig;
  /** The weights of late epochs are averaged; validation and the best checkpoint use the averages. Absent: none are. */
  readonly swa?: SwaConfig;
  /** Training ends when so many epochs have passed without a better one. Absent: never early. */
  readonly patience?: number;
  /**
   * After every epoch the model is measured on the test images instead of held-back ones: for curves of the test error.
   */
  readonly validateOnTest?: boolean;
  /**
   * Ranks that train together take so many steps of their own before they average their weights (local SGD). Absent or
   * 1: the gradients of every step are added up.
   */
  readonly syncEvery?: number;
}

/** The whole configuration, as it is written down. */
export interface TrainConfig extends DataConfig, LoaderConfig, ModelConfig, LossConfig, OptimizerConfig, FitConfig {}

/** The parts of a configuration. */
export interface TrainParts {
  readonly data: DataConfig;
  readonly loader: LoaderConfig;
  readonly model: ModelConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  readonly fit: FitConfig;
}

/**
 * The fields of each part; one that is missing, or too many, is a compile error, as in the schema of config.json
 * (src/cli/schema/run_config.ts).
 */
const FIELDS: { readonly [P in keyof TrainParts]: Readonly<Record<keyof TrainParts[P], true>> } = {
  data: {
    data: true,
    imageSize: true,
    crop: true,
    classes: true,
    label: true,
    imageColumn: true,
    where: true,
    group: true,
    encoding: true,
    imageRoot: true,
    testSplit: true,
    keepDuplicates: true,
    near: true,
    stream: true,
    memory: true,
    valSplit: true,
    normalize: true,
  },
  loader: {
    batch: true,
    accumulate: true,
    augment: true,
    augmentClass: true,
    augmentClassSpec: true,
    oversample: true,
    sampling: true,
  },
  model: {
    model: true,
    precision: true,
    gradCheckpointing: true,
    pretrained: true,
    freeze: true,
    unfreeze: true,
    linearHead: true,
  },
  loss: { loss: true, criterion: true, labelSmoothing: true, classWeights: true, fusedLoss: true },
  optimizer: {
    optimizer: true,
    lr: true,
    headLr: true,
    layerDecay: true,
    momentum: true,
    nesterov: true,
    weightDecay: true,
    decayOn: true,
    dampening: true,
    betas: true,
    eps: true,
    alpha: true,
    centered: true,
    lrDecay: true,
    initialAccumulator: true,
    trustClip: true,
    alwaysAdapt: true,
    adamLr: true,
    clipNorm: true,
    ema: true,
  },
  fit: { epochs: true, seed: true, schedule: true, swa: true, patience: true, validateOnTest: true, syncEvery: true },
};

function partOf<P extends keyof TrainParts>(config: TrainConfig, part: P): TrainParts[P] {
  return Object.fromEntries(Object.entries(config).filter(([key]) => key in FIELDS[part])) as unknown as TrainParts[P];
}

/** A configuration taken apart. Together the parts have all of its fields, each in one of them. */
export function partsOf(config: TrainConfig): TrainParts {
  return {
    data: partOf(config, 'data'),
    loader: partOf(config, 'loader'),
    model: partOf(config, 'model'),
    loss: partOf(config, 'loss'),
    optimizer: partOf(config, 'optimizer'),
    fit: partOf(config, 'fit'),
  };
}

/** Learning rates that suit each optimizer when none is given. */
export const DEFAULT_LR: Readonly<Record<OptimizerName, number>> = {
  adam: 1e-3,
  adamw: 1e-3,
  sgd: 0.05,
  rmsprop: 0.01,
  adagrad: 0.01,
  lion: 1e-4,
  lamb: 1e-3,
  muon: 0.02,
};

/** Momentum and weight decay where none are given. */
export function defaultMoves(optimizer: OptimizerName): Pick<OptimizerConfig, 'momentum' | 'nesterov' | 'weightDecay'> {
  const momentum = { rmsprop: 0, muon: 0.95 }[optimizer as string] ?? 0.9;
  return { momentum, nesterov: optimizer === 'muon', weightDecay: optimizer === 'lamb' ? 0.01 : 0 };
}

/** The rate that a run has when none is given: 0.1 where the dynamic schedule is to bring it down. */
export function defaultLr(optimizer: OptimizerName, schedule?: ScheduleConfig): number {
  return optimizer === 'sgd' && schedule?.name === 'dynamic' ? 0.1 : DEFAULT_LR[optimizer];
}

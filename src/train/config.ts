/** What a training run is: everything that decides its result. */
import type { ClassMap } from '../data/class_map.js';
import type { MetricLoss } from './loss_settings.js';
import type { ScheduleConfig } from '../optim/schedules/schedule.js';

export const OPTIMIZERS = ['adam', 'adamw', 'sgd', 'rmsprop', 'adagrad'] as const;
/** The name of an optimizer. */
export type OptimizerName = (typeof OPTIMIZERS)[number];

/**
 * `f16` stores activations and their gradients as halves (docs/performance/f16.md); weights and what moves them are
 * f32.
 */
export const PRECISIONS = ['f32', 'f16'] as const;
/** How activations are stored. */
export type Precision = (typeof PRECISIONS)[number];

/** What a training run is: everything that decides its result. */
export interface TrainConfig {
  /** As given on the command line: `synthetic`, a folder or a file. */
  readonly data: string;
  readonly model: string;
  readonly epochs: number;
  /** Images per step. */
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly lr: number;
  /** SGD and RMSprop. */
  readonly momentum: number;
  /** SGD only. */
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Settings of single optimizers, as in optim.ts. Absent: torch.optim's defaults. */
  readonly dampening?: number;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly alpha?: number;
  readonly centered?: boolean;
  readonly lrDecay?: number;
  readonly initialAccumulator?: number;
  /** Share of the training images held back for validation, in [0, 1). */
  readonly valSplit: number;
  /** Decides weights, split, order, dropout and augmentation. */
  readonly seed: number;
  /** How the learning rate moves. Absent: it stays. */
  readonly schedule?: ScheduleConfig;
  /** Training ends when so many epochs have passed without a better one. Absent: never early. */
  readonly patience?: number;
  /** Gradients are scaled down to this norm. Absent: not clipped. */
  readonly clipNorm?: number;
  /** This share of each label is spread evenly over all classes. Absent: 0. */
  readonly labelSmoothing?: number;
  /** Decay of a moving average of the weights, which validation and the best checkpoint use. Absent: none. */
  readonly ema?: number;
  /**
   * After every epoch the model is measured on the test images instead of held-back ones: for curves of the test error.
   */
  readonly validateOnTest?: boolean;
  /** Classes whose images come several times an epoch, e.g. `hat=30` (data/class_factors.ts). Absent: all once. */
  readonly oversample?: string;
  /** `balanced`: the loss of an image counts N / (classes x images of its class). Absent: all alike. */
  readonly classWeights?: 'balanced';
  /** `balanced`: an epoch draws as many images as there are, of all classes equally often. Absent: every image once. */
  readonly sampling?: 'balanced';
  /**
   * What is minimised instead of, or beside, cross-entropy, so that features make a good index. Absent: cross-entropy
   * alone.
   */
  readonly loss?: MetricLoss;
  /** Whether the head is one with the loss (fused_loss.ts). Absent: where there are many classes. */
  readonly fusedLoss?: 'on' | 'off';
  /** Absent: f32. */
  readonly precision?: Precision;
  /** Safetensors file of weights to start from. Absent: from the seed. */
  readonly pretrained?: string;
  /** Parameters that stay as they are (src/nn/freeze.ts). Absent: none. */
  readonly freeze?: string;
  /** Learning rate of the layer that gives the logits. Absent: lr. */
  readonly headLr?: number;
  /** What happens to training images, e.g. `flip,shift=2`; see data/augment_spec.ts. Absent: nothing. */
  readonly augment?: string | null;
  /**
   * Classes whose training images get random variants, and how many times as many they are then: `outerwear=4`; see
   * augment_class.ts. Absent: none.
   */
  readonly augmentClass?: string;
  /** What happens to the variants, as `augment`. Absent: USUAL_VARIANTS. */
  readonly augmentClassSpec?: string;
  /** Pictures are resized so that their shorter side has this many pixels; the middle square of them is kept. */
  readonly imageSize?: number | null;
  /** What the network sees of an image, in pixels a side. Absent: all of it. */
  readonly crop?: number | null;
  /** The classes to learn, and which of the data's each is made of. Absent: the data's own. */
  readonly classes?: ClassMap | null;
  /**
   * How a table of pictures is read, and what becomes of copies: see data/labelled_csv.ts and data/read_pictures.ts.
   * Absent: their defaults.
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
  /** Statistics to normalise with: the training images' (default) or ImageNet's. */
  readonly normalize?: 'data' | 'imagenet';
}

/** Learning rates that suit each optimizer when none is given. */
export const DEFAULT_LR: Readonly<Record<OptimizerName, number>> = {
  adam: 1e-3,
  adamw: 1e-3,
  sgd: 0.05,
  rmsprop: 0.01,
  adagrad: 0.01,
};

/** The rate that a run has when none is given: 0.1 where the dynamic schedule is to bring it down. */
export function defaultLr(optimizer: OptimizerName, schedule?: ScheduleConfig): number {
  return optimizer === 'sgd' && schedule?.name === 'dynamic' ? 0.1 : DEFAULT_LR[optimizer];
}

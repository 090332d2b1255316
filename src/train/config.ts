/** What a training run is: everything that decides its result. */
import type { ClassMap } from '../data/class_map.js';
import { UsageError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import { Adam, AdamW, SGD, type Optimizer } from './optim.js';

export const OPTIMIZERS = ['adam', 'adamw', 'sgd'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface TrainConfig {
  /** As given on the command line: `synthetic`, a folder or a file. */
  readonly data: string;
  readonly model: string;
  readonly epochs: number;
  /** Images per step. */
  readonly batch: number;
  readonly optimizer: OptimizerName;
  readonly lr: number;
  /** SGD only. */
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Share of the training images held back for validation, in [0, 1). */
  readonly valSplit: number;
  /** Decides weights, split, order, dropout and augmentation. */
  readonly seed: number;
  /** What happens to training images, e.g. `flip,shift=2`; see data/augment_spec.ts. Absent: nothing. */
  readonly augment?: string | null;
  /** Pictures are resized so that their shorter side has this many pixels; the middle square of them is kept. */
  readonly imageSize?: number | null;
  /** What the network sees of an image, in pixels a side. Absent: all of it. */
  readonly crop?: number | null;
  /** The classes to learn, and which of the data's each is made of. Absent: the data's own. */
  readonly classes?: ClassMap | null;
  /** Statistics to normalise with: the training images' (default) or ImageNet's. */
  readonly normalize?: 'data' | 'imagenet';
}

/** Learning rates that suit each optimizer when none is given. */
export const DEFAULT_LR: Readonly<Record<OptimizerName, number>> = { adam: 1e-3, adamw: 1e-3, sgd: 0.05 };

export function makeOptimizer(model: Module, c: TrainConfig): Optimizer {
  switch (c.optimizer) {
    case 'adam':
      return new Adam(model, { lr: c.lr, weightDecay: c.weightDecay });
    case 'adamw':
      return new AdamW(model, { lr: c.lr, weightDecay: c.weightDecay });
    case 'sgd':
      return new SGD(model, { lr: c.lr, momentum: c.momentum, nesterov: c.nesterov, weightDecay: c.weightDecay });
    default:
      c.optimizer satisfies never;
      throw new UsageError(`there is no optimizer "${String(c.optimizer)}"`);
  }
}

/**
 * The dynamically decayed learning rate of "Deep learning for fashion image classification with a dynamically decayed
 * learning rate".
 *
 *   lr(t) = lr0 * B / 128 * min(1, (t + 1) / (W + 1)) * 100^(-t / T) * gamma^cuts
 *
 * t is the step, T the steps of the run, W those of the warm-up (one epoch), B the images of a step, lr0 = 0.1.
 *
 * The paper says in words that the rate starts near 0.1 (larger ones oscillate, smaller ones are slow), goes down
 * exponentially (0.1, 0.01, 0.001) and is adjusted during training together with the batch size; it gives no formula.
 * Our reading:
 *   - 100^(-t / T): one decade by the middle of the run and another by its end, a little in every step instead of two
 *     jumps;
 *   - B / 128: a step of more images is surer of its direction and goes farther (Goyal et al.: "Accurate, large
 *     minibatch SGD", 2017, from whom the warm-up is as well: the first steps from random weights would otherwise be
 *     too far). 128 images have lr0 itself;
 *   - gamma^cuts: "adjusted during training" is what the validation loss says: when it has not improved for more than
 *     `patience` epochs the rate is cut further, as in plateau.ts.
 */
import { warmupFactor } from './formulas.js';

/** The batch that has lr0 itself. */
const BASE_BATCH = 128;
/** From 0.1 to 0.001. */
const DECAY = 100;

export interface DynamicSettings {
  readonly lr: number;
  readonly batch: number;
  /** Steps of the warm-up, and of the run. */
  readonly warmup: number;
  readonly steps: number;
  readonly gamma: number;
}

export function dynamicRate(t: number, cuts: number, { lr, batch, warmup, steps, gamma }: DynamicSettings): number {
  return ((lr * batch) / BASE_BATCH) * warmupFactor(t, warmup) * DECAY ** (-t / steps) * gamma ** cuts;
}

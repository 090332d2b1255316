/** Losses of logits with labels beside cross-entropy: focal, and binary cross-entropy of each class for itself. */
import { requireOptions } from '../../../kernels/launch/checks.js';
import { meanLoss, meanLossBackward } from '../../../kernels/loss/cross_entropy.js';
import { labelLoss, type LabelLossName } from '../../../kernels/loss/label_losses.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';
import { add, mul, sub } from '../elementwise/elementwise.js';
import type { LossOptions, Reduction } from './losses.js';
import { summedLosses, summedLossesBackward } from './summed_losses.js';

interface Args {
  readonly reduction: Reduction;
  readonly setting: number;
}

interface Saved {
  /** The gradient of each row's loss (N, C, …). */
  readonly p: Tensor;
  /** What a mean divides by: the sum of the labels' weights. */
  readonly total: Tensor | null;
}

function labelLossOp(name: LabelLossName): Op<Args, Saved> {
  return defineOp<Args, Saved>({
    name,
    forward: ([x, label, weight], { reduction, setting }) => {
      const { loss, p, counted } = labelLoss(name, x, label, { weight: weight ?? null, setting });
      if (reduction !== 'mean') return { output: summedLosses(loss, reduction), saved: { p, total: null } };
      const { mean, total } = meanLoss(loss, counted);
      return { output: mean, saved: { p, total } };
    },
    backward: (dy, { p, total }, { reduction }) => {
      if (reduction !== 'mean') return [summedLossesBackward(dy, p, reduction), null, null];
      return [meanLossBackward(dy, p, total as Tensor), null, null]; // a mean has a total
    },
  });
}

const focalOp = labelLossOp('focal_loss');
const binaryOp = labelLossOp('binary_cross_entropy_with_labels');

/** Options of `focalLoss`. */
export interface FocalLossOptions extends LossOptions {
  /** (C): how much a label of each class counts, alpha of the paper. Default: all 1. */
  readonly weight?: Tensor | null;
  /** How much less what is right already counts; 0: as much, which is crossEntropy. Default 2. */
  readonly gamma?: number;
}

/** Options of `binaryCrossEntropyWithLabels`. */
export interface BinaryLabelsOptions extends LossOptions {
  /** (C): how much a label of each class counts. Default: all 1. */
  readonly weight?: Tensor | null;
  /** This share of each label is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
}

function labelled(
  op: Op<Args, Saved>,
  x: Tensor,
  label: Tensor,
  setting: number,
  options: BinaryLabelsOptions,
): Tensor {
  const { reduction = 'mean', weight } = options;
  return apply(op, weight ? [x, label, weight] : [x, label], { reduction, setting });
}

/**
 * Focal loss (Lin et al. 2017) over softmax: (1 - p)^gamma times -log(p), p the label's probability. x (N, C, …)
 * logits, label (N, …) u32 -> the mean, the sum, or the losses (N, …). The mean divides by the sum of the labels'
 * weights.
 * @throws ShapeError when sizes disagree or gamma is below 0. A label that is not below C makes the loss NaN.
 */
export function focalLoss(x: Tensor, label: Tensor, options: FocalLossOptions = {}): Tensor {
  requireOptions('focal_loss', options, '{ gamma: 2 }');
  return labelled(focalOp, x, label, options.gamma ?? 2, options);
}

/**
 * Binary cross-entropy of each class for itself, its target 1 at the label and 0 elsewhere, with smoothing s that times
 * 1 - s and s / C more; the sum over classes. x (N, C, …) logits, label (N, …) u32 -> the mean, the sum, or the losses
 * (N, …). The mean divides by the sum of the labels' weights.
 * @throws ShapeError when sizes disagree. A label that is not below C makes the loss NaN.
 */
export function binaryCrossEntropyWithLabels(x: Tensor, label: Tensor, options: BinaryLabelsOptions = {}): Tensor {
  requireOptions('binary_cross_entropy_with_labels', options, '{ labelSmoothing: 0.1 }');
  return labelled(binaryOp, x, label, options.labelSmoothing ?? 0, options);
}

/** share * own + (1 - share) * mixed: losses of two labels a row, as mixup and cutmix make them. All of one shape. */
export function mixedLosses(own: Tensor, mixed: Tensor, share: Tensor): Tensor {
  return add(mixed, mul(share, sub(own, mixed)));
}

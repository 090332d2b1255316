/** Losses that compare two tensors element by element. Each is a row of kernels/loss/loss_table.ts and a reduction. */
import { ShapeError } from '../../../device/errors.js';
import { formatShape, sameShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { softplus } from '../elementwise/activations.js';
import { add, elementwise2, mul, neg, sub } from '../elementwise/elementwise.js';
import { mean, sum } from '../reduce/reduce.js';

/** The mean of all losses, their sum, or the losses themselves. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What all losses may be told. */
export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

function reduced(loss: Tensor, reduction: Reduction = 'mean'): Tensor {
  return reduction === 'none' ? loss : reduction === 'sum' ? sum(loss) : mean(loss);
}

/** (x - target)^2. Shapes broadcast. */
export function mseLoss(x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  return reduced(elementwise2('mse_loss', x, target), reduction);
}

/** |x - target|. Shapes broadcast. */
export function l1Loss(x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  return reduced(elementwise2('l1_loss', x, target), reduction);
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1Options extends LossOptions {
  /** Where the straight lines begin. Default 1. */
  readonly beta?: number;
}

/**
 * With d = |x - target|: d^2 / (2 beta) where d < beta, else d - beta / 2. Shapes broadcast; beta = 0 is l1Loss.
 * @throws ShapeError when beta is negative.
 */
export function smoothL1Loss(x: Tensor, target: Tensor, { reduction, beta = 1 }: SmoothL1Options = {}): Tensor {
  if (!(beta >= 0)) throw new ShapeError(`[smooth_l1_loss] beta ${beta} is negative`);
  return reduced(
    beta === 0 ? elementwise2('l1_loss', x, target) : elementwise2('smooth_l1_loss', x, target, { beta }),
    reduction,
  );
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Multiplies each loss; broadcasts to x. */
  readonly weight?: Tensor;
  /** Multiplies the losses of targets of 1: how much a positive counts; broadcasts to x. */
  readonly posWeight?: Tensor;
}

/**
 * -posWeight * target * log(sigmoid(x)) - (1 - target) * log(1 - sigmoid(x)).
 * @throws ShapeError unless x and target have one shape.
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  target: Tensor,
  { reduction, weight, posWeight }: BinaryCrossEntropyOptions = {},
): Tensor {
  if (!sameShape(x.shape, target.shape)) {
    throw new ShapeError(
      `[binary_cross_entropy_with_logits] x ${formatShape(x.shape)} and target ${formatShape(target.shape)} differ`,
      { fix: 'give a target for each logit' },
    );
  }
  const loss =
    posWeight === undefined
      ? elementwise2('binary_cross_entropy_with_logits', x, target)
      : weighted(x, target, posWeight);
  return reduced(weight === undefined ? loss : mul(loss, weight), reduction);
}

/** (1 - t) x + (1 + (w - 1) t) log(1 + exp(-x)). */
function weighted(x: Tensor, t: Tensor, w: Tensor): Tensor {
  return add(mul(sub(1, t), x), mul(add(1, mul(sub(w, 1), t)), softplus(neg(x))));
}

/**
 * KL divergence of normals with these means and log-variances from the standard normal, in closed form:
 * -0.5 * (1 + logvar - mu^2 - exp(logvar)). The reduction is a sum by default, as the loss of a VAE adds it to a summed
 * reconstruction error; 'none' gives each element's.
 */
export function gaussianKl(mu: Tensor, logvar: Tensor, { reduction = 'sum' }: LossOptions = {}): Tensor {
  return reduced(elementwise2('gaussian_kl', mu, logvar), reduction);
}

/** Losses of classifiers: cross_entropy of logits and nll_loss of log-probabilities, with labels. */
import { requireOptions } from '../../../kernels/launch/checks.js';
import {
  crossEntropy as crossEntropyKernel,
  crossEntropyMean,
  meanLossBackward,
  type CrossEntropySettings,
  type LikelihoodName,
} from '../../../kernels/loss/cross_entropy.js';
import { constant, isConstant } from '../../../tensor/creation.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';
import { mixedLosses } from './label_losses.js';
import type { LossOptions, Reduction } from './losses.js';
import { summedLosses, summedLossesBackward } from './summed_losses.js';

interface Args extends Omit<CrossEntropySettings, 'weight'> {
  readonly reduction: Reduction;
}

interface Saved {
  /** The gradient of each row's loss (N, C, …), or of their mean where there is no total. */
  readonly p: Tensor;
  /** What a mean divides by: the sum of the labels' weights. */
  readonly total: Tensor | null;
}

function likelihoodOp(name: LikelihoodName): Op<Args, Saved> {
  return defineOp<Args, Saved>({
    name,
    forward: ([x, label, weight], { reduction, ...settings }) => {
      const given = { ...settings, weight: weight ?? null };
      if (reduction === 'mean') {
        const { mean, ...saved } = crossEntropyMean(x, label, given, name);
        return { output: mean, saved };
      }
      const { loss, p } = crossEntropyKernel(x, label, given, name);
      return { output: summedLosses(loss, reduction), saved: { p, total: null } };
    },
    backward: (dy, { p, total }, { reduction }) => {
      if (reduction !== 'mean') return [summedLossesBackward(dy, p, reduction), null, null];
      // of the loss itself, where backward starts, there is nothing to multiply by
      if (total === null && isConstant(dy, 1)) return [p, null, null];
      return [meanLossBackward(dy, p, total ?? constant(p.device, 1)), null, null];
    },
  });
}

const crossEntropyOp = likelihoodOp('cross_entropy');
const nllLossOp = likelihoodOp('nll_loss');

/** Options of `crossEntropy`: what labels count, and how losses are reduced. */
export interface CrossEntropyOptions extends CrossEntropySettings, LossOptions {}

function likelihood(op: Op<Args, Saved>, x: Tensor, label: Tensor, options: CrossEntropyOptions): Tensor {
  requireOptions(op.name, options, "{ reduction: 'none' }");
  const { reduction = 'mean', weight, ...settings } = options;
  return apply(op, weight ? [x, label, weight] : [x, label], { reduction, ...settings });
}

/**
 * x (N, C, …) logits, label (N, …) u32 -> the mean, the sum, or the losses (N, …). The mean divides by the sum of the
 * labels' class weights, over labels that are not ignored.
 * @throws ShapeError when sizes disagree. A label that is not below C, and not `ignoreIndex`, makes the loss NaN.
 */
export function crossEntropy(x: Tensor, label: Tensor, options: CrossEntropyOptions = {}): Tensor {
  return likelihood(crossEntropyOp, x, label, options);
}

/** crossEntropy of x (N, C, …) that are log-probabilities already, e.g. of logSoftmax(x, 1). */
export function nllLoss(x: Tensor, label: Tensor, options: Omit<CrossEntropyOptions, 'labelSmoothing'> = {}): Tensor {
  return likelihood(nllLossOp, x, label, options);
}

/**
 * crossEntropy with two labels a row, as mixup makes them: share * loss(label) + (1 - share) * loss(other), row by row.
 * @param share (N, …), of the losses' shape.
 */
export function mixedCrossEntropy(
  x: Tensor,
  label: Tensor,
  other: Tensor,
  share: Tensor,
  options: Omit<CrossEntropyOptions, 'reduction'> = {},
): Tensor {
  const [own, mixed] = [label, other].map((l) => crossEntropy(x, l, { ...options, reduction: 'none' }));
  return mixedLosses(own, mixed, share);
}

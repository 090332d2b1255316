/** The classifier of many classes with its loss: its logits are never all kept. */
import {
  linearCrossEntropy as lossesKernel,
  linearCrossEntropyBackward,
  type LinearCrossEntropySettings,
  type LossState,
} from '../../../kernels/loss/linear_cross_entropy.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import type { LossOptions } from './losses.js';
import { mean, sum } from '../reduce/reduce.js';

const linearCrossEntropyOp = defineOp<
  LinearCrossEntropySettings,
  { x: Tensor; w: Tensor; label: Tensor; bias: Tensor | null; state: LossState }
>({
  name: 'linear_cross_entropy',
  forward: ([x, w, label, bias = null], settings) => {
    const { loss, state } = lossesKernel(x, w, bias, label, settings);
    return { output: loss, saved: { x, w, label, bias, state } };
  },
  backward: (dy, { x, w, label, bias, state }, settings, needs, into) => {
    const { dx, dw, db } = linearCrossEntropyBackward(
      dy,
      x,
      w,
      bias,
      label,
      state,
      settings,
      { x: needs[0], w: needs[1], bias: needs[3] ?? false },
      { w: into[1], bias: into[3] ?? null },
    );
    return [dx, dw, null, ...(bias === null ? [] : [db])];
  },
});

/** Options of `linearCrossEntropy`. */
export interface LinearCrossEntropyOptions extends LinearCrossEntropySettings, LossOptions {}

/**
 * crossEntropy(linear(x, w, bias), label) without all logits in memory: at most one window of classes of them at a
 * time, or, where they fit one, once. x (N, D), w (C, D), bias (C), label (N) u32 -> the mean, the sum, or the losses
 * (N).
 * @throws ShapeError when sizes disagree. A label that is not below C makes the loss NaN.
 */
export function linearCrossEntropy(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  label: Tensor,
  { reduction = 'mean', ...settings }: LinearCrossEntropyOptions = {},
): Tensor {
  const losses = apply(linearCrossEntropyOp, bias === null ? [x, w, label] : [x, w, label, bias], settings);
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? mean(losses) : sum(losses);
}

/**
 * Batch norm in evaluation is a scale and a shift of each channel, so the convolution before it can do both: (x * w + b
 * - mean) / sqrt(variance + eps) * weight + bias = x * w' + b'.
 */
import { defineKernel, floatBits } from '../../device/kernel.js';
import { ROWS } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';
import type { ChannelStatistics } from './batch_norm.js';

const kernel = defineKernel({
  name: 'fold_batch_norm',
  file: 'norm/fold_batch_norm.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
});

/** A batch norm whose statistics are constants. */
export interface ConstantNorm extends ChannelStatistics {
  /** (O) or (). */
  readonly weight: Tensor;
  /** (O) or (). */
  readonly bias: Tensor;
  readonly eps: number;
}

/** A convolution's parameters with the norm behind it in them. */
export interface FoldedParameters {
  /** Of w's shape and layout. */
  readonly w: Tensor;
  /** (O). */
  readonly b: Tensor;
}

/** Writes w' and b' of a convolution of w (O, …) and bias (O) or null into `into`. */
export function foldBatchNorm_(
  into: FoldedParameters,
  w: Tensor,
  convBias: Tensor | null,
  { mean, variance, weight, bias, eps }: ConstantNorm,
): void {
  const [O, ...rest] = w.shape;
  const K = sizeOf(rest);
  if (w.size === 0) return;
  const isFilter = w.layout !== ROWS;
  if (isFilter) requireBindable('fold_batch_norm', { w });
  const windows = isFilter ? [[0, O] as const] : rowWindows('fold_batch_norm', w.device, O, [K]);
  for (const [start, end] of windows) {
    const [from, to] = isFilter ? [w, into.w] : [rows(w, start, end), rows(into.w, start, end)];
    w.device.dispatch(kernel, {
      buffers: [from, convBias ?? mean, mean, variance, weight, bias, to, into.b].map((t) => t.own),
      params: [K, start, floatBits(eps), strideOf(weight), strideOf(bias), end - start, O / w.layout.groups],
      constants: { CONV_BIAS: convBias === null ? 0 : 1, FILTER: isFilter ? 1 : 0 },
      workgroups: end - start,
    });
  }
}

/** A weight or bias of one element serves all channels. */
const strideOf = (t: Tensor): number => (t.rank === 0 ? 0 : 1);

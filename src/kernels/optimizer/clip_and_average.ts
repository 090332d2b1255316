/** Flat gradients made smaller in place, and the moving average of weights. Nothing is read back. */
import { defineKernel, floatBits, type Kernel } from '../../device/kernel.js';
import { empty, view, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { reduce } from '../reduce/reduce.js';
import { unary } from '../elementwise/unary.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const squaresKernel = defineKernel({
  name: 'square_sums',
  file: 'optimizer/square_sums.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const normKernel = defineKernel({
  name: 'clip_grad_norm',
  file: 'optimizer/clip_grad_norm.wgsl',
  includes: [...includes, 'common/nan_lanes.wgsl'],
  bindings: ['read', 'write', 'params'],
});
const valueKernel = defineKernel({
  name: 'clip_grad_value',
  file: 'optimizer/clip_grad_value.wgsl',
  includes: [...includes, 'common/nan_lanes.wgsl'],
  bindings: ['write', 'params'],
});
const emaKernel = defineKernel({
  name: 'ema',
  file: 'optimizer/ema.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});

/** Elements that a workgroup of square_sums takes, for which it leaves 64 partial sums. */
const CHUNK = 4096;

/**
 * Scales grad (flat, a multiple of 4 elements) down to a norm of `maxNorm` where it is larger. Returns the norm before,
 * of shape ().
 */
export function clipGradNorm_(grad: Tensor, maxNorm: number): Tensor {
  const { device, size } = grad;
  const chunks = Math.ceil(size / CHUNK);
  const partial = empty(device, [chunks * 64]);
  for (const [first, last] of rowWindows('clip_grad_norm', device, chunks, [CHUNK, 64])) {
    const end = Math.min(size, last * CHUNK);
    device.dispatch(squaresKernel, {
      buffers: [flatWindow(grad, first * CHUNK, end), flatWindow(partial, first * 64, last * 64)],
      params: [Math.ceil((end - first * CHUNK) / 4)],
      workgroups: last - first,
    });
  }
  const total = view(reduce('sum', partial, [0]), []);
  overWindows(normKernel, [total], [grad], [floatBits(maxNorm)]);
  return unary('sqrt', total, [0, 0]);
}

/** Keeps every element of grad (flat, a multiple of 4 elements) between -limit and limit. */
export function clipGradValue_(grad: Tensor, limit: number): void {
  overWindows(valueKernel, [], [grad], [floatBits(limit)]);
}

/** average = decay * average + (1 - decay) * weight, both flat, a multiple of 4 elements. */
export function ema_(average: Tensor, weight: Tensor, decay: number): void {
  overWindows(emaKernel, [], [weight, average], [floatBits(1 - decay)]);
}

function overWindows(
  kernel: Kernel,
  whole: readonly Tensor[],
  flat: readonly Tensor[],
  words: readonly number[],
): void {
  const { device, size } = flat[0];
  for (const [start, end] of rowWindows(kernel.name, device, size, [1])) {
    const count = Math.ceil((end - start) / 4);
    const buffers = [...whole.map((t) => t.range), ...flat.map((t) => flatWindow(t, start, end))];
    device.dispatch(kernel, { buffers, params: [count, ...words], workgroups: Math.ceil(count / 64) });
  }
}

/** The kernels of dynamic loss scaling: see shaders/optimizer/advance_scaled_step.wgsl. Nothing is read back. */
import { defineKernel } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { reduce } from '../reduce/reduce.js';
import { rowWindows } from '../launch/windows.js';

const unscaleKernel = defineKernel({
  name: 'unscale_grads',
  file: 'optimizer/unscale_grads.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'write', 'params'],
});
const advanceKernel = defineKernel({
  name: 'advance_scaled_step',
  file: 'optimizer/advance_scaled_step.wgsl',
  bindings: ['read', 'write', 'write'],
});

/** Elements that a workgroup of unscale_grads takes, for which it leaves 64 findings. */
const CHUNK = 4096;

/**
 * Divides the gradients (flat, a multiple of 4 elements) by the scale, the first number of `scaling`.
 * @returns how many threads found what is not finite, of shape (1).
 */
export function unscale_(grad: Tensor, scaling: Tensor): Tensor {
  const { device, size } = grad;
  const chunks = Math.ceil(size / CHUNK);
  const found = empty(device, [chunks * 64]);
  for (const [first, last] of rowWindows('unscale_grads', device, chunks, [CHUNK, 64])) {
    const end = Math.min(size, last * CHUNK);
    device.dispatch(unscaleKernel, {
      buffers: [scaling.range, flatWindow(grad, first * CHUNK, end), flatWindow(found, first * 64, last * 64)],
      params: [Math.ceil((end - first * CHUNK) / 4)],
      workgroups: last - first,
    });
  }
  return reduce('sum', found, [0]);
}

/**
 * Takes the place of advanceStep_ in `hyper`: adds one to the step number, or marks the step as one to skip.
 * @param scaling (64) f32: scale, good steps, skipped steps. @param interval good steps after which the scale doubles.
 */
export function advanceScaledStep_(hyper: Tensor, scaling: Tensor, overflows: Tensor, interval: number): void {
  hyper.device.dispatch(advanceKernel, {
    buffers: [overflows.range, scaling.range, hyper.range],
    constants: { INTERVAL: interval },
    workgroups: 1,
  });
}

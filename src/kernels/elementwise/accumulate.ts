/** a += b, in place: how gradients add up in a parameter's flat memory. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { ownWindow, requireFloat } from '../launch/checks.js';
import { steps } from '../launch/steps.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'add_in_place',
  file: 'elementwise/add_in_place.wgsl',
  includes: ['common/grid.wgsl', 'common/steps.wgsl'],
  bindings: ['write', 'read', 'params'],
});

export function add_(a: Tensor, b: Tensor): void {
  requireFloat('add_', { a, b });
  if (!sameShape(a.shape, b.shape))
    throw new ShapeError(`[add_] shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} differ`);
  const same = b.as(a.layout);
  for (const [start, end] of rowWindows('add_', a.device, a.size, [1], a.dtype === 'f16')) {
    const buffers = [ownWindow(a, start, end), ownWindow(same, start, end)];
    a.device.dispatch(kernel, {
      buffers,
      params: [end - start],
      specialise: storedAs(a.dtype, { E4: 4 }),
      ...steps(a.device, Math.ceil((end - start) / 4)),
    });
  }
}

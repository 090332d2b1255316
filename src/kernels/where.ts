/** Launcher of where: y = condition ? a : b, with full broadcasting of all three. */
import { defineKernel } from '../device/kernel.js';
import { broadcastShapes, broadcastStrides, collapseDims } from '../tensor/shape.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { forLeadingWindows } from './binary.js';
import { requireF32, walkParams } from './common.js';

const kernel = defineKernel({ name: 'where', includes: ['common/grid.wgsl'], bindings: ['read', 'read', 'read', 'write', 'params'] });

/** a where condition is not 0, b elsewhere. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  requireF32('where', { condition, a, b });
  const y = empty(condition.device, broadcastShapes('where', condition.shape, broadcastShapes('where', a.shape, b.shape)));
  forLeadingWindows('where', y, { condition, a, b }, (part, parts) => {
    const walk = collapseDims(part.shape, parts.map((x) => broadcastStrides(x.shape, part.shape)));
    y.device.dispatch(kernel, {
      buffers: [...parts.map((x) => x.range), part.range],
      params: [part.size, walk.length, 0, 0, ...walkParams('where', walk)], // two words of padding: WGSL aligns arrays to 16 bytes
      workgroups: Math.ceil(part.size / 64),
    });
  });
  return y;
}

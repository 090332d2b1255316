/** Index of the largest entry along the last dimension. x (…, C) f32 -> (…) u32; the first of equals. */
import { ShapeError } from '../device/errors.js';
import { defineKernel } from '../device/kernel.js';
import { formatShape } from '../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../tensor/tensor.js';
import { requireF32 } from './common.js';
import { rowWindows } from './windows.js';

const kernel = defineKernel({ name: 'argmax', includes: ['common/grid.wgsl'], bindings: ['read', 'write', 'params'] });

export function argmax(x: Tensor): Tensor {
  requireF32('argmax', { x });
  const C = x.shape.at(-1) ?? 0;
  if (C === 0) throw new ShapeError(`[argmax] x ${formatShape(x.shape)} has no entries along its last dimension`);
  const out = empty(x.device, x.shape.slice(0, -1), 'u32');
  const flat = view(x, [x.size / C, C]);
  const flatOut = view(out, [out.size]);
  if (out.size === 0) return out;
  for (const [start, end] of rowWindows('argmax', x.device, out.size, [C, 1])) {
    const buffers = [rows(flat, start, end).range, rows(flatOut, start, end).range];
    x.device.dispatch(kernel, { buffers, params: [end - start, C], workgroups: Math.ceil((end - start) / 64) });
  }
  return out;
}

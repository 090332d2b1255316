/** Softmax and negative log likelihood in one. x (N, C) f32 logits, label (N) u32. */
import { ShapeError } from '../device/errors.js';
import { defineKernel } from '../device/kernel.js';
import { formatShape } from '../tensor/shape.js';
import { empty, rows, type Tensor } from '../tensor/tensor.js';
import { requireF32, requireRank } from './common.js';
import { rowWindows } from './windows.js';

const kernel = defineKernel({ name: 'cross_entropy', includes: ['common/grid.wgsl'], bindings: ['read', 'read', 'write', 'write', 'params'] });

/** Loss of each row (N), and p = softmax(x) - one_hot(label) (N, C), which times dy is the gradient. */
export function crossEntropy(x: Tensor, label: Tensor): { loss: Tensor; p: Tensor } {
  requireF32('cross_entropy', { x });
  requireRank('cross_entropy', 'x', x, 'N C');
  if (label.dtype !== 'u32' || label.rank !== 1 || label.size !== x.shape[0]) {
    throw new ShapeError(`[cross_entropy] x ${formatShape(x.shape)} needs labels (${x.shape[0]},) u32, got ${formatShape(label.shape)} ${label.dtype}`);
  }
  const [N, C] = x.shape;
  const loss = empty(x.device, [N]);
  const p = empty(x.device, [N, C]);
  for (const [start, end] of rowWindows('cross_entropy', x.device, N, [C, 1])) {
    const parts = [x, label, loss, p].map((t) => rows(t, start, end).range);
    x.device.dispatch(kernel, { buffers: parts, params: [end - start, C], workgroups: Math.ceil((end - start) / 64) });
  }
  return { loss, p };
}

/** The lower or the upper triangle of matrices, the rest 0: torch.tril and triu. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { refuseF16 } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'triangle',
  file: 'movement/triangle.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

export type TriangleName = 'tril' | 'triu';

/**
 * x (…, R, C) -> the same shape: entries with column - row <= k (tril) or >= k (triu), 0 elsewhere.
 * @throws ShapeError when x has fewer than 2 dimensions, or k is no whole number.
 */
export function triangle(name: TriangleName, x: Tensor, k: number): Tensor {
  refuseF16(name, x);
  if (x.rank < 2)
    throw new ShapeError(
      `[${name}] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected at least 2: (…, R, C)`,
    );
  if (!Number.isInteger(k)) throw new ShapeError(`[${name}] diagonal ${k} is not a whole number`);
  const y = empty(x.device, x.shape, x.dtype);
  if (y.size === 0) return y;
  const [R, C] = x.shape.slice(-2);
  const all = x.size / C;
  const [flatX, flatY] = [x, y].map((t) => view(t, [all, C]));
  for (const [start, end] of rowWindows(name, x.device, all, [C])) {
    const count = (end - start) * C;
    x.device.dispatch(kernel, {
      buffers: [rows(flatX, start, end).range, rows(flatY, start, end).range],
      params: [count, R, C, start, Math.max(-R, Math.min(C, k)) >>> 0],
      constants: { UPPER: name === 'triu' ? 1 : 0 },
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/**
 * One element of a dimension for each place of an index tensor, as torch.gather with sizes equal outside the dimension
 * (its gradient is in scatter_add.ts); and one-hot rows.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { around, indexWindows, invalidWord, requireIndex } from './index_select.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const gatherKernel = defineKernel({
  name: 'gather',
  file: 'movement/gather.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const oneHotKernel = defineKernel({
  name: 'one_hot',
  file: 'movement/one_hot.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});

/** x (…, size, …), index (…, n, …) u32 -> index's shape. An index of size or more gives NaN (u32: the largest word). */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  requireIndex('gather', index);
  if (!sameShape(x.shape.toSpliced(dim, 1), index.shape.toSpliced(dim, 1))) {
    throw new ShapeError(
      `[gather] index ${formatShape(index.shape)} does not fit x ${formatShape(x.shape)} outside dim ${dim}`,
    );
  }
  const y = empty(x.device, index.shape, x.dtype);
  if (y.size === 0) return y;
  if (x.size === 0)
    throw new ShapeError(
      `[gather] index ${formatShape(index.shape)} into x ${formatShape(x.shape)}, which has no elements`,
    );
  const sizes = around(x.shape, dim);
  const { size, inner } = sizes;
  const n = index.shape[dim];
  for (const { outer, rows: ofX, places } of indexWindows('gather', x.device, sizes, n)) {
    const count = (outer[1] - outer[0]) * (places[1] - places[0]) * inner;
    const ofY = [(outer[0] * n + places[0]) * inner, ((outer[1] - 1) * n + places[1]) * inner] as const;
    x.device.dispatch(gatherKernel, {
      buffers: [
        flatWindow(x, (outer[0] * size + ofX[0]) * inner, ((outer[1] - 1) * size + ofX[1]) * inner),
        flatWindow(index, ...ofY),
        flatWindow(y, ...ofY),
      ],
      params: [count, inner, places[1] - places[0], size, ofX[0], ofX[1] - ofX[0], invalidWord(x)],
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/** index (…) u32 -> (…, C) f32: 1 at the index, else 0; all 0 for an index of C or more. */
export function oneHot(index: Tensor, C: number): Tensor {
  requireIndex('one_hot', index);
  if (!Number.isInteger(C) || C < 1)
    throw new ShapeError(`[one_hot] ${C} classes are not a whole number of at least 1`);
  const y = empty(index.device, [...index.shape, C]);
  if (y.size === 0) return y;
  const [flatIndex, flatY] = [view(index, [index.size]), view(y, [index.size, C])];
  for (const [start, end] of rowWindows('one_hot', index.device, index.size, [C, 1])) {
    const count = (end - start) * C;
    index.device.dispatch(oneHotKernel, {
      buffers: [rows(flatIndex, start, end).range, rows(flatY, start, end).range],
      params: [count, C],
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/**
 * One element of a dimension for each place of an index tensor, as torch.gather with sizes equal outside the dimension;
 * and one-hot rows.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireF32 } from '../launch/checks.js';
import { around, invalidWord, requireIndex } from './index_select.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const gatherKernel = defineKernel({
  name: 'gather',
  file: 'movement/gather.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'gather_backward',
  file: 'movement/gather_backward.wgsl',
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
  const { outer, size, inner } = around(x.shape, dim);
  const n = index.shape[dim];
  const [flatX, flatIndex, flatY] = [
    view(x, [outer, size * inner]),
    view(index, [outer, n * inner]),
    view(y, [outer, n * inner]),
  ];
  for (const [start, end] of rowWindows('gather', x.device, outer, [size * inner, n * inner])) {
    const count = (end - start) * n * inner;
    x.device.dispatch(gatherKernel, {
      buffers: [flatX, flatIndex, flatY].map((t) => rows(t, start, end).range),
      params: [count, inner, n, size, invalidWord(x)],
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/** dx of shape `shapeX`, from dy of index's shape. */
export function gatherBackward(dy: Tensor, dim: number, index: Tensor, shapeX: readonly number[]): Tensor {
  requireF32('gather', { dy });
  const dx = empty(dy.device, shapeX);
  if (dx.size === 0) return dx;
  const { outer, size, inner } = around(shapeX, dim);
  const n = index.shape[dim];
  const [flatDy, flatIndex, flatDx] = [
    view(dy, [outer, n * inner]),
    view(index, [outer, n * inner]),
    view(dx, [outer, size * inner]),
  ];
  for (const [start, end] of rowWindows('gather', dy.device, outer, [size * inner, n * inner])) {
    const count = (end - start) * size * inner;
    dy.device.dispatch(backwardKernel, {
      buffers: [flatDy, flatIndex, flatDx].map((t) => rows(t, start, end).range),
      params: [count, inner, n, size],
      workgroups: Math.ceil(count / 64),
    });
  }
  return dx;
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

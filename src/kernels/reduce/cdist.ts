/** Launchers of cdist: Euclidean distances of all rows of a from all rows of b, and their gradients. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow, requireBindable, requireF32 } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const forwardKernel = defineKernel({
  name: 'cdist',
  file: 'reduce/cdist.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'cdist_backward',
  file: 'reduce/cdist_backward.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});

/**
 * The shape rule.
 * @throws ShapeError unless a is (N, D) and b (M, D), both f32, and b can be bound as a whole.
 */
function checkShapes(a: Tensor, b: Tensor): void {
  requireF32('cdist', { a, b });
  if (a.rank !== 2 || b.rank !== 2 || a.shape[1] !== b.shape[1])
    throw new ShapeError(`[cdist] a ${formatShape(a.shape)} and b ${formatShape(b.shape)} are not (N, D) and (M, D)`);
  requireBindable('cdist', { b });
}

/** Rows of a and y at a time. */
const windowsOf = (a: Tensor, M: number): (readonly [number, number])[] =>
  rowWindows('cdist', a.device, a.shape[0], [a.shape[1], M]);

/** Rows of a matrix. */
const rowsOf = (x: Tensor, start: number, end: number): ReturnType<typeof flatWindow> =>
  flatWindow(x, start * x.shape[1], end * x.shape[1]);

/** a (N, D), b (M, D) -> y (N, M). */
export function cdist(a: Tensor, b: Tensor): Tensor {
  checkShapes(a, b);
  const [N, D] = a.shape;
  const [M] = b.shape;
  const y = empty(a.device, [N, M]);
  if (y.size === 0) return y;
  for (const [start, end] of windowsOf(a, M)) {
    const count = (end - start) * M;
    a.device.dispatch(forwardKernel, {
      buffers: [rowsOf(a, start, end), b.range, rowsOf(y, start, end)],
      params: [count, M, D],
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/** da (N, D) of a (N, D), b (M, D) and y, dy (N, M). */
export function cdistBackwardA(a: Tensor, b: Tensor, y: Tensor, dy: Tensor): Tensor {
  const [, D] = a.shape;
  const [M] = b.shape;
  const da = empty(a.device, a.shape);
  if (da.size === 0) return da;
  for (const [start, end] of windowsOf(a, M)) {
    const count = (end - start) * D;
    a.device.dispatch(backwardKernel, {
      buffers: [rowsOf(a, start, end), b.range, ...[y, dy, da].map((t) => rowsOf(t, start, end))],
      params: [count, D, M, M, 1, 0],
      workgroups: Math.ceil(count / 64),
    });
  }
  return da;
}

/** db (M, D); windows of a add to it in turn. */
export function cdistBackwardB(a: Tensor, b: Tensor, y: Tensor, dy: Tensor): Tensor {
  const [M, D] = b.shape;
  const db = empty(b.device, b.shape);
  if (db.size === 0) return db;
  for (const [start, end] of windowsOf(a, M)) {
    b.device.dispatch(backwardKernel, {
      buffers: [b.range, ...[a, y, dy].map((t) => rowsOf(t, start, end)), db.range],
      params: [db.size, D, end - start, 1, M, start === 0 ? 0 : 1],
      workgroups: Math.ceil(db.size / 64),
    });
  }
  return db;
}

/**
 * Picking elements by number: index_select, gather, embedding, one_hot. Indices are u32; the checks of their values
 * cost nothing: a wrong one gives NaN.
 */
import { ShapeError } from '../../../device/errors.js';
import { gather as gatherKernel, oneHot as oneHotKernel } from '../../../kernels/movement/gather.js';
import {
  indexSelect as indexSelectKernel,
  indexSelectBackward,
  requireIndex,
} from '../../../kernels/movement/index_select.js';
import { gatherBackward } from '../../../kernels/movement/scatter_add.js';
import { formatShape, normalizeDim, type Shape } from '../../../tensor/shape.js';
import { view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, noGradient } from '../../graph.js';
import { slice } from './movement.js';

interface Saved {
  readonly index: Tensor;
  readonly shapeX: Shape;
}

const indexSelectOp = defineOp<number, Saved>({
  name: 'index_select',
  forward: ([x, index], dim) => ({
    output: indexSelectKernel('index_select', x, dim, index),
    saved: { index, shapeX: x.shape },
  }),
  backward: (dy, { index, shapeX }, dim) => [indexSelectBackward('index_select', dy, index, shapeX, dim), null],
});

/**
 * Entries of one dimension in the order of index (n) u32: y[…, j, …] = x[…, index[j], …]. An index that does not exist
 * gives NaN. x (…, size, …), index (n) -> (…, n, …).
 */
export function indexSelect(x: Tensor, dim: number, index: Tensor): Tensor {
  const d = normalizeDim('index_select', dim, x.rank);
  if (x.rank === 0) throw new ShapeError('[index_select] x () has no dimension to select from');
  return apply(indexSelectOp, [x, index], d);
}

const embeddingOp = defineOp<number | null, Saved>({
  name: 'embedding',
  forward: ([index, weight]) => {
    const y = indexSelectKernel('embedding', weight, 0, view(index, [index.size]));
    return { output: view(y, [...index.shape, weight.shape[1]]), saved: { index, shapeX: weight.shape } };
  },
  backward: (dy, { index, shapeX }, paddingIdx) => {
    const flat = view(dy, [index.size, shapeX[1]]);
    return [null, indexSelectBackward('embedding', flat, view(index, [index.size]), shapeX, 0, paddingIdx)];
  },
});

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** This row gets no gradient; negative counts from the back. */
  readonly paddingIdx?: number | null;
}

/** Rows of a table: index (…) u32, weight (V, D) -> (…, D). An index that does not exist gives NaN. */
export function embedding(index: Tensor, weight: Tensor, { paddingIdx = null }: EmbeddingOptions = {}): Tensor {
  requireIndex('embedding', index);
  if (weight.rank !== 2)
    throw new ShapeError(
      `[embedding] weight ${formatShape(weight.shape)} has ${weight.rank} dimensions, expected 2: (V, D)`,
    );
  return apply(
    embeddingOp,
    [index, weight],
    paddingIdx === null ? null : normalizeDim('embedding', paddingIdx, weight.shape[0]),
  );
}

const gatherOp = defineOp<number, Saved>({
  name: 'gather',
  forward: ([x, index], dim) => ({ output: gatherKernel(x, dim, index), saved: { index, shapeX: x.shape } }),
  backward: (dy, { index, shapeX }, dim) => [gatherBackward(dy, dim, index, shapeX), null],
});

/**
 * y[position] = x[position, but index[position] in dimension dim]; index u32, at most as large as x in the other
 * dimensions, and y of its shape. An index that does not exist gives NaN.
 */
export function gather(x: Tensor, dim: number, index: Tensor): Tensor {
  const d = normalizeDim('gather', dim, x.rank);
  if (index.rank !== x.rank || x.rank === 0)
    throw new ShapeError(
      `[gather] index ${formatShape(index.shape)} and x ${formatShape(x.shape)} must have the same number of ` +
        `dimensions, at least 1`,
    );
  let used = x;
  for (const [i, n] of index.shape.entries()) {
    if (i !== d && n > x.shape[i])
      throw new ShapeError(
        `[gather] index ${formatShape(index.shape)} is larger than x ${formatShape(x.shape)} in dim ${i}`,
      );
    if (i !== d && n < x.shape[i]) used = slice(used, i, 0, n);
  }
  return apply(gatherOp, [used, index], d);
}

const oneHotOp = defineOp<number, null>({
  name: 'one_hot',
  forward: ([index], classes) => ({ output: oneHotKernel(index, classes), saved: null }),
  backward: noGradient,
});

/**
 * index (…) u32 -> (…, classes) f32: 1 at the index, 0 elsewhere. PyTorch's are whole numbers, and it can count the
 * classes itself.
 */
export function oneHot(index: Tensor, classes: number): Tensor {
  return apply(oneHotOp, [index], classes);
}

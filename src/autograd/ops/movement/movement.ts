/**
 * Ops that move numbers and compute none: reshape, permute, slice, cat, expand. Each one's backward is another of them.
 */
import { ShapeError } from '../../../device/errors.js';
import { areRuns, copyRuns, joinedLayout } from '../../../kernels/movement/copy_runs.js';
import { permuteCopy, stridedCopy, stridedCopyInto, type Strided } from '../../../kernels/movement/strided_copy.js';
import { reduce } from '../../../kernels/reduce/reduce.js';
import {
  broadcastDims,
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  formatShape,
  inferShape,
  normalizeDim,
  sameShape,
  type Shape,
} from '../../../tensor/shape.js';
import type { Layout } from '../../../tensor/layout.js';
import { empty, view, zeros, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { cast } from '../elementwise/cast.js';

const reshapeOp = defineOp<Shape, Shape>({
  name: 'reshape',
  precision: 'keep',
  forward: ([x], shape) => ({ output: view(x, shape), saved: x.shape }),
  backward: (dy, shapeX) => [view(dy, shapeX)],
});

/** The same numbers in another shape, without a copy. One entry may be -1. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeOp, [x], inferShape('reshape', x.size, shape));
}

/** (N, …) -> (N, all the rest). */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], -1]);
}

const permuteOp = defineOp<readonly number[], null>({
  name: 'permute',
  forward: ([x], order) => ({ output: permuteCopy(x, order), saved: null }),
  backward: (dy, _, order) => [
    permuteCopy(
      dy,
      order.map((__, d) => order.indexOf(d)),
    ),
  ],
});

/** Dimensions in another order: y.shape[i] = x.shape[order[i]]. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const dims = order.map((d) => normalizeDim('permute', d, x.rank));
  if (new Set(dims).size !== x.rank)
    throw new ShapeError(`[permute] (${String(order)}) is not an order of the dimensions of ${formatShape(x.shape)}`);
  return apply(permuteOp, [x], dims);
}

/** Swaps two dimensions. x (…, n, …, m, …) -> (…, m, …, n, …). */
export function transpose(x: Tensor, dimA = -2, dimB = -1): Tensor {
  const [a, b] = [dimA, dimB].map((d) => normalizeDim('transpose', d, x.rank));
  return permute(
    x,
    x.shape.map((_, d) => (d === a ? b : d === b ? a : d)),
  );
}

interface SliceArgs {
  readonly dim: number;
  readonly start: number;
  readonly step: number;
  readonly shape: Shape;
}

/** A tensor of this shape walked at the entries that a slice takes. */
function sliced(shape: Shape, { dim, start, step }: SliceArgs): Strided {
  const strides = contiguousStrides(shape);
  return { offset: start * strides[dim], strides: strides.with(dim, step * strides[dim]) };
}

const sliceOp = defineOp<SliceArgs, Shape>({
  name: 'slice',
  forward: ([x], args) => ({
    output: stridedCopy('slice', x, args.shape, sliced(x.shape, args)),
    saved: x.shape,
  }),
  backward: (dy, shapeX, args) => {
    const dx = zeros(dy.device, shapeX);
    const from = { offset: 0, strides: contiguousStrides(dy.shape) };
    stridedCopyInto('slice', dy.shape, dy, from, dx, sliced(shapeX, args));
    return [dx];
  },
});

/**
 * Entries start..end of one dimension (end not included; negative counts from the back), as Array.prototype.slice does;
 * of these every `step`-th, from the first on: x[start:end:step] of PyTorch along `dim`.
 * x (…, size, …) -> (…, ceil((end - start) / step), …).
 * @throws ShapeError when start..end is no range of the dimension, or step is no whole number of at least 1.
 */
export function slice(x: Tensor, dim: number, start: number, end?: number, step = 1): Tensor {
  const d = normalizeDim('slice', dim, x.rank);
  const size = x.shape[d];
  const from = start < 0 ? Math.max(0, start + size) : start;
  const to = end === undefined ? size : end < 0 ? end + size : Math.min(end, size);
  if (![from, to].every(Number.isInteger) || from > to || from > size) {
    throw new ShapeError(`[slice] ${start}..${end ?? ''} is not a range of dim ${d} of ${formatShape(x.shape)}`);
  }
  if (!Number.isInteger(step) || step < 1)
    throw new ShapeError(`[slice] a step of ${step} in dim ${d} of ${formatShape(x.shape)}`, {
      fix: 'step is a whole number of at least 1; flip turns a dimension round',
    });
  const shape = x.shape.with(d, Math.ceil((to - from) / step));
  return apply(sliceOp, [x], { dim: d, start: from, step, shape });
}

interface CatSaved {
  readonly shapes: readonly Shape[];
  /** In which they were joined; null where they were not copied as runs. */
  readonly layout: Layout | null;
}

const catOp = defineOp<number, CatSaved>({
  name: 'cat',
  forward: (parts, dim) => {
    const { device, dtype, layout: given } = parts[0];
    const shapes = parts.map((p) => p.shape);
    const total = shapes.reduce((n, s) => n + s[dim], 0);
    const shape = shapes[0].with(dim, total);
    const strides = contiguousStrides(shape);
    let at = 0;
    const layout = joinedLayout(given, shapes, dim);
    if (dtype !== 'f16' && areRuns(device, layout, shape, shapes, dim)) {
      const out = empty(device, shape, dtype, layout);
      for (const p of parts) {
        copyRuns('cat', p, out, { dim, start: at, layout, take: false });
        at += p.shape[dim];
      }
      return { output: out, saved: { shapes, layout } };
    }
    const out = empty(device, shape, dtype);
    for (const p of parts) {
      stridedCopyInto('cat', p.shape, p, { offset: 0, strides: contiguousStrides(p.shape) }, out, {
        offset: at * strides[dim],
        strides,
      });
      at += p.shape[dim];
    }
    return { output: out, saved: { shapes, layout: null } };
  },
  backward: (dy, { shapes, layout }, dim, needs) => {
    const strides = contiguousStrides(dy.shape);
    let at = 0;
    return shapes.map((shape, i) => {
      const start = at;
      at += shape[dim];
      if (!needs[i]) return null;
      if (layout === null) return stridedCopy('cat', dy, shape, { offset: start * strides[dim], strides });
      const dx = empty(dy.device, shape, dy.dtype, layout);
      copyRuns('cat', dx, dy, { dim, start, layout, take: true });
      return dx;
    });
  },
});

/**
 * Joins tensors along a dimension; all other sizes must agree. f16 beside f32 become f32, as in PyTorch.
 * (…, n, …) and (…, m, …) -> (…, n + m, …).
 */
export function cat(given: readonly Tensor[], dim = 0): Tensor {
  if (given.length === 0) throw new ShapeError('[cat] of no tensors');
  const d = normalizeDim('cat', dim, given[0].rank);
  const isMixed = (['f16', 'f32'] as const).every((dtype) => given.some((p) => p.dtype === dtype));
  const parts = isMixed ? given.map((p) => (p.dtype === 'f16' ? cast(p, 'f32') : p)) : given;
  for (const p of parts) {
    if (p.dtype !== parts[0].dtype || !sameShape(p.shape.toSpliced(d, 1), parts[0].shape.toSpliced(d, 1))) {
      throw new ShapeError(
        `[cat] ${formatShape(p.shape)} ${p.dtype} does not join ${formatShape(parts[0].shape)} ${parts[0].dtype} ` +
          `along dim ${d}`,
      );
    }
  }
  return apply(catOp, parts, d);
}

const expandOp = defineOp<Shape, Shape>({
  name: 'expand',
  forward: ([x], shape) => ({
    output: stridedCopy('expand', x, shape, { offset: 0, strides: broadcastStrides(x.shape, shape) }),
    saved: x.shape,
  }),
  backward: (dy, shapeX) => [view(reduce('sum', dy, broadcastDims(shapeX, dy.shape)), shapeX)],
});

/** Repeats dimensions of size 1 (and missing leading ones) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape))
    throw new ShapeError(`[expand] ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
  return apply(expandOp, [x], shape);
}

/** sum, mean, max, min, prod over any dimensions, with their gradients. */
import { flatView, requireOptions } from '../../../kernels/launch/checks.js';
import { broadcastFours } from '../../../kernels/launch/fours.js';
import { binary } from '../../../kernels/elementwise/binary.js';
import { reduce, type ReduceName } from '../../../kernels/reduce/reduce.js';
import { stridedCopyInto } from '../../../kernels/movement/strided_copy.js';
import { broadcastStrides, contiguousStrides, normalizeDims, withoutDims } from '../../../tensor/shape.js';
import { constant } from '../../../tensor/creation.js';
import { FOURS, ROWS } from '../../../tensor/layout.js';
import { empty, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';
import { reshape } from '../movement/movement.js';

type Dims = readonly number[];
interface Saved {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** dy, shaped as the reduction with its dimensions kept as 1, repeated to x's shape. */
function spread(op: string, dy: Tensor, x: Tensor): Tensor {
  const fours = broadcastFours(x.shape, [dy, x]);
  const [from, like] = fours ?? [dy, x];
  const dx = empty(dy.device, x.shape, dy.dtype, fours ? FOURS : ROWS);
  const [strides, own] = [broadcastStrides(from.shape, like.shape), contiguousStrides(like.shape)];
  stridedCopyInto(op, like.shape, from, { offset: 0, strides }, flatView(dx), { offset: 0, strides: own });
  return dx;
}

const sumOp = defineOp<Dims, Saved>({
  name: 'sum',
  forward: ([x], dims) => {
    const y = reduce('sum', x, dims);
    return { output: y, saved: { x, y } };
  },
  backward: (dy, { x }) => [spread('sum', dy, x)],
});

const meanOp = defineOp<Dims, Saved>({
  name: 'mean',
  forward: ([x], dims) => {
    const y = reduce('mean', x, dims);
    return { output: y, saved: { x, y } };
  },
  backward: (dy, { x, y }) => [spread('mean', binary('mul', dy, constant(dy.device, y.size / x.size)), x)],
});

/** The gradient goes to where the extreme was found; equals share it, as in torch.amax. */
function extremeOp(name: 'max' | 'min'): Op<Dims, Saved> {
  return defineOp<Dims, Saved>({
    name,
    forward: ([x], dims) => {
      const y = reduce(name, x, dims);
      return { output: y, saved: { x, y } };
    },
    backward: (dy, { x, y }, dims) => {
      const found = binary('equal', x, y);
      const share = binary('div', dy, reduce('sum', found, dims));
      return [binary('mul', found, share)];
    },
  });
}

/**
 * d prod / dx is the product of all others: dy * prod(x without zeros) / x where there is no zero, at the zero itself
 * where there is one, and 0 everywhere where there are more.
 */
const prodOp = defineOp<Dims, { x: Tensor }>({
  name: 'prod',
  forward: ([x], dims) => ({ output: reduce('prod', x, dims), saved: { x } }),
  backward: (dy, { x }, dims) => {
    const isZero = binary('equal', x, constant(x.device, 0));
    const safe = binary('add', x, isZero); // zeros become ones
    const share = binary('mul', dy, reduce('prod', safe, dims));
    const gets = binary('equal', isZero, reduce('sum', isZero, dims)); // 0 of 0 zeros, or 1 of 1
    return [binary('mul', gets, binary('div', share, safe))];
  },
});

const reduceOps = { sum: sumOp, mean: meanOp, max: extremeOp('max'), min: extremeOp('min'), prod: prodOp } as const;

/** Over which dimensions a reduction goes, and whether they stay. */
export interface ReduceOptions {
  /** Default: all dimensions. Negative counts from the back. */
  readonly dim?: number | readonly number[];
  /** Keeps the reduced dimensions as 1. */
  readonly keepdim?: boolean;
}

function reduction(name: ReduceName): (x: Tensor, options?: ReduceOptions) => Tensor {
  return (x, options = {}) => {
    requireOptions(name, options, '{ dim: 0 }');
    const { dim, keepdim = false } = options;
    const dims = normalizeDims(name, dim, x.rank);
    const y = apply(reduceOps[name] as Op<Dims, unknown>, [x], dims);
    return keepdim ? y : reshape(y, withoutDims(y.shape, dims));
  };
}

/**
 * The sum over the dimensions; all of them by default.
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export const sum = reduction('sum');
/**
 * The mean over the dimensions; all of them by default.
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export const mean = reduction('mean');
/**
 * Largest value over the dimensions (torch.amax).
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export const max = reduction('max');
/**
 * Smallest value over the dimensions (torch.amin).
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export const min = reduction('min');
/**
 * The product over the dimensions; all of them by default.
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export const prod = reduction('prod');

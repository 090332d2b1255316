/** sum, mean, max, min over any dimensions, with their gradients. */
import { binary } from '../../kernels/binary.js';
import { reduce, type ReduceName } from '../../kernels/reduce.js';
import { stridedCopy } from '../../kernels/strided_copy.js';
import { broadcastStrides, normalizeDims } from '../../tensor/shape.js';
import { constant, type Tensor } from '../../tensor/tensor.js';
import { apply, defineOp, noGradient, type Op } from '../graph.js';
import { reshape } from './movement.js';

type Dims = readonly number[];
interface Saved {
  readonly x: Tensor;
  readonly y: Tensor;
}

/** dy, shaped as the reduction with its dimensions kept as 1, repeated to x's shape. */
function spread(op: string, dy: Tensor, x: Tensor): Tensor {
  return stridedCopy(op, dy, x.shape, { offset: 0, strides: broadcastStrides(dy.shape, x.shape) });
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

const prodOp = defineOp<Dims, Saved>({
  name: 'prod',
  forward: ([x], dims) => {
    const y = reduce('prod', x, dims);
    return { output: y, saved: { x, y } };
  },
  backward: noGradient,
});

const reduceOps: Record<ReduceName, Op<Dims, Saved>> = { sum: sumOp, mean: meanOp, max: extremeOp('max'), min: extremeOp('min'), prod: prodOp };

export interface ReduceOptions {
  /** Default: all dimensions. Negative counts from the back. */
  readonly dim?: number | readonly number[];
  /** Keeps the reduced dimensions as 1. */
  readonly keepdim?: boolean;
}

function reduction(name: ReduceName): (x: Tensor, options?: ReduceOptions) => Tensor {
  return (x, { dim, keepdim = false } = {}) => {
    const dims = normalizeDims(name, dim, x.rank);
    const y = apply(reduceOps[name], [x], dims);
    return keepdim ? y : reshape(y, y.shape.filter((_, d) => !dims.includes(d)));
  };
}

export const sum = reduction('sum');
export const mean = reduction('mean');
/** Largest value over the dimensions (torch.amax). */
export const max = reduction('max');
/** Smallest value over the dimensions (torch.amin). */
export const min = reduction('min');
export const prod = reduction('prod');

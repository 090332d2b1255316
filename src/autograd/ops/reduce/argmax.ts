/** Index of the largest or smallest entry; has no gradient. */
import { argExtreme, type ArgExtremeName } from '../../../kernels/reduce/argmax.js';
import { normalizeDim, withoutDims } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, noGradient } from '../../graph.js';
import { reshape } from '../movement/movement.js';

/** Options of `argmax` and `argmin`. */
export interface ArgExtremeOptions {
  /** Default: the index into all elements, as they lie. */
  readonly dim?: number;
  /** Keeps the dimension as 1 (all of them, without `dim`). */
  readonly keepdim?: boolean;
}

function argOp(name: ArgExtremeName): (x: Tensor, options?: ArgExtremeOptions) => Tensor {
  const op = defineOp<number, null>({
    name,
    forward: ([x], dim) => ({ output: argExtreme(name, x, dim), saved: null }),
    backward: noGradient,
  });
  return (x, { dim, keepdim = false } = {}) => {
    if (dim === undefined) return reshape(apply(op, [reshape(x, [-1])], 0), keepdim ? x.shape.map(() => 1) : []);
    const d = normalizeDim(name, dim, x.rank);
    const y = apply(op, [x], d);
    return keepdim ? y : reshape(y, withoutDims(y.shape, [d]));
  };
}

/**
 * u32 indices of the largest entries along `dim`; the first of equals.
 * x (…) -> x's shape without `dim`, or () where none is given.
 */
export const argmax = argOp('argmax');
/**
 * u32 indices of the smallest entries along `dim`; the first of equals.
 * x (…) -> x's shape without `dim`, or () where none is given.
 */
export const argmin = argOp('argmin');

/** cumsum: sums so far along a dimension. The gradient is the same from the last entry to the first. */
import { cumsum as cumsumKernel } from '../../../kernels/scan/cumsum.js';
import { normalizeDim } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const cumsumOp = defineOp<number, null>({
  name: 'cumsum',
  forward: ([x], dim) => ({ output: cumsumKernel(x, dim), saved: null }),
  backward: (dy, _, dim) => [cumsumKernel(dy, dim, true)],
});

/**
 * y[…, j, …] = x[…, 0, …] + … + x[…, j, …] along `dim`; y has x's shape. Long rows are added up in chunks of chunks, so
 * that the error does not grow with their length; of numbers that are not negative y may fall by a rounding where a
 * chunk ends.
 * @throws ShapeError when x is not f32 or has no such dimension.
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  return apply(cumsumOp, [x], normalizeDim('cumsum', dim, x.rank));
}

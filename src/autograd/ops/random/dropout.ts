/**
 * Dropout: y = x * mask / (1 - p), the mask drawn from the device's generator; of single elements or of whole channels.
 */
import { ShapeError } from '../../../device/errors.js';
import { binary } from '../../../kernels/elementwise/binary.js';
import { dropout as dropoutKernel, dropoutMask } from '../../../kernels/random/random.js';
import { formatShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { mul } from '../elementwise/elementwise.js';

const dropoutOp = defineOp<number, { mask: Tensor }>({
  name: 'dropout',
  precision: 'keep',
  forward: ([x], p) => {
    const { y, mask } = dropoutKernel(x, p);
    return { output: y, saved: { mask } };
  },
  backward: (dy, { mask }) => [binary('mul', dy, mask)],
});

/** Sets each element to 0 with probability p and scales the others by 1 / (1 - p). x (…), y (…). */
export function dropout(x: Tensor, p: number): Tensor {
  return p === 0 ? x : apply(dropoutOp, [x], p);
}

const dropout2dOp = defineOp<number, { mask: Tensor }>({
  name: 'dropout2d',
  forward: ([x], p) => {
    const mask = dropoutMask(x.device, [x.shape[0], x.shape[1], ...x.shape.slice(2).map(() => 1)], p);
    return { output: binary('mul', x, mask), saved: { mask } };
  },
  backward: (dy, { mask }) => [binary('mul', dy, mask)],
});

/** Sets whole channels of x (N, C, …) to 0 with probability p and scales the others by 1 / (1 - p). */
export function dropout2d(x: Tensor, p = 0.5): Tensor {
  if (x.rank < 3)
    throw new ShapeError(
      `[dropout2d] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected at least 3: (N, C, …)`,
    );
  return p === 0 ? x : apply(dropout2dOp, [x], p);
}

/**
 * Sets a residual branch to 0 with probability p and scales it by 1 / (1 - p) otherwise (Huang et al.: "Deep networks
 * with stochastic depth", 2016): 'row', of each image by itself; 'batch', of all images at once. Always: not to be
 * called outside of training. x (N, …), y (N, …).
 */
export function stochasticDepth(x: Tensor, p: number, mode: 'batch' | 'row'): Tensor {
  if (p === 0) return x;
  const shape = x.shape.map((n, d) => (d === 0 && mode === 'row' ? n : 1));
  return mul(x, dropoutMask(x.device, shape, p));
}

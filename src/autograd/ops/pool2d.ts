/** Max and average pooling. */
import { avgPool2d as avgKernel, avgPool2dBackward, maxPool2d as maxKernel, maxPool2dBackward, pool2dGeometry, type Pool2dGeometry, type Pool2dOptions } from '../../kernels/pool2d.js';
import type { Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';

const maxPool2dOp = defineOp<Pool2dGeometry, { index: Tensor }>({
  name: 'max_pool2d',
  forward: ([x], g) => {
    const { y, index } = maxKernel(x, g);
    return { output: y, saved: { index } };
  },
  backward: (dy, { index }, g) => [maxPool2dBackward(dy, index, g)],
});

/** Largest value of each window; padding never wins; of equals the first, which gets the gradient. */
export function maxPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return apply(maxPool2dOp, [x], pool2dGeometry('max_pool2d', x, options));
}

const avgPool2dOp = defineOp<Pool2dGeometry, null>({
  name: 'avg_pool2d',
  forward: ([x], g) => ({ output: avgKernel(x, g), saved: null }),
  backward: (dy, _, g) => [avgPool2dBackward(dy, g)],
});

/** Mean of each window; padding counts as zeros. */
export function avgPool2d(x: Tensor, options: Pool2dOptions): Tensor {
  return apply(avgPool2dOp, [x], pool2dGeometry('avg_pool2d', x, options));
}

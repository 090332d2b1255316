/** Index of the largest entry along the last dimension; has no gradient. */
import { argmax as argmaxKernel } from '../../kernels/argmax.js';
import type { Tensor } from '../../tensor/tensor.js';
import { apply, defineOp, noGradient } from '../graph.js';

const argmaxOp = defineOp<null, null>({
  name: 'argmax',
  forward: ([x]) => ({ output: argmaxKernel(x), saved: null }),
  backward: noGradient,
});

/** x (…, C) -> (…) u32; the first of equals. */
export function argmax(x: Tensor): Tensor {
  return apply(argmaxOp, [x], null);
}

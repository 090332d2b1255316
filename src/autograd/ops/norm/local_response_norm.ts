/** Local response normalisation (Krizhevsky, Sutskever and Hinton 2012; AlexNet). */
import {
  checkLocalResponseNorm,
  localResponseNorm as forwardKernel,
  localResponseNormBackward,
  type LrnSettings,
} from '../../../kernels/norm/local_response_norm.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const localResponseNormOp = defineOp<LrnSettings, { x: Tensor; y: Tensor; d: Tensor }>({
  name: 'local_response_norm',
  forward: ([x], settings) => {
    const { y, d } = forwardKernel(x, settings);
    return { output: y, saved: { x, y, d } };
  },
  backward: (dy, { x, y, d }, settings) => [localResponseNormBackward(dy, x, y, d, settings)],
});

/** Options of `localResponseNorm`; the defaults are PyTorch's. */
export type LocalResponseNormOptions = Partial<Omit<LrnSettings, 'size'>>;

/**
 * x (N, C, …) divided by (k + alpha * mean of x^2 over `size` channels around)^beta; channels that do not exist count
 * as zeros. Defaults: alpha 1e-4, beta 0.75, k 1.
 */
export function localResponseNorm(
  x: Tensor,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): Tensor {
  const settings = { size, alpha, beta, k };
  checkLocalResponseNorm(x, settings);
  return apply(localResponseNormOp, [x], settings);
}

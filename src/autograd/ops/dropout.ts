/** Dropout: y = x * mask / (1 - p), the mask drawn from the device's generator. */
import { binary } from '../../kernels/binary.js';
import { dropout as dropoutKernel } from '../../kernels/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';

const dropoutOp = defineOp<number, { mask: Tensor }>({
  name: 'dropout',
  forward: ([x], p) => {
    const { y, mask } = dropoutKernel(x, p);
    return { output: y, saved: { mask } };
  },
  backward: (dy, { mask }) => [binary('mul', dy, mask)],
});

/** Sets each element to 0 with probability p and scales the others by 1 / (1 - p). */
export function dropout(x: Tensor, p: number): Tensor {
  return p === 0 ? x : apply(dropoutOp, [x], p);
}

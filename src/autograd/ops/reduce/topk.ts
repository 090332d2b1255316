/**
 * The largest entries of each row. Their indices have no gradient; the values are gathered by them, and so have one.
 */
import { topk as topkKernel } from '../../../kernels/reduce/topk.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, noGradient } from '../../graph.js';
import { gather } from '../movement/indexing.js';

const topkOp = defineOp<number, null>({
  name: 'topk',
  forward: ([x], k) => ({ output: topkKernel(x, k).indices, saved: null }),
  backward: noGradient,
});

/**
 * u32 indices (N, k) of the k largest of each row of x (N, C), largest first; of equals the smaller index first. k at
 * most 256.
 */
export function topkIndices(x: Tensor, k: number): Tensor {
  return apply(topkOp, [x], k);
}

/** As torch.topk along the last dimension of x (N, C): values and u32 indices (N, k), sorted; k at most 256. */
export function topk(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const indices = topkIndices(x, k);
  return { values: gather(x, 1, indices), indices };
}

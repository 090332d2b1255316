/**
 * Attention made of matmul, add and softmax: the scores of all queries and keys exist as a tensor (…, L, S). It is what
 * shapes, masks and dropout are left to that the kernels do not know.
 */
import { full, type Tensor } from '../../../tensor/tensor.js';
import { add, mul } from '../elementwise/elementwise.js';
import { softmax } from '../loss/softmax.js';
import { matmul } from '../matmul/matmul.js';
import { triu } from '../movement/triangle.js';
import { dropout } from '../random/dropout.js';

/** @param mask added to the scores. @param p the probability with which a weight is dropped. */
export function composedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask, causal, scale, p }: { mask: Tensor | null; causal: boolean; scale: number; p: number },
): Tensor {
  const [L, S] = [q.shape[q.rank - 2], k.shape[k.rank - 2]];
  let scores = matmul(mul(q, scale), k, { transposeB: true });
  if (mask !== null) scores = add(scores, mask);
  if (causal) scores = add(scores, triu(full(q.device, [L, S], -Infinity), 1));
  return matmul(dropout(softmax(scores), p), v);
}

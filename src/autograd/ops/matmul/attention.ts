/**
 * Scaled dot-product attention (Vaswani et al. 2017), made of matmul, add and softmax: the scores of all queries and
 * keys exist as a tensor (…, L, S).
 */
import { ShapeError } from '../../../device/errors.js';
import { full, type Tensor } from '../../../tensor/tensor.js';
import { broadcastShapes, formatShape } from '../../../tensor/shape.js';
import { add, mul } from '../elementwise/elementwise.js';
import { dropout } from '../random/dropout.js';
import { embedding } from '../movement/indexing.js';
import { matmul } from './matmul.js';
import { reshape } from '../movement/movement.js';
import { softmax } from '../loss/softmax.js';
import { triu } from '../movement/triangle.js';

const OP = 'scaled_dot_product_attention';

/** Options of `scaledDotProductAttention`, with PyTorch's defaults. */
export interface AttentionOptions {
  /**
   * Broadcasts to (…, L, S). u32: 1 where a query may look at a key, 0 where not, as PyTorch's boolean mask (another
   * word gives NaN). f32: added to the scores. Of a comparison, which gives f32, make `where(condition, 0, -Infinity)`.
   */
  readonly mask?: Tensor | null;
  /** Query l looks at the keys 0..l only; with a mask as well, both must let it. */
  readonly causal?: boolean;
  /** What q k is multiplied by; default 1 / sqrt(E). */
  readonly scale?: number;
  /** Probability with which a weight is dropped, always: give 0 outside of training. */
  readonly dropout?: number;
}

/**
 * softmax(scale q kᵀ + mask) v, as torch.nn.functional.scaled_dot_product_attention. L queries, S keys.
 * @param q (…, L, E). @param k (…, S, E). @param v (…, S, F); what is before the last two dimensions broadcasts.
 * @returns (…, L, F); NaN for a query that may look at nothing.
 * @throws ShapeError when shapes do not fit, or dropout is no probability below 1.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { mask = null, causal = false, scale, dropout: p = 0 }: AttentionOptions = {},
): Tensor {
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  if ([q, k, v].some((t) => t.rank < 2))
    throw new ShapeError(`[${OP}] ${shapes}: expected (…, L, E), (…, S, E), (…, S, F)`);
  const [L, E] = q.shape.slice(-2);
  const S = k.shape[k.rank - 2];
  if (k.shape[k.rank - 1] !== E || v.shape[v.rank - 2] !== S)
    throw new ShapeError(`[${OP}] ${shapes}: q and k must have the same last size E, k and v the same S before it`);
  const ofScores = [...broadcastShapes(OP, q.shape.slice(0, -2), k.shape.slice(0, -2)), L, S];
  if (mask !== null && !fits(mask.shape, ofScores))
    throw new ShapeError(
      `[${OP}] mask ${formatShape(mask.shape)} does not broadcast to the scores ${formatShape(ofScores)}`,
    );
  if (!(p >= 0 && p < 1)) throw new ShapeError(`[${OP}] dropout ${p} is not a probability in [0, 1)`);
  let scores = matmul(mul(q, scale ?? 1 / Math.sqrt(E)), k, { transposeB: true });
  if (mask !== null) scores = add(scores, mask.dtype === 'u32' ? additive(mask) : mask);
  if (causal) scores = add(scores, triu(full(q.device, [L, S], -Infinity), 1));
  return matmul(dropout(softmax(scores), p), v);
}

function fits(mask: readonly number[], scores: readonly number[]): boolean {
  return mask.length <= scores.length && mask.every((n, i) => n === 1 || n === scores.at(i - mask.length));
}

/** -infinity where the mask is 0, 0 where it is 1: looked up in a table of the two, which is a triangle. */
function additive(mask: Tensor): Tensor {
  return reshape(embedding(mask, triu(full(mask.device, [2, 1], -Infinity))), mask.shape);
}

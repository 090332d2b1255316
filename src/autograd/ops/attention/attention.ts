/** Scaled dot-product attention (Vaswani et al. 2017), in kernels that never write a score. */
import { ShapeError } from '../../../device/errors.js';
import { attention, attentionBackward, type Attended, type Operands } from '../../../kernels/attention/attention.js';
import {
  packedHeads,
  separateHeads,
  type AttentionSettings,
  type AttentionSizes,
  type Mask,
} from '../../../kernels/attention/heads.js';
import { requireOptions } from '../../../kernels/launch/checks.js';
import { broadcastShapes, formatShape, sameShape, sizeOf, type Shape } from '../../../tensor/shape.js';
import { empty, full, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, isRecorded } from '../../graph.js';
import { embedding } from '../movement/indexing.js';
import { permute, reshape } from '../movement/movement.js';
import { select } from '../movement/split.js';
import { triu } from '../movement/triangle.js';
import { composedAttention } from './composed.js';

const OP = 'scaled_dot_product_attention';

/** What the ops take besides tensors; a mask is the last of their inputs. */
interface AttentionArgs extends AttentionSizes {
  readonly scale: number;
  readonly causal: boolean;
  readonly maskStrides: Mask['strides'] | null;
}

interface Saved {
  readonly operands: Operands;
  readonly attended: Attended;
  readonly settings: AttentionSettings;
}

const settingsOf = ({ scale, causal, maskStrides }: AttentionArgs, mask: Tensor | undefined): AttentionSettings => ({
  scale,
  causal,
  mask: mask === undefined || maskStrides === null ? null : { tensor: mask, strides: maskStrides },
});

const like = (x: Tensor, shape: Shape = x.shape): Tensor => empty(x.device, shape, x.dtype);

function separate([q, k, v]: readonly Tensor[], { heads, L, S, E, F }: AttentionSizes): Operands {
  return { q: separateHeads(q, heads, L, E), k: separateHeads(k, heads, S, E), v: separateHeads(v, heads, S, F) };
}

const attentionOp = defineOp<AttentionArgs, Saved>({
  name: OP,
  precision: { half: 3 },
  forward: ([q, k, v, mask], args) => {
    const { heads, L, F } = args;
    const output = like(q, [...q.shape.slice(0, -1), F]);
    const operands = separate([q, k, v], args);
    const settings = settingsOf(args, mask);
    const attended = attention(operands, separateHeads(output, heads, L, F), args, settings);
    return { output, saved: { operands, attended, settings } };
  },
  backward: (dy, { operands, attended, settings }, args, needs) => {
    const { q, k, v } = operands;
    const [dq, dk, dv] = [q, k, v].map((of) => like(of.tensor));
    const wanted = { q: needs[0], kv: needs[1] || needs[2] };
    const given = separateHeads(dy, args.heads, args.L, args.F);
    attentionBackward(given, operands, attended, separate([dq, dk, dv], args), args, settings, wanted);
    return [needs[0] ? dq : null, needs[1] ? dk : null, needs[2] ? dv : null, ...(settings.mask ? [null] : [])];
  },
});

const thirds = (x: Tensor, { heads, L, E }: AttentionSizes): Operands => {
  const [q, k, v] = [0, 1, 2].map((part) => packedHeads(x, heads, L, E, part, 3));
  return { q, k, v };
};

const selfAttentionOp = defineOp<AttentionArgs, Saved>({
  name: 'self_attention',
  precision: { half: 1 },
  forward: ([qkv, mask], args) => {
    const { heads, L, E } = args;
    const output = like(qkv, [...qkv.shape.slice(0, -1), heads * E]);
    const operands = thirds(qkv, args);
    const settings = settingsOf(args, mask);
    const attended = attention(operands, packedHeads(output, heads, L, E), args, settings);
    return { output, saved: { operands, attended, settings } };
  },
  backward: (dy, { operands, attended, settings }, args) => {
    const into = like(operands.q.tensor);
    const given = packedHeads(dy, args.heads, args.L, args.E);
    attentionBackward(given, operands, attended, thirds(into, args), args, settings, { q: true, kv: true });
    return [into, ...(settings.mask ? [null] : [])];
  },
});

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
 * softmax(scale q kᵀ + mask) v, as torch.nn.functional.scaled_dot_product_attention. L queries, S keys. The scores are
 * never written to memory, but for dropout, masks that are learned, and operands whose leading dimensions differ.
 * @param q (…, L, E). @param k (…, S, E). @param v (…, S, F); what is before the last two dimensions broadcasts.
 * @returns (…, L, F); NaN for a query that may look at nothing.
 * @throws ShapeError when shapes do not fit, or dropout is no probability below 1.
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  requireOptions(OP, options, 'scaledDotProductAttention(q, k, v, { causal: true })');
  const { causal = false, dropout: p = 0 } = options;
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  if ([q, k, v].some((t) => t.rank < 2))
    throw new ShapeError(`[${OP}] ${shapes}: expected (…, L, E), (…, S, E), (…, S, F)`);
  const [L, E] = q.shape.slice(-2);
  const S = k.shape[k.rank - 2];
  if (k.shape[k.rank - 1] !== E || v.shape[v.rank - 2] !== S)
    throw new ShapeError(`[${OP}] ${shapes}: q and k must have the same last size E, k and v the same S before it`);
  const lead = q.shape.slice(0, -2);
  const mask = additive(OP, options.mask ?? null, [...broadcastShapes(OP, lead, k.shape.slice(0, -2)), L, S]);
  requireProbability(OP, p);
  const scale = options.scale ?? 1 / Math.sqrt(E);
  const heads = lead.length < 2 ? 1 : lead[lead.length - 1];
  const sizes = { items: sizeOf(lead) / Math.max(1, heads), heads, L, S, E, F: v.shape[v.rank - 1] };
  const isPlain = [k, v].every((t) => sameShape(t.shape.slice(0, -2), lead));
  if (!isPlain || !isFusable([q, k, v], mask, p, lead.length))
    return composedAttention(q, k, v, { mask, causal, scale, p });
  const args = { ...sizes, scale, causal, maskStrides: mask && stridesOf(mask, lead.length) };
  return apply(attentionOp, mask === null ? [q, k, v] : [q, k, v, mask], args);
}

/** Options of `selfAttention`. */
export interface SelfAttentionOptions extends Omit<AttentionOptions, 'dropout'> {
  readonly heads: number;
}

/**
 * scaledDotProductAttention of the heads of one tensor, read and written where they lie beside each other: nothing is
 * permuted.
 * @param qkv (N, L, 3 heads E): queries, keys and values of all heads, as one Linear makes them.
 * @param options heads, and as for `scaledDotProductAttention`; a mask broadcasts to (N, heads, L, L).
 * @returns (N, L, heads E). @throws ShapeError when shapes do not fit.
 */
export function selfAttention(qkv: Tensor, options: SelfAttentionOptions): Tensor {
  const op = 'self_attention';
  requireOptions(op, options, 'selfAttention(qkv, { heads: 3 })');
  const { heads, causal = false } = options;
  const [N, L, width] = qkv.shape;
  if (qkv.rank !== 3 || !Number.isInteger(heads) || heads < 1 || width % (3 * heads) !== 0)
    throw new ShapeError(
      `[${op}] qkv ${formatShape(qkv.shape)} with ${heads} heads: expected (N, L, 3 heads E), heads of at least 1`,
    );
  const E = width / (3 * heads);
  const mask = additive(op, options.mask ?? null, [N, heads, L, L]);
  const scale = options.scale ?? 1 / Math.sqrt(E);
  if (!isFusable([qkv], mask, 0, 2)) {
    const parts = permute(reshape(qkv, [N, L, 3, heads, E]), [2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((part) => select(parts, 0, part));
    const y = composedAttention(q, k, v, { mask, causal, scale, p: 0 });
    return reshape(permute(y, [0, 2, 1, 3]), [N, L, heads * E]);
  }
  const sizes = { items: N, heads, L, S: L, E, F: E };
  const args = { ...sizes, scale, causal, maskStrides: mask && stridesOf(mask, 2) };
  return apply(selfAttentionOp, mask === null ? [qkv] : [qkv, mask], args);
}

/** Whether the kernels know this: see composed.ts for the rest. */
function isFusable(operands: readonly Tensor[], mask: Tensor | null, p: number, leading: number): boolean {
  const given = mask === null ? operands : [...operands, mask];
  return (
    p === 0 &&
    given.every((t) => t.size > 0 && t.byteLength <= t.device.maxBindingBytes) &&
    operands.every((t) => t.dtype === operands[0].dtype) &&
    (mask === null || (mask.dtype === 'f32' && !isRecorded([mask]) && (leading <= 2 || mask.rank <= 2)))
  );
}

/** Strides of a mask that broadcasts to (…, L, S) from item to item, head to head, query to query, key to key. */
function stridesOf(mask: Tensor, leading: number): Mask['strides'] {
  const [key, query, ...rest] = mask.shape.map((n, i) => (n === 1 ? 0 : sizeOf(mask.shape.slice(i + 1)))).reverse();
  const [head, item] = leading < 2 ? [0, rest[0] ?? 0] : [rest[0] ?? 0, rest[1] ?? 0];
  return [item, head, query ?? 0, key ?? 0];
}

function requireProbability(op: string, p: number): void {
  if (!(p >= 0 && p < 1)) throw new ShapeError(`[${op}] dropout ${p} is not a probability in [0, 1)`);
}

/**
 * A mask as it is added: of u32, -infinity where it is 0 and 0 where it is 1, looked up in a table of the two, which is
 * a triangle. @throws ShapeError unless it broadcasts to the scores.
 */
function additive(op: string, mask: Tensor | null, scores: Shape): Tensor | null {
  if (mask === null) return null;
  if (mask.rank > scores.length || !mask.shape.every((n, i) => n === 1 || n === scores.at(i - mask.rank)))
    throw new ShapeError(
      `[${op}] mask ${formatShape(mask.shape)} does not broadcast to the scores ${formatShape(scores)}`,
    );
  if (mask.dtype !== 'u32') return mask;
  return reshape(embedding(mask, triu(full(mask.device, [2, 1], -Infinity))), mask.shape);
}

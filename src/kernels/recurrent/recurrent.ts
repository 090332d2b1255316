/**
 * What the recurrent layers share. Letters: T steps, N samples, I features, H hidden units, G gates. One layer in one
 * direction: x (T, N, I), states (N, H), w_ih (G H, I), w_hh (G H, H), b_ih and b_hh (G H). A layer that runs backwards
 * in time is given its sequence reversed, so that below this a step is always the one after the last (but in dy).
 */
import { ShapeError } from '../../device/errors.js';
import type { BufferRange } from '../../device/kernel.js';
import { formatShape, sameShape, type Shape } from '../../tensor/shape.js';
import { empty, view, type Tensor } from '../../tensor/tensor.js';
import { looseWindow, requireF32, requireRank } from '../launch/checks.js';
import { matmul } from '../matmul/matmul.js';
import { reduce } from '../reduce/reduce.js';
import { stridedCopyInto } from '../movement/strided_copy.js';
import { directions, type Directions } from './directions.js';

/** Weights of one layer in one direction, named as torch.nn.LSTM's. */
export interface RecurrentWeights {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  /** Both biases or neither. */
  readonly biasIh?: Tensor | null;
  readonly biasHh?: Tensor | null;
}

export interface RecurrentSizes {
  readonly T: number;
  readonly N: number;
  readonly I: number;
  readonly H: number;
}

/**
 * @param states the initial states, (N, H) each; none means zeros.
 * @throws ShapeError unless everything fits together.
 */
export function recurrentShape(
  op: string,
  gates: number,
  x: Tensor,
  states: readonly Tensor[],
  weights: RecurrentWeights,
): RecurrentSizes {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  requireF32(op, { x, weight_ih: weightIh, weight_hh: weightHh });
  requireRank(op, 'x', x, 'T N I');
  const [T, N, I] = x.shape;
  const H = weightHh.shape.at(-1) ?? 0;
  const expect = (name: string, t: Tensor, shape: Shape): void => {
    requireF32(op, { [name]: t });
    if (!sameShape(t.shape, shape))
      throw new ShapeError(
        `[${op}] ${name} ${formatShape(t.shape)} does not fit x ${formatShape(x.shape)} and H = ${H}: expected ` +
          `${formatShape(shape)}`,
      );
  };
  expect('weight_hh', weightHh, [gates * H, H]);
  expect('weight_ih', weightIh, [gates * H, I]);
  if (biasIh) expect('bias_ih', biasIh, [gates * H]);
  if (biasHh) expect('bias_hh', biasHh, [gates * H]);
  for (const [i, state] of states.entries()) expect(['h0', 'c0'][i], state, [N, H]);
  if (T === 0) throw new ShapeError(`[${op}] x ${formatShape(x.shape)} has no steps`);
  if (H === 0 || I === 0)
    throw new ShapeError(
      `[${op}] x ${formatShape(x.shape)} and weight_hh ${formatShape(weightHh.shape)} leave nothing to compute: ` +
        `I and H must be at least 1`,
    );
  return { T, N, I, H };
}

/**
 * Of each direction (slots, N, H), the first of them its initial state or zeros: a state before and after every step.
 */
export function stateSlots(
  initial: readonly (Tensor | undefined)[],
  slots: number,
  N: number,
  H: number,
  like: Tensor,
): Directions {
  const { device } = like;
  const all = directions(device, initial.length, [slots, N, H]);
  for (const [d, state] of initial.entries()) {
    const { storage, byteOffset } = all.each[d];
    if (N === 0) continue;
    if (state === undefined) device.clear(storage, byteOffset, N * H * 4);
    else device.copy(state.storage, state.byteOffset, storage, byteOffset, N * H * 4);
  }
  return all;
}

/** What x contributes in each direction, (T, N, G H): w_ih x + bias, one product for the whole sequence. */
export function inputProducts(
  x: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  biases: readonly (Tensor | null)[],
  into?: Directions,
): Directions {
  const [T, N, I] = x[0].shape;
  const R = weights[0].weightIh.shape[0];
  const sums = into ?? directions(x[0].device, x.length, [T, N, R]);
  for (const [d, { weightIh }] of weights.entries())
    matmul(view(x[d], [T * N, I]), weightIh, {
      transposeB: true,
      bias: biases[d],
      into: view(sums.each[d], [T * N, R]),
    });
  return sums;
}

/**
 * Of each direction w_hh and w_ih side by side, (G H, H + I), and behind them the bias (G H) or zeros: what a sequence
 * member reads that takes x into its own sums.
 */
export function joinedWeights(
  op: string,
  weights: readonly RecurrentWeights[],
  biases: readonly (Tensor | null)[],
): Directions {
  const [{ weightHh, weightIh }] = weights;
  const { device } = weightHh;
  const [[R, H], [, I]] = [weightHh.shape, weightIh.shape];
  const all = directions(device, weights.length, [R, H + I + 1]);
  for (const [d, out] of all.each.entries()) {
    const place = (w: Tensor, width: number, offset: number): void =>
      stridedCopyInto(op, [R, width], w, { offset: 0, strides: [width, 1] }, out, { offset, strides: [H + I, 1] });
    place(weights[d].weightHh, H, 0);
    place(weights[d].weightIh, I, H);
    const at = out.byteOffset + R * (H + I) * 4;
    const bias = biases[d];
    if (bias === null) device.clear(out.storage, at, R * 4);
    else device.copy(bias.storage, bias.byteOffset, out.storage, at, R * 4);
  }
  return all;
}

/**
 * Rows `start..start + count` of the first dimension, from the 256-byte step before them, and where they start there,
 * in elements.
 */
export function slotWindow(x: Tensor, start: number, count: number): { range: BufferRange; at: number } {
  const slot = x.size / x.shape[0];
  return looseWindow(x, start * slot, (start + count) * slot);
}

/** Copies slots of x (S, N, H), in order or from the last to the first, to slots of `out`. */
export function copySlots(
  op: string,
  x: Tensor,
  from: number,
  count: number,
  reverse: boolean,
  out: Tensor,
  to: number,
): void {
  const row = x.size / x.shape[0];
  const first = reverse ? from + count - 1 : from;
  stridedCopyInto(op, [count, row], x, { offset: first * row, strides: [reverse ? -row : row, 1] }, out, {
    offset: to * row,
    strides: [row, 1],
  });
}

/** x (T, …) from the last step to the first. */
export function reverseTime(op: string, x: Tensor): Tensor {
  const y = empty(x.device, x.shape);
  if (x.size > 0) copySlots(op, x, 0, x.shape[0], true, y, 0);
  return y;
}

/**
 * The gradients of a weight and of its bias, summed over the sequence: dw = dᵀ v, db = sum of d.
 * @param d (T, N, R). @param v (T N, K). @param needs, into: of the weight (R, K) and of the bias (R); `into` is
 * undefined without biases.
 */
export function parameterGradients(
  d: Tensor,
  v: Tensor,
  [needsW, needsB]: readonly boolean[],
  [intoW, intoB]: readonly (Tensor | null | undefined)[],
): [dw: Tensor | null, db: Tensor | null] {
  const [T, N, R] = d.shape;
  const flat = view(d, [T * N, R]);
  if (!needsW) return [null, needsB ? view(reduce('sum', flat, [0]), [R]) : null];
  const db = needsB ? (intoB ?? empty(d.device, [R])) : null;
  return [matmul(flat, v, { transposeA: true, rowSums: db, into: intoW ?? null }), db];
}

/**
 * What stacks recurrent layers as torch.nn.LSTM and GRU do: layers, directions, dropout between layers, order of
 * dimensions.
 */
import { ShapeError } from '../../../device/errors.js';
import type { RecurrentWeights } from '../../../kernels/recurrent/recurrent.js';
import { formatShape, sameShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { dropout } from '../random/dropout.js';
import { cat, permute, reshape, slice } from '../movement/movement.js';

/** Options of `lstm` and `gru`. */
export interface RecurrentOptions {
  /** Each layer has a second set of weights that runs from the last step to the first. */
  readonly bidirectional?: boolean;
  /** x and output are (N, T, …) instead of (T, N, …); states keep their order. */
  readonly batchFirst?: boolean;
  /** Probability with which the output of each layer but the last is dropped. */
  readonly dropout?: number;
  /** Dropout acts only while training. */
  readonly training?: boolean;
}

/**
 * One layer in D directions: x (T, N, I), states (D, N, H), weights of each direction -> the sequence (T, N, D H) and
 * the states after the last step, (D, N, H).
 */
export type RecurrentLayer = (
  x: Tensor,
  states: readonly Tensor[],
  weights: readonly RecurrentWeights[],
) => { sequence: Tensor; last: readonly Tensor[] };

/**
 * @param x (T, N, I), or (T, I) for one sample without N.
 * @param states initial states, (L D, N, H) each with layer-major order (L layers, D directions), or none for zeros.
 * @param weights of all layers: l0, l0_reverse, l1, l1_reverse, … or l0, l1, …
 * @returns output (T, N, D H), and each state after the last step, (L D, N, H).
 */
export function recurrent(
  op: string,
  layer: RecurrentLayer,
  x: Tensor,
  states: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions,
): { output: Tensor; last: Tensor[] } {
  const { bidirectional = false, batchFirst = false, dropout: p = 0, training = false } = options;
  const D = bidirectional ? 2 : 1;
  if (weights.length === 0 || weights.length % D !== 0)
    throw new ShapeError(`[${op}] ${weights.length} sets of weights do not make layers of ${D} directions`);
  if (weights.some((w) => !w.biasIh !== !w.biasHh))
    throw new ShapeError(`[${op}] one of two biases`, { fix: 'give bias_ih and bias_hh, or neither' });
  if (x.rank === 2) return unbatched(op, layer, x, states, weights, { ...options, batchFirst: false });
  if (x.rank !== 3)
    throw new ShapeError(`[${op}] x ${formatShape(x.shape)} has ${x.rank} dimensions`, {
      fix: batchFirst ? 'expected (N, T, I) or (T, I)' : 'expected (T, N, I) or (T, I)',
    });
  let sequence = batchFirst ? permute(x, [1, 0, 2]) : x;
  const N = sequence.shape[1];
  const H = weights[0].weightHh.shape.at(-1) ?? 0;
  const expected = [weights.length, N, H];
  for (const [i, s] of states.entries()) {
    if (!sameShape(s.shape, expected))
      throw new ShapeError(
        `[${op}] ${['h0', 'c0'][i]} ${formatShape(s.shape)} does not fit: expected (layers x directions, N, H) = ` +
          `${formatShape(expected)}`,
      );
  }
  const last: Tensor[][] = [];
  for (let first = 0; first < weights.length; first += D) {
    if (first > 0 && training) sequence = dropout(sequence, p);
    const own = states.map((s) => (weights.length === D ? s : slice(s, 0, first, first + D)));
    const run = layer(sequence, own, weights.slice(first, first + D));
    sequence = run.sequence;
    last.push([...run.last]);
  }
  const stacked = last[0].map((_, i) => (last.length === 1 ? last[0][i] : cat(last.map((l) => l[i]))));
  return { output: batchFirst ? permute(sequence, [1, 0, 2]) : sequence, last: stacked };
}

/** One sample: as a batch of one. */
function unbatched(
  op: string,
  layer: RecurrentLayer,
  x: Tensor,
  states: readonly Tensor[],
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions,
): { output: Tensor; last: Tensor[] } {
  for (const [i, s] of states.entries()) {
    if (s.rank !== 2)
      throw new ShapeError(`[${op}] ${['h0', 'c0'][i]} ${formatShape(s.shape)} has ${s.rank} dimensions`, {
        fix: 'x has no N: expected (layers x directions, H)',
      });
  }
  const { output, last } = recurrent(
    op,
    layer,
    reshape(x, [x.shape[0], 1, x.shape[1]]),
    states.map((s) => reshape(s, [s.shape[0], 1, s.shape[1]])),
    weights,
    options,
  );
  return { output: reshape(output, [x.shape[0], -1]), last: last.map((t) => reshape(t, [t.shape[0], t.shape[2]])) };
}

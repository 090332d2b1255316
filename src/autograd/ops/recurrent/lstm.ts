/**
 * LSTM: torch.nn.LSTM's function. A layer in one direction is one op, forward and backward; see recurrent.ts for the
 * stacking.
 */
import { lstm as lstmKernel, lstmBackward_, type LstmRun } from '../../../kernels/recurrent/lstm.js';
import { matmul } from '../../../kernels/matmul/matmul.js';
import {
  copySlots,
  parameterGradients,
  reverseTime,
  type RecurrentWeights,
} from '../../../kernels/recurrent/recurrent.js';
import { empty, rows, view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { reshape, slice } from '../movement/movement.js';
import { recurrent, type RecurrentOptions } from './recurrent.js';

interface LayerArgs {
  /** The sequence is walked from its last step to its first. */
  readonly reverse: boolean;
  readonly hasBias: boolean;
}

interface Saved {
  /** x in the order of the steps. */
  readonly x: Tensor;
  readonly run: LstmRun;
  readonly weights: RecurrentWeights;
}

/**
 * Inputs x (T, N, I), w_ih, w_hh, [b_ih, b_hh], [h0, c0]. An op has one output: here (T + 1, N, H), the h of all steps
 * in the order of x, then the last c.
 */
const layerOp = defineOp<LayerArgs, Saved>({
  name: 'lstm',
  forward: ([x, weightIh, weightHh, ...rest], { reverse, hasBias }) => {
    const [biasIh, biasHh] = hasBias ? rest : [null, null];
    const weights = { weightIh, weightHh, biasIh, biasHh };
    const steps = reverse ? reverseTime('lstm', x) : x;
    const run = lstmKernel(steps, rest.slice(hasBias ? 2 : 0), weights);
    const [T, N] = x.shape;
    const packed = empty(x.device, [T + 1, N, weightHh.shape[1]]);
    copySlots('lstm', run.h, 1, T, reverse, packed, 0);
    copySlots('lstm', run.c, T, 1, false, packed, T);
    return { output: packed, saved: { x: steps, run, weights } };
  },
  backward: (dy, { x, run, weights }, { reverse, hasBias }, needs, into) => {
    const { weightIh, weightHh } = weights;
    const [T, N, I] = x.shape;
    const H = weightHh.shape[1];
    const dc = empty(dy.device, [N, H]);
    copySlots('lstm', dy, T, 1, false, view(dc, [1, N, H]), 0);
    const dgates = lstmBackward_(run, weightHh, dy, (step) => (reverse ? T - 1 - step : step), dc);
    const flat = view(dgates, [T * N, 4 * H]);
    const dx = needs[0] ? view(matmul(flat, weightIh), x.shape) : null;
    const [dwIh, dbIh] = parameterGradients(
      dgates,
      view(x, [T * N, I]),
      [needs[1], hasBias && needs[3]],
      [into[1], into[3]],
    );
    const [dwHh, dbHh] = parameterGradients(
      dgates,
      view(rows(run.h, 0, T), [T * N, H]),
      [needs[2], hasBias && needs[4]],
      [into[2], into[4]],
    );
    const dBias = hasBias ? [dbIh, dbHh] : [];
    if (needs.length === 3 + dBias.length) return [reversed(dx, reverse), dwIh, dwHh, ...dBias];
    const dh0 = N > 0 ? matmul(rows(flat, 0, N), weightHh) : dc;
    return [reversed(dx, reverse), dwIh, dwHh, ...dBias, dh0, dc];
  },
});

function reversed(dx: Tensor | null, reverse: boolean): Tensor | null {
  return dx !== null && reverse ? reverseTime('lstm', dx) : dx;
}

/** h and c of an LSTM between two steps, (L D, N, H) each. */
export interface LstmState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** What `lstm` gives: h of every step, and h and c after the last. */
export interface LstmResult extends LstmState {
  readonly output: Tensor;
}

/**
 * torch.nn.LSTM: several layers, one or two directions. L layers, D directions.
 * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I) for one sample.
 * @param state h and c before the first step, (L D, N, H) each; null means zeros.
 * @param weights l0, l0_reverse, l1, … : w_ih (4H, I or D H), w_hh (4H, H), gates in the order i f g o.
 * @returns output (T, N, D H): h of the last layer at every step; h and c after the last step, (L D, N, H).
 */
export function lstm(
  x: Tensor,
  state: LstmState | null,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions = {},
): LstmResult {
  const { output, last } = recurrent('lstm', layer, x, state === null ? [] : [state.h, state.c], weights, options);
  return { output, h: last[0], c: last[1] };
}

function layer(
  x: Tensor,
  states: readonly Tensor[],
  { weightIh, weightHh, biasIh, biasHh }: RecurrentWeights,
  reverse: boolean,
): { sequence: Tensor; last: Tensor[] } {
  const biases = [biasIh, biasHh].filter((b) => b != null);
  const packed = apply(layerOp, [x, weightIh, weightHh, ...biases, ...states], { reverse, hasBias: biases.length > 0 });
  const [T, N] = x.shape;
  const H = packed.shape[2];
  const slot = (t: number): Tensor => reshape(slice(packed, 0, t, t + 1), [N, H]);
  return { sequence: slice(packed, 0, 0, T), last: [slot(reverse ? 0 : T - 1), slot(T)] };
}

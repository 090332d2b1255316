/**
 * GRU: torch.nn.GRU's function. A layer in one direction is one op, forward and backward; see recurrent.ts for the
 * stacking.
 */
import { add_ } from '../../../kernels/elementwise/accumulate.js';
import { gru as gruKernel, gruBackward, type GruRun } from '../../../kernels/recurrent/gru.js';
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
  readonly run: GruRun;
  readonly weights: RecurrentWeights;
}

/**
 * Inputs x (T, N, I), w_ih, w_hh, [b_ih, b_hh], [h0]; the output is (T, N, H), the h of all steps in the order of x.
 */
const layerOp = defineOp<LayerArgs, Saved>({
  name: 'gru',
  forward: ([x, weightIh, weightHh, ...rest], { reverse, hasBias }) => {
    const [biasIh, biasHh] = hasBias ? rest : [null, null];
    const weights = { weightIh, weightHh, biasIh, biasHh };
    const steps = reverse ? reverseTime('gru', x) : x;
    const run = gruKernel(steps, rest.slice(hasBias ? 2 : 0), weights);
    const [T, N] = x.shape;
    const output = empty(x.device, [T, N, weightHh.shape[1]]);
    copySlots('gru', run.h, 1, T, reverse, output, 0);
    return { output, saved: { x: steps, run, weights } };
  },
  backward: (dy, { x, run, weights }, { reverse, hasBias }, needs, into) => {
    const { weightIh, weightHh } = weights;
    const [T, N, I] = x.shape;
    const H = weightHh.shape[1];
    const d = gruBackward(run, weightHh, dy, (step) => (reverse ? T - 1 - step : step));
    const [dxSums, dhSums] = [d.dxSums, d.dhSums].map((t) => view(t, [T * N, 3 * H]));
    const dx = needs[0] ? view(matmul(dxSums, weightIh), x.shape) : null;
    const [dwIh, dbIh] = parameterGradients(
      d.dxSums,
      view(x, [T * N, I]),
      [needs[1], hasBias && needs[3]],
      [into[1], into[3]],
    );
    const [dwHh, dbHh] = parameterGradients(
      d.dhSums,
      view(rows(run.h, 0, T), [T * N, H]),
      [needs[2], hasBias && needs[4]],
      [into[2], into[4]],
    );
    const dBias = hasBias ? [dbIh, dbHh] : [];
    if (needs.length > 3 + dBias.length && N > 0) add_(d.dh, matmul(rows(dhSums, 0, N), weightHh));
    return [
      dx !== null && reverse ? reverseTime('gru', dx) : dx,
      dwIh,
      dwHh,
      ...dBias,
      ...(needs.length > 3 + dBias.length ? [d.dh] : []),
    ];
  },
});

/** What `gru` gives: h of every step, and that after the last. */
export interface GruResult {
  readonly output: Tensor;
  readonly h: Tensor;
}

/**
 * torch.nn.GRU: several layers, one or two directions. L layers, D directions.
 * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I) for one sample.
 * @param h0 h before the first step, (L D, N, H); null means zeros.
 * @param weights l0, l0_reverse, l1, … : w_ih (3H, I or D H), w_hh (3H, H), gates in the order r z n.
 * @returns output (T, N, D H): h of the last layer at every step; h after the last step, (L D, N, H).
 */
export function gru(
  x: Tensor,
  h0: Tensor | null,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions = {},
): GruResult {
  const { output, last } = recurrent('gru', layer, x, h0 === null ? [] : [h0], weights, options);
  return { output, h: last[0] };
}

function layer(
  x: Tensor,
  states: readonly Tensor[],
  { weightIh, weightHh, biasIh, biasHh }: RecurrentWeights,
  reverse: boolean,
): { sequence: Tensor; last: Tensor[] } {
  const biases = [biasIh, biasHh].filter((b) => b != null);
  const sequence = apply(layerOp, [x, weightIh, weightHh, ...biases, ...states], {
    reverse,
    hasBias: biases.length > 0,
  });
  const [T, N, H] = sequence.shape;
  const t = reverse ? 0 : T - 1;
  return { sequence, last: [reshape(slice(sequence, 0, t, t + 1), [N, H])] };
}

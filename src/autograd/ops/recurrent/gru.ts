/** GRU: torch.nn.GRU's function. See layer.ts for a layer, recurrent.ts for the stacking. */
import { gru as gruKernel, gruBackward, type GruRun } from '../../../kernels/recurrent/gru.js';
import { gruWalk } from '../../../kernels/recurrent/gru_walk.js';
import type { Walked } from '../../../kernels/recurrent/layer_walk.js';
import type { RecurrentWeights } from '../../../kernels/recurrent/recurrent.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { bySteps, isWalked, layerOf, walked, walkedBackward } from './layer.js';
import { recurrent, type RecurrentOptions } from './recurrent.js';

const layer = layerOf<GruRun | Walked, object>({
  name: 'gru',
  forward: (x, initial, weights) =>
    walked(gruWalk, x, initial, weights) ??
    bySteps('gru', x, initial, weights.length, (steps, states) => {
      const run = gruKernel(steps, states, weights);
      return { run, states: [run.h] };
    }),
  backward: (dy, run, weightsHh) => {
    if (isWalked(run)) return walkedBackward(gruWalk, run, weightsHh, dy);
    const { dxSums, dhSums, dh } = gruBackward(run, weightsHh, dy);
    return { dx: dxSums, dh: dhSums, first: [dh] };
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
  const { output, last } = recurrent('gru', layer({}), x, h0 === null ? [] : [h0], weights, options);
  return { output, h: last[0] };
}

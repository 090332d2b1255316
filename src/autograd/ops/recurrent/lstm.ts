/** LSTM: torch.nn.LSTM's function. See layer.ts for a layer, recurrent.ts for the stacking. */
import { lstm as lstmKernel, lstmBackward_, type LstmRun } from '../../../kernels/recurrent/lstm.js';
import { lstmWalk } from '../../../kernels/recurrent/lstm_walk.js';
import type { Walked } from '../../../kernels/recurrent/layer_walk.js';
import type { RecurrentWeights } from '../../../kernels/recurrent/recurrent.js';
import { copySlots } from '../../../kernels/recurrent/recurrent.js';
import { empty, type Tensor } from '../../../tensor/tensor.js';
import { bySteps, isWalked, layerOf, walked, walkedBackward } from './layer.js';
import { recurrent, type RecurrentOptions } from './recurrent.js';

const layer = layerOf<LstmRun | Walked, object>({
  name: 'lstm',
  forward: (x, initial, weights) =>
    walked(lstmWalk, x, initial, weights) ??
    bySteps('lstm', x, initial, weights.length, (steps, states) => {
      const run = lstmKernel(steps, states, weights);
      return { run, states: [run.h, run.c] };
    }),
  backward: (dy, run, weightsHh) => {
    if (isWalked(run)) return walkedBackward(lstmWalk, run, weightsHh, dy);
    const [slots, N, width] = dy.shape;
    const D = weightsHh.length;
    const dc = empty(dy.device, [D, N, width / D]);
    copySlots('lstm', dy, slots - 1, 1, false, dc, 0);
    const dgates = lstmBackward_(run, weightsHh, dy, dc);
    return { dx: dgates, dh: dgates, first: [null, dc] };
  },
});

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
  const { output, last } = recurrent('lstm', layer({}), x, state === null ? [] : [state.h, state.c], weights, options);
  return { output, h: last[0], c: last[1] };
}

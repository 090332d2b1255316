/** RNN: torch.nn.RNN's function. See layer.ts for a layer, recurrent.ts for the stacking. */
import type { Directions } from '../../../kernels/recurrent/directions.js';
import type { Walked } from '../../../kernels/recurrent/layer_walk.js';
import { rnnWalk } from '../../../kernels/recurrent/rnn_walk.js';
import type { RecurrentWeights } from '../../../kernels/recurrent/recurrent.js';
import { constantsOf, rnn as rnnKernel, rnnBackward, type Nonlinearity } from '../../../kernels/recurrent/rnn.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { bySteps, isWalked, layerOf, walked, walkedBackward } from './layer.js';
import { recurrent, type RecurrentOptions } from './recurrent.js';

const layer = layerOf<Directions | Walked, { readonly nonlinearity: Nonlinearity }>({
  name: 'rnn',
  forward: (x, initial, weights, { nonlinearity }) =>
    walked(rnnWalk, x, initial, weights, constantsOf(nonlinearity)) ??
    bySteps('rnn', x, initial, weights.length, (steps, states) => {
      const run = rnnKernel(steps, states, weights, nonlinearity);
      return { run, states: [run] };
    }),
  backward: (dy, run, weightsHh, { nonlinearity }) => {
    if (isWalked(run)) return walkedBackward(rnnWalk, run, weightsHh, dy, constantsOf(nonlinearity));
    const d = rnnBackward(run, weightsHh, dy, nonlinearity);
    return { dx: d, dh: d, first: [null] };
  },
});

/** Options of `rnn`, with PyTorch's defaults. */
export interface RnnOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: Nonlinearity;
}

/** What `rnn` gives: the states of all steps, and the last of each layer and direction. */
export interface RnnResult {
  readonly output: Tensor;
  readonly h: Tensor;
}

/**
 * torch.nn.RNN: several layers, one or two directions. L layers, D directions.
 * @param x (T, N, I), (N, T, I) with `batchFirst`, or (T, I) for one sample.
 * @param h0 h before the first step, (L D, N, H); null means zeros.
 * @param weights l0, l0_reverse, l1, … : w_ih (H, I or D H), w_hh (H, H).
 * @returns output (T, N, D H): h of the last layer at every step; h after the last step, (L D, N, H).
 * @throws ShapeError when shapes do not fit.
 */
export function rnn(
  x: Tensor,
  h0: Tensor | null,
  weights: readonly RecurrentWeights[],
  { nonlinearity = 'tanh', ...options }: RnnOptions = {},
): RnnResult {
  const { output, last } = recurrent('rnn', layer({ nonlinearity }), x, h0 === null ? [] : [h0], weights, options);
  return { output, h: last[0] };
}

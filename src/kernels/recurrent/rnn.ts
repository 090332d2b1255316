/**
 * One plain recurrent layer in one or two directions (torch.nn.RNN):
 *   h = tanh(w_ih x + b_ih + w_hh h + b_hh), or relu of it
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and function
 * together, of which there is the obvious kernel only. What GPUs do by default is in rnn_walk.ts.
 */
import { defineKernel } from '../../device/kernel.js';
import { zeros, type Tensor } from '../../tensor/tensor.js';
import { directions, dyInSteps, type Directions } from './directions.js';
import { plainStepFamily } from './family.js';
import { inputProducts, recurrentShape, slotWindow, stateSlots, type RecurrentWeights } from './recurrent.js';
import { backwardTile, forwardTile } from './walk.js';

const includes = ['common/grid.wgsl', 'recurrent/step.wgsl', 'recurrent/gates.wgsl', 'common/nan_lanes.wgsl'];
const stepKernel = defineKernel({
  name: 'rnn_step',
  file: 'recurrent/rnn_step.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'rnn_step_backward',
  file: 'recurrent/rnn_step_backward.wgsl',
  includes,
  bindings: ['read', 'write', 'read', 'read', 'params'],
});

export const rnnStepFamily = plainStepFamily('rnn_step', forwardTile(1));
export const rnnStepBackwardFamily = plainStepFamily('rnn_step_backward', backwardTile(1));

/** What a plain recurrent layer applies to its sums. */
export type Nonlinearity = 'tanh' | 'relu';

export const constantsOf = (nonlinearity: Nonlinearity): { readonly RELU: number } => ({
  RELU: nonlinearity === 'relu' ? 1 : 0,
});

/**
 * @param x of each direction (T, N, I), in the order of its steps.
 * @param states of each direction [h0], (N, H), or none for zeros.
 * @returns of each direction (T + 1, N, H): slot s is the state before step s, the last slot the state after the last
 * step.
 */
export function rnn(
  x: readonly Tensor[],
  states: readonly (readonly Tensor[])[],
  weights: readonly RecurrentWeights[],
  nonlinearity: Nonlinearity,
): Directions {
  const [{ T, N, H }] = weights.map((w, d) => recurrentShape('rnn', 1, x[d], states[d], w));
  const { device } = x[0];
  const sums = inputProducts(
    x,
    weights,
    weights.map((w) => w.biasIh ?? null),
  );
  const h = stateSlots(
    states.map((s) => s.at(0)),
    T + 1,
    N,
    H,
    x[0],
  );
  for (const [d, { weightHh, biasHh }] of weights.entries()) {
    const bias = biasHh ?? zeros(device, [H]);
    for (let step = 0; step < T && N > 0; step++) {
      const [s, hs] = [slotWindow(sums.each[d], step, 1), slotWindow(h.each[d], step, 2)];
      device.dispatch(stepKernel, {
        buffers: [weightHh.range, bias.range, s.range, hs.range],
        params: [N, H, 0, 0, hs.at, 0, s.at],
        constants: constantsOf(nonlinearity),
        workgroups: Math.ceil((N * H) / 64),
      });
    }
  }
  return h;
}

/**
 * The steps' gradients, from the last to the first.
 * @param h what forward returned.
 * @param dy the gradients of all h in the order of time (T, N, D H), and behind them those of the last h (D, N, H).
 * @returns of each direction (T, N, H): of w_ih x + b_ih and of w_hh h + b_hh, which are the same.
 */
export function rnnBackward(
  h: Directions,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  nonlinearity: Nonlinearity,
): Directions {
  const [slots, N, H] = h.each[0].shape;
  const T = slots - 1;
  const D = weightsHh.length;
  const all = directions(dy.device, D, [T, N, H]);
  for (const [d, weightHh] of weightsHh.entries()) {
    const dys = dyInSteps('rnn', dy, [T, N, H], D, d);
    for (let step = T - 1; step >= 0 && N > 0; step--) {
      const isLast = step === T - 1;
      const ds = slotWindow(all.each[d], step, isLast ? 1 : 2);
      const [hs, own] = [slotWindow(h.each[d], step + 1, 1), slotWindow(dys, step, 1)];
      dy.device.dispatch(backwardKernel, {
        buffers: [weightHh.range, ds.range, hs.range, own.range],
        params: [N, H, isLast ? 0 : H, 0, hs.at, own.at, ds.at],
        constants: constantsOf(nonlinearity),
        workgroups: Math.ceil((N * H) / 64),
      });
    }
  }
  return all;
}

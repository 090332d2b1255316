/**
 * One plain recurrent layer in one direction (torch.nn.RNN): h = tanh(w_ih x + b_ih + w_hh h + b_hh), or relu of it.
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and function
 * together. There is the obvious kernel only: where a plain layer has to be fast, GRU and LSTM show how.
 */
import { defineKernel } from '../../device/kernel.js';
import { empty, view, zeros, type Tensor } from '../../tensor/tensor.js';
import { matmul } from '../matmul/matmul.js';
import { recurrentShape, slotWindow, stateSlots, type RecurrentWeights } from './recurrent.js';

const includes = ['common/grid.wgsl', 'recurrent/step.wgsl', 'common/nan_lanes.wgsl'];
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

/** What a plain recurrent layer applies to its sums. */
export type Nonlinearity = 'tanh' | 'relu';

const constantsOf = (nonlinearity: Nonlinearity): { readonly RELU: number } => ({
  RELU: nonlinearity === 'relu' ? 1 : 0,
});

/**
 * @param x (T, N, I), in the order of the steps.
 * @param states [h0], (N, H), or none for zeros.
 * @returns (T + 1, N, H): slot s is the state before step s, the last slot the state after the last step.
 */
export function rnn(
  x: Tensor,
  states: readonly Tensor[],
  weights: RecurrentWeights,
  nonlinearity: Nonlinearity,
): Tensor {
  const { T, N, I, H } = recurrentShape('rnn', 1, x, states, weights);
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const sums = view(matmul(view(x, [T * N, I]), weightIh, { transposeB: true, bias: biasIh ?? null }), [T, N, H]);
  const bias = biasHh ?? zeros(x.device, [H]);
  const h = stateSlots(states[0], T + 1, N, H, x);
  for (let step = 0; step < T && N > 0; step++) {
    const [s, hs] = [slotWindow(sums, step, 1), slotWindow(h, step, 2)];
    x.device.dispatch(stepKernel, {
      buffers: [weightHh.range, bias.range, s.range, hs.range],
      params: [N, H, 0, 0, hs.at, 0, s.at],
      constants: constantsOf(nonlinearity),
      workgroups: Math.ceil((N * H) / 64),
    });
  }
  return h;
}

/**
 * The steps' gradients, from the last to the first.
 * @param h what forward returned.
 * @param dy (T, N, H): slot `slotOf(step)` holds the gradient of that step's h.
 * @returns (T, N, H): of w_ih x + b_ih and of w_hh h + b_hh, which are the same.
 */
export function rnnBackward(
  h: Tensor,
  weightHh: Tensor,
  dy: Tensor,
  slotOf: (step: number) => number,
  nonlinearity: Nonlinearity,
): Tensor {
  const [slots, N, H] = h.shape;
  const T = slots - 1;
  const d = empty(h.device, [T, N, H]);
  for (let step = T - 1; step >= 0 && N > 0; step--) {
    const isLast = step === T - 1;
    const ds = slotWindow(d, step, isLast ? 1 : 2);
    const [hs, dys] = [slotWindow(h, step + 1, 1), slotWindow(dy, slotOf(step), 1)];
    h.device.dispatch(backwardKernel, {
      buffers: [weightHh.range, ds.range, hs.range, dys.range],
      params: [N, H, isLast ? 0 : H, 0, hs.at, dys.at, ds.at],
      constants: constantsOf(nonlinearity),
      workgroups: Math.ceil((N * H) / 64),
    });
  }
  return d;
}

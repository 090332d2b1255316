/**
 * One LSTM layer in one direction (torch.nn.LSTM's equations and gate order i f g o):
 *   i, f, o = sigmoid(w_ih x + b_ih + w_hh h + b_hh)   g = tanh(…)   c = f * c + i * g   h = o * tanh(c)
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and cell
 * together.
 */
import { defineKernel } from '../../device/kernel.js';
import { empty, view, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import type { Choice } from '../launch/family.js';
import { matmul } from '../matmul/matmul.js';
import { recurrentShape, slotWindow, stateSlots, stepFamily, stepTiling, type RecurrentWeights } from './recurrent.js';

const includes = ['common/grid.wgsl', 'recurrent/step.wgsl', 'recurrent/lstm_cell.wgsl', 'common/nan_lanes.wgsl'];
const workgroupIncludes = [...includes, 'recurrent/tile.wgsl'];
const forwardBindings = ['read', 'write', 'write', 'write', 'params'] as const;
const backwardBindings = ['read', 'write', 'read', 'read', 'read', 'write', 'params'] as const;
const forwardKernels = {
  naive: defineKernel({
    name: 'lstm_step_naive',
    file: 'recurrent/lstm_step_naive.wgsl',
    includes,
    bindings: forwardBindings,
  }),
  subgroup: defineKernel({
    name: 'lstm_step_subgroup',
    file: 'recurrent/lstm_step_subgroup.wgsl',
    includes,
    bindings: forwardBindings,
  }),
  workgroup: defineKernel({
    name: 'lstm_step_workgroup',
    file: 'recurrent/lstm_step_workgroup.wgsl',
    includes: [...workgroupIncludes, 'recurrent/product.wgsl'],
    bindings: forwardBindings,
  }),
};
const backwardKernels = {
  naive: defineKernel({
    name: 'lstm_step_backward_naive',
    file: 'recurrent/lstm_step_backward_naive.wgsl',
    includes,
    bindings: backwardBindings,
  }),
  subgroup: defineKernel({
    name: 'lstm_step_backward_subgroup',
    file: 'recurrent/lstm_step_backward_subgroup.wgsl',
    includes,
    bindings: backwardBindings,
  }),
  workgroup: defineKernel({
    name: 'lstm_step_backward_workgroup',
    file: 'recurrent/lstm_step_backward_workgroup.wgsl',
    includes: [...workgroupIncludes, 'recurrent/product_backward.wgsl'],
    bindings: backwardBindings,
  }),
};

export const lstmStepFamily = stepFamily('lstm_step', 4);
export const lstmStepBackwardFamily = stepFamily('lstm_step_backward', 4);

/** What forward leaves: slot s is the state before step s, the last slot the state after the last step. */
export interface LstmRun {
  /** (T + 1, N, H). */
  readonly h: Tensor;
  /** (T + 1, N, H). */
  readonly c: Tensor;
  /** (T, N, 4H): i f g o. */
  readonly gates: Tensor;
}

/**
 * @param x (T, N, I), in the order of the steps.
 * @param states [h0, c0], (N, H) each, or none for zeros.
 */
export function lstm(x: Tensor, states: readonly Tensor[], weights: RecurrentWeights, choice?: Choice): LstmRun {
  const { T, N, I, H } = recurrentShape('lstm', 4, x, states, weights);
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const bias = biasIh && biasHh ? binary('add', biasIh, biasHh) : null;
  const gates = view(matmul(view(x, [T * N, I]), weightIh, { transposeB: true, bias }), [T, N, 4 * H]);
  const h = stateSlots(states[0], T + 1, N, H, x);
  const c = stateSlots(states[1], T + 1, N, H, x);
  const tiling = stepTiling(lstmStepFamily, x.device, { N, H }, choice);
  for (let step = 0; step < T && N > 0; step++) {
    const [g, hs, cs] = [slotWindow(gates, step, 1), slotWindow(h, step, 2), slotWindow(c, step, 2)];
    x.device.dispatch(forwardKernels[tiling.variant], {
      buffers: [weightHh.range, g.range, hs.range, cs.range],
      params: [N, H, 0, g.at, hs.at, 0, 0],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups,
    });
  }
  return { h, c, gates };
}

/**
 * The steps' gradients, from the last to the first.
 * @param dy (S, N, H): slot `slotOf(step)` holds the gradient of that step's h.
 * @param dc (N, H): the gradient of the last c; becomes that of the first.
 * @returns (T, N, 4H), the gradients of what goes into the gates.
 */
export function lstmBackward_(
  { gates, c }: LstmRun,
  weightHh: Tensor,
  dy: Tensor,
  slotOf: (step: number) => number,
  dc: Tensor,
  choice?: Choice,
): Tensor {
  const [T, N] = gates.shape;
  const H = weightHh.shape[1];
  const dgates = empty(gates.device, gates.shape);
  const tiling = stepTiling(lstmStepBackwardFamily, gates.device, { N, H }, choice);
  for (let step = T - 1; step >= 0 && N > 0; step--) {
    const isLast = step === T - 1;
    const [d, g, cs, dys] = [
      slotWindow(dgates, step, isLast ? 1 : 2),
      slotWindow(gates, step, 1),
      slotWindow(c, step, 2),
      slotWindow(dy, slotOf(step), 1),
    ];
    gates.device.dispatch(backwardKernels[tiling.variant], {
      buffers: [weightHh.range, d.range, g.range, cs.range, dys.range, dc.range],
      params: [N, H, isLast ? 0 : 4 * H, g.at, cs.at, dys.at, 0],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups,
    });
  }
  return dgates;
}

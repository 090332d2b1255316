/**
 * One GRU layer in one direction (torch.nn.GRU's equations and gate order r z n):
 *   r, z = sigmoid(w_ih x + b_ih + w_hh h + b_hh)
 *   n = tanh(w_in x + b_in + r * (w_hn h + b_hn))
 *   h = (1 - z) * n + z * h
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and cell
 * together.
 */
import { defineKernel } from '../../device/kernel.js';
import { empty, view, zeros, type Tensor } from '../../tensor/tensor.js';
import type { Choice } from '../launch/family.js';
import { matmul } from '../matmul/matmul.js';
import { recurrentShape, slotWindow, stateSlots, stepFamily, stepTiling, type RecurrentWeights } from './recurrent.js';

const includes = ['common/grid.wgsl', 'recurrent/step.wgsl', 'recurrent/gru_cell.wgsl', 'common/nan_lanes.wgsl'];
const workgroupIncludes = [...includes, 'recurrent/tile.wgsl'];
const forwardBindings = ['read', 'read', 'read', 'write', 'write', 'params'] as const;
const backwardBindings = ['read', 'write', 'write', 'read', 'read', 'read', 'write', 'params'] as const;
const forwardKernels = {
  naive: defineKernel({
    name: 'gru_step_naive',
    file: 'recurrent/gru_step_naive.wgsl',
    includes,
    bindings: forwardBindings,
  }),
  subgroup: defineKernel({
    name: 'gru_step_subgroup',
    file: 'recurrent/gru_step_subgroup.wgsl',
    includes,
    bindings: forwardBindings,
  }),
  workgroup: defineKernel({
    name: 'gru_step_workgroup',
    file: 'recurrent/gru_step_workgroup.wgsl',
    includes: [...workgroupIncludes, 'recurrent/product.wgsl'],
    bindings: forwardBindings,
  }),
};
const backwardKernels = {
  naive: defineKernel({
    name: 'gru_step_backward_naive',
    file: 'recurrent/gru_step_backward_naive.wgsl',
    includes,
    bindings: backwardBindings,
  }),
  subgroup: defineKernel({
    name: 'gru_step_backward_subgroup',
    file: 'recurrent/gru_step_backward_subgroup.wgsl',
    includes,
    bindings: backwardBindings,
  }),
  workgroup: defineKernel({
    name: 'gru_step_backward_workgroup',
    file: 'recurrent/gru_step_backward_workgroup.wgsl',
    includes: [...workgroupIncludes, 'recurrent/product_backward.wgsl'],
    bindings: backwardBindings,
  }),
};

export const gruStepFamily = stepFamily('gru_step', 1);
export const gruStepBackwardFamily = stepFamily('gru_step_backward', 4);

/** What forward leaves. */
export interface GruRun {
  /** (T + 1, N, H): slot s is the state before step s, the last slot the state after the last step. */
  readonly h: Tensor;
  /** (T, N, 4H): r, z, n, and w_hn h + b_hn. */
  readonly gates: Tensor;
}

/**
 * @param x (T, N, I), in the order of the steps.
 * @param states [h0], (N, H), or none for zeros.
 */
export function gru(x: Tensor, states: readonly Tensor[], weights: RecurrentWeights, choice?: Choice): GruRun {
  const { T, N, I, H } = recurrentShape('gru', 3, x, states, weights);
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { device } = x;
  const sums = view(matmul(view(x, [T * N, I]), weightIh, { transposeB: true, bias: biasIh ?? null }), [T, N, 3 * H]);
  const bias = biasHh ?? zeros(device, [3 * H]);
  const gates = empty(device, [T, N, 4 * H]);
  const h = stateSlots(states[0], T + 1, N, H, x);
  const tiling = stepTiling(gruStepFamily, x.device, { N, H }, choice);
  for (let step = 0; step < T && N > 0; step++) {
    const [s, g, hs] = [slotWindow(sums, step, 1), slotWindow(gates, step, 1), slotWindow(h, step, 2)];
    device.dispatch(forwardKernels[tiling.variant], {
      buffers: [weightHh.range, bias.range, s.range, g.range, hs.range],
      params: [N, H, 0, g.at, hs.at, 0, s.at],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups,
    });
  }
  return { h, gates };
}

/**
 * The steps' gradients, from the last to the first.
 * @param dy (T, N, H): slot `slotOf(step)` holds the gradient of that step's h.
 * @returns dxSums and dhSums (T, N, 3H): of w_ih x + b_ih and of w_hh h + b_hh; dh (N, H): of h0, without what comes
 * through dhSums.
 */
export function gruBackward(
  { gates, h }: GruRun,
  weightHh: Tensor,
  dy: Tensor,
  slotOf: (step: number) => number,
  choice?: Choice,
): { dxSums: Tensor; dhSums: Tensor; dh: Tensor } {
  const [T, N] = gates.shape;
  const H = weightHh.shape[1];
  const { device } = gates;
  const [dxSums, dhSums] = [empty(device, [T, N, 3 * H]), empty(device, [T, N, 3 * H])];
  const dh = zeros(device, [N, H]);
  const tiling = stepTiling(gruStepBackwardFamily, gates.device, { N, H }, choice);
  for (let step = T - 1; step >= 0 && N > 0; step--) {
    const isLast = step === T - 1;
    const [dx, d] = [slotWindow(dxSums, step, 1), slotWindow(dhSums, step, isLast ? 1 : 2)];
    const [g, hs, dys] = [slotWindow(gates, step, 1), slotWindow(h, step, 1), slotWindow(dy, slotOf(step), 1)];
    device.dispatch(backwardKernels[tiling.variant], {
      buffers: [weightHh.range, dx.range, d.range, g.range, hs.range, dys.range, dh.range],
      params: [N, H, isLast ? 0 : 3 * H, g.at, hs.at, dys.at, d.at],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups,
    });
  }
  return { dxSums, dhSums, dh };
}

/**
 * One GRU layer in one or two directions (torch.nn.GRU's equations and gate order r z n):
 *   r, z = sigmoid(w_ih x + b_ih + w_hh h + b_hh)
 *   n = tanh(w_in x + b_in + r * (w_hn h + b_hn))
 *   h = (1 - z) * n + z * h
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and cell
 * together, or the whole sequence is, in both directions. What GPUs do by default is in gru_walk.ts.
 */
import { defineKernel } from '../../device/kernel.js';
import { zeros, type Tensor } from '../../tensor/tensor.js';
import type { Choice } from '../launch/family.js';
import { directions, dyInSteps, fitBindings, gathered, rangeOfAll, type Directions } from './directions.js';
import { isSequence, stepFamily, stepTiling } from './family.js';
import { inputProducts, recurrentShape, slotWindow, stateSlots, type RecurrentWeights } from './recurrent.js';
import { backwardTile, forwardTile } from './walk.js';

const cellIncludes = ['common/grid.wgsl', 'recurrent/gates.wgsl', 'recurrent/gru_cell.wgsl', 'common/nan_lanes.wgsl'];
const includes = [...cellIncludes, 'recurrent/step.wgsl'];
const sequenceIncludes = [...cellIncludes, 'recurrent/sequence/walk.wgsl'];
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
  sequence: defineKernel({
    name: 'gru_sequence',
    file: 'recurrent/sequence/gru.wgsl',
    includes: [...sequenceIncludes, 'recurrent/sequence/forward.wgsl'],
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
  sequence: defineKernel({
    name: 'gru_sequence_backward',
    file: 'recurrent/sequence/gru_backward.wgsl',
    includes: [...sequenceIncludes, 'recurrent/sequence/backward.wgsl'],
    bindings: backwardBindings,
  }),
};

export const gruStepFamily = stepFamily('gru_step', 1, (tiles, rows) => (2 * tiles + 6) * rows, false, forwardTile(3));
export const gruStepBackwardFamily = stepFamily(
  'gru_step_backward',
  4,
  (tiles, rows) => (4 * tiles + 1) * rows,
  false,
  backwardTile(3),
);

/** What forward leaves of each direction. */
export interface GruRun {
  /** (T + 1, N, H): slot s is the state before step s, the last slot the state after the last step. */
  readonly h: Directions;
  /** (T, N, 4H): r, z, n, and w_hn h + b_hn. */
  readonly gates: Directions;
}

/**
 * @param x of each direction (T, N, I), in the order of its steps.
 * @param states of each direction [h0], (N, H), or none for zeros.
 */
export function gru(
  x: readonly Tensor[],
  states: readonly (readonly Tensor[])[],
  weights: readonly RecurrentWeights[],
  choice?: Choice,
): GruRun {
  const [{ T, N, H }] = weights.map((w, d) => recurrentShape('gru', 3, x[d], states[d], w));
  const { device } = x[0];
  const sums = inputProducts(
    x,
    weights,
    weights.map((w) => w.biasIh ?? null),
  );
  const biases = weights.map((w) => w.biasHh ?? zeros(device, [3 * H]));
  const gates = directions(device, x.length, [T, N, 4 * H]);
  const h = stateSlots(
    states.map((s) => s.at(0)),
    T + 1,
    N,
    H,
    x[0],
  );
  const run = { h, gates };
  if (N === 0) return run;
  const tiling = stepTiling(gruStepFamily, device, { N, H }, fitBindings(device, [h, gates]), choice);
  if (isSequence(tiling)) {
    const [w, bias] = [gathered(weights.map((of) => of.weightHh)), gathered(biases)];
    const strides = [w.stride, gates.stride, h.stride, sums.stride, 0, bias.stride].map((n) => n / 4);
    device.dispatch(forwardKernels.sequence, {
      buffers: [w, bias, sums, gates, h].map(rangeOfAll),
      params: [N, H, T, x.length, ...strides],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups * x.length,
    });
    return run;
  }
  for (const [d, { weightHh }] of weights.entries()) {
    for (let step = 0; step < T; step++) {
      const [s, g] = [sums, gates].map((of) => slotWindow(of.each[d], step, 1));
      const hs = slotWindow(h.each[d], step, 2);
      device.dispatch(forwardKernels[tiling.variant], {
        buffers: [weightHh.range, biases[d].range, s.range, g.range, hs.range],
        params: [N, H, 0, g.at, hs.at, 0, s.at],
        specialise: tiling.specialise,
        workgroups: tiling.workgroups,
      });
    }
  }
  return run;
}

/**
 * The steps' gradients, from the last to the first.
 * @param dy the gradients of all h in the order of time (T, N, D H), and behind them those of the last h (D, N, H).
 * @returns dxSums and dhSums, of each direction (T, N, 3H): of w_ih x + b_ih and of w_hh h + b_hh; dh (D, N, H): of h0,
 * without what comes through dhSums.
 */
export function gruBackward(
  { gates, h }: GruRun,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  choice?: Choice,
): { dxSums: Directions; dhSums: Directions; dh: Tensor } {
  const [T, N] = gates.each[0].shape;
  const H = weightsHh[0].shape[1];
  const D = weightsHh.length;
  const { device } = dy;
  const [dxSums, dhSums] = [directions(device, D, [T, N, 3 * H]), directions(device, D, [T, N, 3 * H])];
  const dh = zeros(device, [D, N, H]);
  const gradients = { dxSums, dhSums, dh };
  if (N === 0) return gradients;
  const fits = fitBindings(device, [h, gates]) && dy.byteLength <= device.maxBindingBytes;
  const tiling = stepTiling(gruStepBackwardFamily, device, { N, H }, fits, choice);
  if (isSequence(tiling)) {
    const w = gathered(weightsHh);
    const strides = [w.stride, gates.stride, h.stride, dxSums.stride, D * H, 0].map((n) => n / 4);
    device.dispatch(backwardKernels.sequence, {
      buffers: [...[w, dxSums, dhSums, gates, h].map(rangeOfAll), dy.range, dh.range],
      params: [N, H, T, D, ...strides],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups * D,
    });
    return gradients;
  }
  for (const [d, weightHh] of weightsHh.entries()) {
    const dys = dyInSteps('gru', dy, [T, N, H], D, d);
    const direct = zeros(device, [N, H]);
    for (let step = T - 1; step >= 0; step--) {
      const isLast = step === T - 1;
      const [dx, dhs] = [slotWindow(dxSums.each[d], step, 1), slotWindow(dhSums.each[d], step, isLast ? 1 : 2)];
      const [g, hs, own] = [gates.each[d], h.each[d], dys].map((of) => slotWindow(of, step, 1));
      device.dispatch(backwardKernels[tiling.variant], {
        buffers: [weightHh.range, dx.range, dhs.range, g.range, hs.range, own.range, direct.range],
        params: [N, H, isLast ? 0 : 3 * H, g.at, hs.at, own.at, dhs.at],
        specialise: tiling.specialise,
        workgroups: tiling.workgroups,
      });
    }
    device.copy(direct.storage, direct.byteOffset, dh.storage, dh.byteOffset + d * N * H * 4, N * H * 4);
  }
  return gradients;
}

/**
 * One LSTM layer in one or two directions (torch.nn.LSTM's equations and gate order i f g o):
 *   i, f, o = sigmoid(w_ih x + b_ih + w_hh h + b_hh)   g = tanh(…)   c = f * c + i * g   h = o * tanh(c)
 * What x contributes is one product for the whole sequence; then a step is one dispatch, product with w_hh and cell
 * together, or the whole sequence is, in both directions. What GPUs do by default is in lstm_walk.ts.
 */
import type { Device } from '../../device/device.js';
import { defineKernel } from '../../device/kernel.js';
import type { Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import type { Choice } from '../launch/family.js';
import {
  directionOf,
  directions,
  dyInSteps,
  fitBindings,
  gathered,
  rangeOfAll,
  type Directions,
} from './directions.js';
import { inputTilesOf, isSequence, stepFamily, stepTiling } from './family.js';
import {
  inputProducts,
  joinedWeights,
  recurrentShape,
  slotWindow,
  stateSlots,
  type RecurrentWeights,
} from './recurrent.js';
import { backwardTile, forwardTile } from './walk.js';

const cellIncludes = ['common/grid.wgsl', 'recurrent/gates.wgsl', 'recurrent/lstm_cell.wgsl', 'common/nan_lanes.wgsl'];
const includes = [...cellIncludes, 'recurrent/step.wgsl'];
const sequenceIncludes = [...cellIncludes, 'recurrent/sequence/walk.wgsl'];
const workgroupIncludes = [...includes, 'recurrent/tile.wgsl'];
const forwardBindings = ['read', 'write', 'write', 'write', 'params'] as const;
const sequenceBindings = ['read', 'write', 'write', 'write', 'read', 'params'] as const;
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
  sequence: defineKernel({
    name: 'lstm_sequence',
    file: 'recurrent/sequence/lstm.wgsl',
    includes: [...sequenceIncludes, 'recurrent/sequence/forward.wgsl'],
    bindings: sequenceBindings,
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
  sequence: defineKernel({
    name: 'lstm_sequence_backward',
    file: 'recurrent/sequence/lstm_backward.wgsl',
    includes: [...sequenceIncludes, 'recurrent/sequence/backward.wgsl'],
    bindings: backwardBindings,
  }),
};

export const lstmStepFamily = stepFamily('lstm_step', 4, (tiles, rows) => (2 * tiles + 8) * rows, true, forwardTile(4));
export const lstmStepBackwardFamily = stepFamily(
  'lstm_step_backward',
  4,
  (tiles, rows) => (6 * tiles + 1) * rows,
  false,
  backwardTile(4),
);

/**
 * What forward leaves of each direction: slot s is the state before step s, the last slot the state after the last
 * step.
 */
export interface LstmRun {
  /** (T + 1, N, H). */
  readonly h: Directions;
  /** (T + 1, N, H). */
  readonly c: Directions;
  /** (T, N, 4H): i f g o. */
  readonly gates: Directions;
}

/**
 * @param x of each direction (T, N, I), in the order of its steps.
 * @param states of each direction [h0, c0], (N, H) each, or none for zeros.
 */
export function lstm(
  x: readonly Tensor[],
  states: readonly (readonly Tensor[])[],
  weights: readonly RecurrentWeights[],
  choice?: Choice,
): LstmRun {
  const [{ T, N, I, H }] = weights.map((w, d) => recurrentShape('lstm', 4, x[d], states[d], w));
  const { device } = x[0];
  const biases = weights.map(({ biasIh, biasHh }) => (biasIh && biasHh ? binary('add', biasIh, biasHh) : null));
  const gates = directions(device, x.length, [T, N, 4 * H]);
  const [h, c] = [0, 1].map((i) =>
    stateSlots(
      states.map((s) => s.at(i)),
      T + 1,
      N,
      H,
      x[0],
    ),
  );
  const run = { h, c, gates };
  if (N === 0) return run;
  const tiling = stepTiling(lstmStepFamily, device, { N, H }, fitBindings(device, [h, gates]), choice);
  if (isSequence(tiling)) {
    const inputTiles = fitsInput(device, x) ? inputTilesOf(lstmStepFamily, device, H, I) : 0;
    const isJoined = inputTiles > 0;
    if (!isJoined) inputProducts(x, weights, biases, gates);
    const w = isJoined ? joinedWeights('lstm', weights, biases) : gathered(weights.map((of) => of.weightHh));
    const input = isJoined ? gathered(x) : w;
    const strides = [w.stride, gates.stride, h.stride, isJoined ? input.stride : 0, isJoined ? I : 0, 0];
    device.dispatch(forwardKernels.sequence, {
      buffers: [w, gates, h, c, input].map(rangeOfAll),
      params: [N, H, T, x.length, ...strides.map((n) => n / 4)],
      specialise: { ...tiling.specialise, INPUT_TILES: `${inputTiles}u` },
      workgroups: tiling.workgroups * x.length,
    });
    return run;
  }
  inputProducts(x, weights, biases, gates);
  for (const [d, { weightHh }] of weights.entries()) {
    for (let step = 0; step < T; step++) {
      const [g, hs, cs] = [
        slotWindow(gates.each[d], step, 1),
        slotWindow(h.each[d], step, 2),
        slotWindow(c.each[d], step, 2),
      ];
      device.dispatch(forwardKernels[tiling.variant], {
        buffers: [weightHh.range, g.range, hs.range, cs.range],
        params: [N, H, 0, g.at, hs.at, 0, 0],
        specialise: tiling.specialise,
        workgroups: tiling.workgroups,
      });
    }
  }
  return run;
}

/** Whether one binding can span x of all directions. */
const fitsInput = (device: Device, x: readonly Tensor[]): boolean =>
  x.length * (x[0].byteLength + 256) <= device.maxBindingBytes;

/**
 * The steps' gradients, from the last to the first.
 * @param dy the gradients of all h in the order of time (T, N, D H), and behind them those of the last h (D, N, H).
 * @param dc (D, N, H): the gradients of the last c; become those of the first.
 * @returns of each direction (T, N, 4H), the gradients of what goes into the gates.
 */
export function lstmBackward_(
  { gates, h, c }: LstmRun,
  weightsHh: readonly Tensor[],
  dy: Tensor,
  dc: Tensor,
  choice?: Choice,
): Directions {
  const [T, N] = gates.each[0].shape;
  const H = weightsHh[0].shape[1];
  const D = weightsHh.length;
  const { device } = dy;
  const dgates = directions(device, D, gates.each[0].shape);
  if (N === 0) return dgates;
  const fits = fitBindings(device, [h, gates]) && dy.byteLength <= device.maxBindingBytes;
  const tiling = stepTiling(lstmStepBackwardFamily, device, { N, H }, fits, choice);
  if (isSequence(tiling)) {
    const w = gathered(weightsHh);
    device.dispatch(backwardKernels.sequence, {
      buffers: [...[w, dgates, gates, c].map(rangeOfAll), dy.range, dc.range],
      params: [N, H, T, D, ...[w.stride, gates.stride, c.stride, 0, D * H, 0].map((n) => n / 4)],
      specialise: tiling.specialise,
      workgroups: tiling.workgroups * D,
    });
    return dgates;
  }
  for (const [d, weightHh] of weightsHh.entries()) {
    const dys = dyInSteps('lstm', dy, [T, N, H], D, d);
    const dcs = directionOf('lstm', dc, d);
    for (let step = T - 1; step >= 0; step--) {
      const isLast = step === T - 1;
      const [dg, g, cs, own] = [
        slotWindow(dgates.each[d], step, isLast ? 1 : 2),
        slotWindow(gates.each[d], step, 1),
        slotWindow(c.each[d], step, 2),
        slotWindow(dys, step, 1),
      ];
      device.dispatch(backwardKernels[tiling.variant], {
        buffers: [weightHh.range, dg.range, g.range, cs.range, own.range, dcs.range],
        params: [N, H, isLast ? 0 : 4 * H, g.at, cs.at, own.at, 0],
        specialise: tiling.specialise,
        workgroups: tiling.workgroups,
      });
    }
    device.copy(dcs.storage, dcs.byteOffset, dc.storage, dc.byteOffset + d * N * H * 4, N * H * 4);
  }
  return dgates;
}

/** Trials of the steps of LSTM and GRU, forward and backward. */
import { gruCell } from './gru_reference.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { lstmCell } from './lstm_reference.js';
import { uniform } from '../random/philox.js';
import { recurrent, recurrentBackward, type Cell } from './reference.js';
import { rows, view, zeros, type Tensor } from '../../tensor/tensor.js';
import type { Choice } from '../launch/family.js';
import { gru, gruBackward, gruStepBackwardFamily, gruStepFamily } from './gru.js';
import { lstm, lstmBackward_, lstmStepBackwardFamily, lstmStepFamily } from './lstm.js';
import { lstmWalk, lstmWalkBackward } from './lstm_walk.js';
import { matmul } from '../matmul/matmul.js';
import type { StepFamily, StepProblem } from './family.js';
import type { RecurrentWeights } from './recurrent.js';
import type { Directions } from './directions.js';
import type { FamilyTrials } from '../launch/trial.js';

/** Steps of a trial: enough that steps, and not the product with w_ih, take the time. */
const T = 16;
const I = 4;

function draw(call: number, shape: readonly number[], scale: number): HostTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  return hostTensor(
    shape,
    uniform(size, { seed: 2, step: 0, call }).map((u) => Math.fround((2 * u - 1) * scale)),
  );
}

/** x (T, N, I) and the first states, (N, H) each -> h of all steps (T, N, H). */
type Run = (x: Tensor, states: readonly Tensor[], weights: RecurrentWeights, choice: Choice) => Tensor;

const inputsOf = ({ N, H }: StepProblem, gates: number, states: number): HostTensor[] => [
  draw(0, [T, N, I], 1),
  draw(1, [gates * H, I], 0.5),
  draw(2, [gates * H, H], H ** -0.5),
  ...Array.from({ length: states }, (_, i) => draw(3 + i, [1, N, H], 1)),
];

const sizes: Pick<FamilyTrials<StepProblem>, 'small' | 'examples'> = {
  small: ({ N, H }) => ({ N: Math.min(N, 36 + (N % 4)), H: Math.min(H, 64 + (H % 4)) }),
  examples: [
    { N: 64, H: 128 },
    { N: 1, H: 128 },
    { N: 128, H: 512 },
  ],
};

/** x, w_ih, w_hh, then the first states -> h of all steps. */
function forward(family: StepFamily, run: Run, cell: Cell, gates: number, states: number): FamilyTrials<StepProblem> {
  return {
    family,
    trial: ({ N, H }) => ({
      inputs: inputsOf({ N, H }, gates, states),
      gpu: ([x, weightIh, weightHh, ...initial], choice) =>
        run(
          x,
          initial.map((s) => view(s, [N, H])),
          { weightIh, weightHh },
          choice,
        ),
      cpu: ([x, weightIh, weightHh, ...initial]) => recurrent(cell, x, initial, [[weightIh, weightHh]], 1).output,
      tolerance: 1e-4,
      flops: T * 2 * N * gates * H * (H + I),
      bytes: T * 4 * (gates * H * H + N * H * 12),
    }),
    ...sizes,
  };
}

/** Runs forward with its default, then the gradients of what goes into the gates, (T, N, G H). */
type BackwardRun = (
  x: Tensor,
  states: readonly Tensor[],
  weights: RecurrentWeights,
  dy: Tensor,
  choice: Choice,
) => Tensor;

/**
 * dy (the gradients of all h), x, w_ih, w_hh, then the first states -> dx. What backward starts from is made by
 * forward, each time.
 */
function backward(
  family: StepFamily,
  run: BackwardRun,
  cell: Cell,
  gates: number,
  states: number,
): FamilyTrials<StepProblem> {
  return {
    family,
    trial: ({ N, H }) => ({
      inputs: [draw(9, [T, N, H], 1), ...inputsOf({ N, H }, gates, states)],
      gpu: ([dy, x, weightIh, weightHh, ...initial], choice) => {
        const d = run(
          x,
          initial.map((s) => view(s, [N, H])),
          { weightIh, weightHh },
          dy,
          choice,
        );
        return view(matmul(view(d, [T * N, gates * H]), weightIh), [T, N, I]);
      },
      cpu: ([dy, x, weightIh, weightHh, ...initial]) =>
        recurrentBackward(
          cell,
          { output: dy, last: initial.map((s) => hostTensor(s.shape)) },
          x,
          initial,
          [[weightIh, weightHh]],
          1,
        ).dx,
      tolerance: 1e-4,
      flops: T * 4 * N * gates * H * (H + I),
      bytes: T * 8 * (gates * H * H + N * H * 12),
    }),
    ...sizes,
  };
}

/** dy (T, N, H) as the kernels take it: behind it the gradients of the last states, zeros. */
const withLast = (dy: Tensor, states: number): Tensor => {
  const whole = zeros(dy.device, [T + states, ...dy.shape.slice(1)]);
  dy.device.copy(dy.storage, dy.byteOffset, whole.storage, 0, dy.byteLength);
  return whole;
};
const withoutSlot = ({ each: [h] }: Directions): Tensor => rows(h, 1, T + 1);
const asDirection = (s: Tensor): Tensor => view(s, [1, ...s.shape]);

const lstmForward: Run = (x, states, weights, choice) => {
  const walk = lstmWalk(x, states.map(asDirection), [weights], choice);
  return walk === null ? withoutSlot(lstm([x], [states], [weights], choice).h) : rows(walk.output, 0, T);
};
const gruForward: Run = (x, states, weights, choice) => withoutSlot(gru([x], [states], [weights], choice).h);

const lstmRun: BackwardRun = (x, states, weights, dy, choice) => {
  if (choice.variant === 'walk') {
    const walk = lstmWalk(x, states.map(asDirection), [weights], choice);
    if (walk !== null) return lstmWalkBackward(walk, [weights.weightHh], withLast(dy, 2), choice).dgates.each[0];
  }
  const dc = zeros(x.device, [1, ...states[1].shape]);
  return lstmBackward_(lstm([x], [states], [weights]), [weights.weightHh], withLast(dy, 2), dc, choice).each[0];
};
const gruRun: BackwardRun = (x, states, weights, dy, choice) =>
  gruBackward(gru([x], [states], [weights]), [weights.weightHh], withLast(dy, 1), choice).dxSums.each[0];

export const lstmTrials = forward(lstmStepFamily, lstmForward, lstmCell, 4, 2);
export const gruTrials = forward(gruStepFamily, gruForward, gruCell, 3, 1);
export const lstmBackwardTrials = backward(lstmStepBackwardFamily, lstmRun, lstmCell, 4, 2);
export const gruBackwardTrials = backward(gruStepBackwardFamily, gruRun, gruCell, 3, 1);

/** Trials of the steps of LSTM, GRU and plain layers, forward and backward. */
import { gruCell } from './gru_reference.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { lstmCell } from './lstm_reference.js';
import { uniform } from '../random/philox.js';
import { recurrent, recurrentBackward, type Cell } from './reference.js';
import { rows, view, zeros, type Tensor } from '../../tensor/tensor.js';
import type { Choice, Family } from '../launch/family.js';
import { gru, gruBackward, gruStepBackwardFamily, gruStepFamily } from './gru.js';
import { lstm, lstmBackward_, lstmStepBackwardFamily, lstmStepFamily } from './lstm.js';
import { lstmWalk } from './lstm_walk.js';
import { gruWalk } from './gru_walk.js';
import { rnnWalk } from './rnn_walk.js';
import { walkLayer, walkLayerBackward, type WalkKind } from './layer_walk.js';
import { rnn, rnnBackward, rnnStepBackwardFamily, rnnStepFamily } from './rnn.js';
import { rnnCell } from './rnn_reference.js';
import { matmul } from '../matmul/matmul.js';
import type { StepProblem } from './family.js';
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
function forward(
  family: Family<StepProblem>,
  run: Run,
  cell: Cell,
  gates: number,
  states: number,
): FamilyTrials<StepProblem> {
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
  family: Family<StepProblem>,
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

/** Walked where the choice says so, else by steps. */
const walkedOr =
  (kind: WalkKind, steps: Run): Run =>
  (x, states, weights, choice) => {
    const walked = walkLayer(kind, x, states.map(asDirection), [weights], choice);
    return walked === null ? steps(x, states, weights, choice) : rows(walked.output, 0, T);
  };

const walkedBackOr =
  (kind: WalkKind, steps: BackwardRun): BackwardRun =>
  (x, states, weights, dy, choice) => {
    const walked = walkLayer(kind, x, states.map(asDirection), [weights], choice);
    if (walked === null) return steps(x, states, weights, dy, choice);
    return walkLayerBackward(kind, walked, [weights.weightHh], withLast(dy, kind.states), choice).dx.each[0];
  };

const lstmForward: Run = (x, states, weights, choice) => withoutSlot(lstm([x], [states], [weights], choice).h);
const gruForward: Run = (x, states, weights, choice) => withoutSlot(gru([x], [states], [weights], choice).h);
const rnnForward: Run = (x, states, weights) => withoutSlot(rnn([x], [states], [weights], 'tanh'));

const lstmRun: BackwardRun = (x, states, weights, dy, choice) => {
  const dc = zeros(x.device, [1, ...states[1].shape]);
  return lstmBackward_(lstm([x], [states], [weights]), [weights.weightHh], withLast(dy, 2), dc, choice).each[0];
};
const gruRun: BackwardRun = (x, states, weights, dy, choice) =>
  gruBackward(gru([x], [states], [weights]), [weights.weightHh], withLast(dy, 1), choice).dxSums.each[0];
const rnnRun: BackwardRun = (x, states, weights, dy) =>
  rnnBackward(rnn([x], [states], [weights], 'tanh'), [weights.weightHh], withLast(dy, 1), 'tanh').each[0];

export const lstmTrials = forward(lstmStepFamily, walkedOr(lstmWalk, lstmForward), lstmCell, 4, 2);
export const gruTrials = forward(gruStepFamily, walkedOr(gruWalk, gruForward), gruCell, 3, 1);
export const rnnTrials = forward(rnnStepFamily, walkedOr(rnnWalk, rnnForward), rnnCell('tanh'), 1, 1);
export const lstmBackwardTrials = backward(lstmStepBackwardFamily, walkedBackOr(lstmWalk, lstmRun), lstmCell, 4, 2);
export const gruBackwardTrials = backward(gruStepBackwardFamily, walkedBackOr(gruWalk, gruRun), gruCell, 3, 1);
export const rnnBackwardTrials = backward(rnnStepBackwardFamily, walkedBackOr(rnnWalk, rnnRun), rnnCell('tanh'), 1, 1);

/** Trials of the forward steps of LSTM and GRU. */
import { gruCell } from '../cpu/gru.js';
import { hostTensor, type HostTensor } from '../cpu/host_tensor.js';
import { lstmCell } from '../cpu/lstm.js';
import { uniform } from '../cpu/philox.js';
import { recurrent, type Cell } from '../cpu/recurrent.js';
import { rows, view, type Tensor } from '../../tensor/tensor.js';
import type { Choice } from '../family.js';
import { gru, gruStepFamily } from '../gru.js';
import { lstm, lstmStepFamily } from '../lstm.js';
import type { RecurrentWeights, StepFamily, StepProblem } from '../recurrent.js';
import type { FamilyTrials } from './trial.js';

/** Steps of a trial: enough that steps, and not the product with w_ih, take the time. */
const T = 16;
const I = 4;

function draw(call: number, shape: readonly number[], scale: number): HostTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  return hostTensor(shape, uniform(size, { seed: 2, step: 0, call }).map((u) => Math.fround((2 * u - 1) * scale)));
}

type Run = (x: Tensor, states: readonly Tensor[], weights: RecurrentWeights, choice: Choice) => { readonly h: Tensor };

/** x, w_ih, w_hh, then the first states -> h of all steps. */
function forward(family: StepFamily, run: Run, cell: Cell, gates: number, states: number): FamilyTrials<StepProblem> {
  return {
    family,
    trial: ({ N, H }) => ({
      inputs: [draw(0, [T, N, I], 1), draw(1, [gates * H, I], 0.5), draw(2, [gates * H, H], H ** -0.5), ...Array.from({ length: states }, (_, i) => draw(3 + i, [1, N, H], 1))],
      gpu: ([x, weightIh, weightHh, ...initial], choice) => rows(run(x, initial.map((s) => view(s, [N, H])), { weightIh, weightHh }, choice).h, 1, T + 1),
      cpu: ([x, weightIh, weightHh, ...initial]) => recurrent(cell, x, initial, [[weightIh, weightHh]], 1).output,
      tolerance: 1e-4,
      flops: T * 2 * N * gates * H * (H + I),
      bytes: T * 4 * (gates * H * H + N * H * 12),
    }),
    small: ({ N, H }) => ({ N: Math.min(N, 36 + (N % 4)), H: Math.min(H, 64 + (H % 4)) }),
    examples: [{ N: 64, H: 128 }, { N: 1, H: 128 }, { N: 128, H: 512 }],
  };
}

export const lstmTrials = forward(lstmStepFamily, lstm, lstmCell, 4, 2);
export const gruTrials = forward(gruStepFamily, gru, gruCell, 3, 1);

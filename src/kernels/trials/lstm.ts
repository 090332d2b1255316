/** Trials of an LSTM's steps. */
import { hostTensor, type HostTensor } from '../cpu/host_tensor.js';
import { lstmCell } from '../cpu/lstm.js';
import { uniform } from '../cpu/philox.js';
import { recurrent } from '../cpu/recurrent.js';
import { rows, view } from '../../tensor/tensor.js';
import { lstm, lstmStepFamily } from '../lstm.js';
import type { StepProblem } from '../recurrent.js';
import type { FamilyTrials } from './trial.js';

/** Steps of a trial: enough that steps, and not the product with w_ih, take the time. */
const T = 16;
const I = 4;

function draw(call: number, shape: readonly number[], scale: number): HostTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  return hostTensor(shape, uniform(size, { seed: 2, step: 0, call }).map((u) => Math.fround((2 * u - 1) * scale)));
}

const forward: FamilyTrials<StepProblem> = {
  family: lstmStepFamily,
  trial: ({ N, H }) => ({
    inputs: [draw(0, [T, N, I], 1), draw(1, [4 * H, I], 0.5), draw(2, [4 * H, H], H ** -0.5), draw(3, [1, N, H], 1), draw(4, [1, N, H], 1)],
    gpu: ([x, weightIh, weightHh, h0, c0], choice) => rows(lstm(x, [h0, c0].map((s) => view(s, [N, H])), { weightIh, weightHh }, choice).h, 1, T + 1),
    cpu: ([x, weightIh, weightHh, h0, c0]) => recurrent(lstmCell, x, [h0, c0], [[weightIh, weightHh]], 1).output,
    tolerance: 1e-4,
    flops: T * 2 * N * 4 * H * (H + I),
    bytes: T * 4 * (4 * H * H + N * H * 12),
  }),
  small: ({ N, H }) => ({ N: Math.min(N, 36 + (N % 4)), H: Math.min(H, 64 + (H % 4)) }),
  examples: [{ N: 64, H: 128 }, { N: 1, H: 128 }, { N: 128, H: 512 }],
};

export const lstmTrials: readonly FamilyTrials<StepProblem>[] = [forward];

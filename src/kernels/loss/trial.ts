/**
 * Trials of the family softmax: the gradient of softmax over rows, by way of the forward kernel, so that both prove
 * themselves.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { uniform } from '../random/philox.js';
import { softmax as reference } from './softmax_reference.js';
import { softmax, softmaxBackward, softmaxFamily, type SoftmaxProblem } from './softmax.js';
import type { FamilyTrials } from '../launch/trial.js';

/** dx = y * (dy - sum of dy * y), y and dy (rows, C). */
function gradient(y: HostTensor, dy: HostTensor): HostTensor {
  const [rows, C] = y.shape;
  const sums = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: C }, (_, c) => y.data[r * C + c] * dy.data[r * C + c]).reduce((a, b) => a + b, 0),
  );
  return hostTensor(
    y.shape,
    Array.from(y.data, (v, i) => v * (dy.data[i] - sums[Math.floor(i / C)])),
  );
}

const SMALL_ROWS = 70;

export const softmaxTrials: FamilyTrials<SoftmaxProblem> = {
  family: softmaxFamily,
  trial: ({ rows, C }) => ({
    inputs: [0, 1].map((call) => hostTensor([rows, C], uniform(rows * C, { seed: rows * C, step: 0, call }))),
    gpu: ([x, dy], choice) => softmaxBackward('softmax', softmax('softmax', x, choice), dy, choice),
    cpu: ([x, dy]) => gradient(reference('softmax', x, 1), dy),
    tolerance: 2e-5,
    flops: 12 * rows * C,
    bytes: 4 * 5 * rows * C,
  }),
  small: ({ rows, C }) => ({ rows: Math.min(rows, SMALL_ROWS), C }),
  examples: [
    { rows: 64, C: 10 },
    { rows: 4096, C: 10 },
    { rows: 512, C: 1000 },
    { rows: 64, C: 4096 },
  ],
  sizes: { letters: 'RxC', problem: ([rows, C]) => ({ rows, C }), text: ({ rows, C }) => `${rows}x${C}` },
};

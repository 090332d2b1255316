/** Trials of the family batch_norm_moments: the variance of each channel, biased. */
import { hostTensor } from '../launch/host_tensor.js';
import { uniform } from '../random/philox.js';
import { batchStatistics } from './batch_norm.js';
import { momentsFamily, type MomentsProblem } from './batch_norm_moments.js';
import type { FamilyTrials } from '../launch/trial.js';

const SMALL = 8;

export const momentsTrials: FamilyTrials<MomentsProblem> = {
  family: momentsFamily,
  trial: ({ N, C, P }) => ({
    inputs: [
      hostTensor(
        [N, C, P],
        uniform(N * C * P, { seed: N * C * P, step: 0, call: 0 }).map((u) => Math.fround(u + 3)),
      ),
    ],
    gpu: ([x], choice) => batchStatistics(x, null, null, choice).variance,
    cpu: ([x]) => {
      const numbers = (c: number): number[] => Array.from(x.data).filter((_, i) => Math.floor(i / P) % C === c);
      const variances = Array.from({ length: C }, (_, c) => {
        const own = numbers(c);
        const mean = own.reduce((a, b) => a + b, 0) / own.length;
        return own.reduce((s, v) => s + (v - mean) ** 2, 0) / own.length;
      });
      return hostTensor([C], variances);
    },
    tolerance: 2e-5,
    flops: 4 * N * C * P,
    bytes: 4 * N * C * P,
  }),
  small: ({ N, C, P }) => ({ N: Math.min(N, SMALL), C: Math.min(C, 2 * SMALL), P: Math.min(P, 64 + (P % 4)) }),
  examples: [
    { N: 64, C: 16, P: 1024 },
    { N: 64, C: 32, P: 256 },
    { N: 64, C: 64, P: 64 },
    { N: 128, C: 512, P: 1 },
  ],
};

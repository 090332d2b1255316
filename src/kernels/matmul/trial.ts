/** Trials of matmul. */
import { hostTensor } from '../launch/host_tensor.js';
import { matmul as matmulReference } from './reference.js';
import { uniform } from '../random/philox.js';
import { matmul } from './matmul.js';
import { matmulFamily, type MatmulProblem } from './family.js';
import { HALF_TOLERANCE, inHalf, type FamilyTrials } from '../launch/trial.js';

const problem = (M: number, K: number, N: number, transposeA = false, transposeB = false): MatmulProblem => ({
  batch: 1,
  M,
  N,
  K,
  transposeA,
  transposeB,
});

export const matmulTrials: FamilyTrials<MatmulProblem> = {
  family: matmulFamily,
  trial: ({ batch, M, N, K, transposeA, transposeB, isHalf }) => {
    const items = batch > 1 ? [batch] : [];
    const draw = (call: number, shape: readonly number[]) => {
      const size = shape.reduce((n, d) => n * d, 1);
      return hostTensor(
        shape,
        uniform(size, { seed: 1, step: 0, call }).map((u) => inHalf(isHalf, 2 * u - 1)),
      );
    };
    return {
      tolerance: 1e-5,
      inputs: [
        draw(0, [...items, ...(transposeA ? [K, M] : [M, K])]),
        draw(1, [...items, ...(transposeB ? [N, K] : [K, N])]),
      ],
      gpu: ([a, b], choice) => matmul(a, b, { transposeA, transposeB, choice }),
      cpu: ([a, b]) => matmulReference(a, b, { transposeA, transposeB }),
      // as they are met: x and w, or x and dy
      ...(isHalf === true ? { dtypes: ['f16', transposeA ? 'f16' : 'f32'], tolerance: HALF_TOLERANCE } : {}),
      flops: 2 * batch * M * N * K,
      bytes: 4 * batch * (M * K + K * N + M * N),
    };
  },
  small: (p) => ({
    ...p,
    batch: Math.min(p.batch, 2),
    M: Math.min(p.M, 80 + (p.M % 16)),
    N: Math.min(p.N, 144 + (p.N % 16)),
    K: Math.min(p.K, 128 + (p.K % 16)),
  }),
  // Square; then forward, dx and dw of a layer of 2048 x 512 with a batch of 128; then the last layers of a
  // small CNN.
  examples: [
    problem(512, 512, 512),
    problem(1024, 1024, 1024),
    problem(128, 2048, 512, false, true),
    problem(128, 512, 2048),
    problem(512, 128, 2048, true),
    problem(64, 128, 10, false, true),
    problem(64, 3136, 128, false, true),
  ],
};

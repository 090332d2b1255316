/** Cases of cdist. Where a distance is 0 there is no derivative: PyTorch's vectors have such rows. */
import { cdist } from '../../autograd/ops/index.js';
import * as reference from '../../kernels/reduce/cdist_reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type BenchCase, type OpCase, type OpSpec } from '../spec.js';

const rows = (N: number, M: number, D: number): OpCase<null> => ({
  shapes: [
    [N, D],
    [M, D],
  ],
  args: null,
});
/** A subtraction and a multiplication with addition for each of D. */
const timed = ([N, M, D]: readonly number[]): BenchCase<null> => ({
  ...rows(N, M, D),
  flops: 3 * N * M * D,
  sizes: `${N}x${M}x${D}`,
});

export const cdistSpecs: readonly OpSpec[] = [
  defineSpec<null>({
    op: 'cdist',
    inputs: [
      { name: 'a', domain: UNIT },
      { name: 'b', domain: { low: 1.25, high: 3 } }, // apart from a: |a - b| has a kink where D is 1
    ],
    gpu: ([a, b]) => cdist(a, b),
    cpu: ([a, b]) => reference.cdist(a, b),
    cpuBackward: (dy, [a, b]) => reference.cdistBackward(dy, a, b),
    bench: [timed([1024, 1024, 64])],
    benchSizes: { letters: 'NxMxD', case: timed },
    // One element, primes, a workgroup and one more, nothing at all in every place.
    cases: [
      rows(1, 1, 1),
      rows(7, 13, 5),
      { ...rows(5, 13, 3), selfCheck: true },
      rows(65, 1, 2),
      rows(1, 65, 2),
      rows(2, 3, 65),
      rows(0, 3, 2),
      rows(3, 0, 2),
      rows(3, 2, 0),
    ],
  }),
];

/** Cases of matrix products. */
import { linear, matmul } from '../../../src/autograd/ops/index.js';
import { linear as linearReference, matmul as matmulReference, type MatmulArgs } from '../../../src/kernels/cpu/matmul.js';
import { UNIT } from '../host.js';
import { defineSpec, type OpCase, type OpSpec } from '../op_spec.js';

const A = { name: 'a', domain: UNIT };
const B = { name: 'b', domain: UNIT };
const X = { name: 'x', domain: UNIT };
const W = { name: 'w', domain: UNIT };
const BIAS = { name: 'bias', domain: UNIT };

const TRANSPOSES: readonly MatmulArgs[] = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));

/** a and b for c of M rows, N columns and depth K, as they lie when transposed. */
function product([M, K, N]: readonly number[], args: MatmulArgs, batchA: readonly number[] = [], batchB: readonly number[] = batchA): OpCase<MatmulArgs> {
  return { shapes: [[...batchA, ...(args.transposeA ? [K, M] : [M, K])], [...batchB, ...(args.transposeB ? [N, K] : [K, N])]], args };
}

/** One element, primes, around the tiles (16 rows, 16 to 128 columns, depth 4), whole fours (vec4 loads), a long depth. */
const PRODUCTS = [[1, 1, 1], [2, 3, 5], [17, 31, 65], [16, 64, 32], [63, 36, 33], [4, 8, 129]];

const matmulSpec = defineSpec<MatmulArgs>({
  op: 'matmul',
  inputs: [A, B],
  gpu: ([a, b], args) => matmul(a, b, args),
  cpu: ([a, b], args) => matmulReference(a, b, args),
  cases: [
    ...PRODUCTS.flatMap((sizes) => TRANSPOSES.map((t) => product(sizes, t))),
    product([1, 1021, 1], {}),
    product([0, 3, 2], {}),
    product([2, 0, 3], {}),
    ...TRANSPOSES.flatMap((t) => [product([5, 7, 9], t, [3]), product([5, 8, 4], t, [3], []), product([5, 8, 4], t, [], [3])]),
    product([3, 5, 2], {}, [2, 3]),
  ],
});

const linearSpec = defineSpec<null>({
  op: 'linear',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias]) => linear(x, w, bias),
  cpu: ([x, w, bias]) => linearReference(x, w, bias ?? null),
  cases: [
    { shapes: [[1, 1], [1, 1], [1]], args: null },
    { shapes: [[33, 65], [10, 65], [10]], args: null },
    { shapes: [[17, 64], [33, 64]], args: null },
    { shapes: [[2, 5, 12], [8, 12], [8]], args: null },
    { shapes: [[7], [3, 7], [3]], args: null },
  ],
});

export const denseSpecs: readonly OpSpec[] = [matmulSpec, linearSpec];

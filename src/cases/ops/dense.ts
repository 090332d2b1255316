/** Cases of matrix products. */
import { addmm, linear, matmul, type AddmmOptions, type LinearOptions } from '../../autograd/ops/index.js';
import { matmulTrials } from '../../kernels/matmul/trial.js';
import { binary as binaryReference, unary as unaryReference } from '../../kernels/elementwise/reference.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import {
  linear as linearReference,
  matmul as matmulReference,
  type MatmulArgs,
} from '../../kernels/matmul/reference.js';
import type { FusedActivation } from '../../kernels/matmul/product.js';
import { UNIT } from '../draw.js';
import { defineSpec, type BenchCase, type OpCase, type OpSpec } from '../spec.js';

const A = { name: 'a', domain: UNIT };
const B = { name: 'b', domain: UNIT };
const X = { name: 'x', domain: UNIT };
const W = { name: 'w', domain: UNIT };
const BIAS = { name: 'bias', domain: UNIT };

const TRANSPOSES: readonly MatmulArgs[] = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
);

/** a and b for c of M rows, N columns and depth K, as they lie when transposed. */
function product(
  [M, K, N]: readonly number[],
  args: MatmulArgs,
  batchA: readonly number[] = [],
  batchB: readonly number[] = batchA,
): OpCase<MatmulArgs> {
  return {
    shapes: [
      [...batchA, ...(args.transposeA ? [K, M] : [M, K])],
      [...batchB, ...(args.transposeB ? [N, K] : [K, N])],
    ],
    args,
  };
}

/**
 * One element, primes, around the tiles (16 rows, 16 to 128 columns, depth 4), whole fours (vec4 loads), a long depth.
 */
const PRODUCTS = [
  [1, 1, 1],
  [2, 3, 5],
  [17, 31, 65],
  [16, 64, 32],
  [63, 36, 33],
  [4, 8, 129],
];

type LinearArgs = LinearOptions | null;

const timedProduct = ([M, K, N]: readonly number[]): BenchCase<MatmulArgs> => ({
  shapes: [
    [M, K],
    [K, N],
  ],
  args: {},
  flops: 2 * M * K * N,
  sizes: `${M}x${K}x${N}`,
});
const timedAddmm = ([M, K, N]: readonly number[]): BenchCase<AddmmOptions> => ({
  shapes: [[N], [M, K], [K, N]],
  args: {},
  flops: 2 * M * K * N,
  sizes: `${M}x${K}x${N}`,
});
const timedLinear = ([M, K, N]: readonly number[]): BenchCase<LinearArgs> => ({
  shapes: [[M, K], [N, K], [N]],
  args: null,
  flops: 2 * M * K * N,
  sizes: `${M}x${K}x${N}`,
});

const matmulSpec = defineSpec<MatmulArgs>({
  op: 'matmul',
  inputs: [A, B],
  gpu: ([a, b], args) => matmul(a, b, args),
  cpu: ([a, b], args) => {
    const [row, column] = [a.shape.length === 1, b.shape.length === 1]; // vectors: a row, a column
    const c = matmulReference(
      row ? hostTensor([1, ...a.shape], a.data) : a,
      column ? hostTensor([...b.shape, 1], b.data) : b,
      args,
    );
    const lead = c.shape.slice(0, -2);
    return hostTensor(
      [...lead, ...(row ? [] : [c.shape[lead.length]]), ...(column ? [] : [c.shape[lead.length + 1]])],
      c.data,
    );
  },
  trials: [matmulTrials],
  bench: [timedProduct([256, 256, 256]), timedProduct([512, 512, 512])],
  benchSizes: { letters: 'MxKxN', case: timedProduct },
  cases: [
    ...PRODUCTS.flatMap((sizes) => TRANSPOSES.map((t) => product(sizes, t))),
    { ...product([33, 47, 29], {}), selfCheck: true },
    product([1, 1021, 1], {}),
    product([0, 3, 2], {}),
    product([2, 0, 3], {}),
    ...TRANSPOSES.flatMap((t) => [
      product([5, 7, 9], t, [3]),
      product([5, 8, 4], t, [3], []),
      product([5, 8, 4], t, [], [3]),
    ]),
    product([3, 5, 2], {}, [2, 3]),
    ...TRANSPOSES.flatMap((t) => [
      product([3, 5, 4], t, [2, 1], [3]),
      product([3, 5, 4], t, [2, 3], [3]),
      product([3, 5, 4], t, [1], [2, 3]),
    ]),
    product([3, 5, 4], {}, [2, 3], [2, 1]),
    product([2, 3, 4], {}, [0], [1]),
    { shapes: [[7], [7]], args: {} },
    { shapes: [[7], [7, 5]], args: {} },
    { shapes: [[3, 2, 7], [7]], args: {} },
    { shapes: [[7], [3, 7, 2]], args: {} },
  ],
});

const addmmSpec = defineSpec<AddmmOptions>({
  op: 'addmm',
  inputs: [{ name: 'input', domain: UNIT }, A, B],
  gpu: ([input, a, b], args) => addmm(input, a, b, args),
  cpu: ([input, a, b], { beta = 1, alpha = 1 }) => {
    const scale = (x: HostTensor, factor: number): HostTensor => binaryReference('mul', x, hostTensor([], [factor]));
    return binaryReference('add', scale(input, beta), scale(matmulReference(a, b), alpha));
  },
  bench: [timedAddmm([256, 256, 256])],
  benchSizes: { letters: 'MxKxN', case: timedAddmm },
  cases: [
    { shapes: [[5], [3, 4], [4, 5]], args: {} },
    {
      shapes: [
        [3, 5],
        [3, 4],
        [4, 5],
      ],
      args: { beta: 0.5, alpha: 2 },
    },
    {
      shapes: [
        [3, 1],
        [3, 4],
        [4, 5],
      ],
      args: { alpha: -1 },
    },
    { shapes: [[], [17, 33], [33, 1]], args: { beta: 0 } },
  ],
});

const withActivation = (activation: FusedActivation | 'gelu'): OpCase<LinearArgs> => ({
  shapes: [[17, 12], [33, 12], [33]],
  args: { activation },
});

const linearSpec = defineSpec<LinearArgs>({
  op: 'linear',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias], args) => linear(x, w, bias, args ?? {}),
  cpu: ([x, w, bias], args) => {
    const y = linearReference(x, w, bias ?? null);
    return args?.activation === undefined ? y : unaryReference(args.activation, y, [0, 0]);
  },
  bench: [timedLinear([64, 3136, 128])],
  benchSizes: { letters: 'MxKxN', case: timedLinear },
  cases: [
    { shapes: [[1, 1], [1, 1], [1]], args: null },
    { shapes: [[33, 65], [10, 65], [10]], args: null },
    {
      shapes: [
        [17, 64],
        [33, 64],
      ],
      args: null,
    },
    { shapes: [[2, 5, 12], [8, 12], [8]], args: null },
    { shapes: [[7], [3, 7], [3]], args: null },
    { shapes: [[4, 0], [3, 0], [3]], args: null }, // a sum of nothing, and the bias
    { shapes: [[0, 2, 7], [3, 7], [3]], args: null },
    ...(['relu', 'tanh', 'sigmoid', 'gelu'] as const).map(withActivation),
  ],
});

export const denseSpecs: readonly OpSpec[] = [matmulSpec, addmmSpec, linearSpec];

/** Cases of matrix products, convolution and pooling. */
import { addmm, avgPool2d, conv2d, linear, matmul, maxPool2d, type AddmmOptions, type LinearOptions } from '../../../src/autograd/ops/index.js';
import type { Conv2dVariant } from '../../../src/kernels/conv2d.js';
import {
  conv2d as conv2dReference, conv2dBackwardBias, conv2dBackwardInput, conv2dBackwardWeight, type Conv2dArgs,
} from '../../../src/kernels/cpu/conv2d.js';
import { binary as binaryReference, unary as unaryReference } from '../../../src/kernels/cpu/elementwise.js';
import { hostTensor, type HostTensor } from '../../../src/kernels/cpu/host_tensor.js';
import { linear as linearReference, matmul as matmulReference, type MatmulArgs } from '../../../src/kernels/cpu/matmul.js';
import {
  avgPool2d as avgPool2dReference, avgPool2dBackward, maxPool2d as maxPool2dReference, maxPool2dBackward, type Pool2dArgs,
} from '../../../src/kernels/cpu/pool2d.js';
import type { FusedActivation } from '../../../src/kernels/matmul.js';
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
  cpu: ([a, b], args) => {
    const [row, column] = [a.shape.length === 1, b.shape.length === 1]; // vectors: a row, a column
    const c = matmulReference(row ? hostTensor([1, ...a.shape], a.data) : a, column ? hostTensor([...b.shape, 1], b.data) : b, args);
    const lead = c.shape.slice(0, -2);
    return hostTensor([...lead, ...(row ? [] : [c.shape[lead.length]]), ...(column ? [] : [c.shape[lead.length + 1]])], c.data);
  },
  cases: [
    ...PRODUCTS.flatMap((sizes) => TRANSPOSES.map((t) => product(sizes, t))),
    product([1, 1021, 1], {}),
    product([0, 3, 2], {}),
    product([2, 0, 3], {}),
    ...TRANSPOSES.flatMap((t) => [product([5, 7, 9], t, [3]), product([5, 8, 4], t, [3], []), product([5, 8, 4], t, [], [3])]),
    product([3, 5, 2], {}, [2, 3]),
    ...TRANSPOSES.flatMap((t) => [product([3, 5, 4], t, [2, 1], [3]), product([3, 5, 4], t, [2, 3], [3]), product([3, 5, 4], t, [1], [2, 3])]),
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
  cases: [
    { shapes: [[5], [3, 4], [4, 5]], args: {} },
    { shapes: [[3, 5], [3, 4], [4, 5]], args: { beta: 0.5, alpha: 2 } },
    { shapes: [[3, 1], [3, 4], [4, 5]], args: { alpha: -1 } },
    { shapes: [[], [17, 33], [33, 1]], args: { beta: 0 } },
  ],
});

type LinearArgs = LinearOptions | null;
const withActivation = (activation: FusedActivation | 'gelu'): OpCase<LinearArgs> => ({ shapes: [[17, 12], [33, 12], [33]], args: { activation } });

const linearSpec = defineSpec<LinearArgs>({
  op: 'linear',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias], args) => linear(x, w, bias, args ?? {}),
  cpu: ([x, w, bias], args) => {
    const y = linearReference(x, w, bias ?? null);
    return args?.activation === undefined ? y : unaryReference(args.activation, y, [0, 0]);
  },
  cases: [
    { shapes: [[1, 1], [1, 1], [1]], args: null },
    { shapes: [[33, 65], [10, 65], [10]], args: null },
    { shapes: [[17, 64], [33, 64]], args: null },
    { shapes: [[2, 5, 12], [8, 12], [8]], args: null },
    { shapes: [[7], [3, 7], [3]], args: null },
    { shapes: [[4, 0], [3, 0], [3]], args: null }, // a sum of nothing, and the bias
    { shapes: [[0, 2, 7], [3, 7], [3]], args: null },
    ...(['relu', 'tanh', 'sigmoid', 'gelu'] as const).map(withActivation),
  ],
});

type ConvArgs = Conv2dArgs & { readonly variant?: Conv2dVariant };

/** x, w, with or without bias. */
const CONVOLUTIONS: readonly OpCase<Conv2dArgs>[] = [
  { shapes: [[1, 1, 1, 1], [1, 1, 1, 1], [1]], args: {} },
  { shapes: [[2, 3, 7, 5], [5, 3, 3, 3], [5]], args: { padding: [1, 1] } },
  { shapes: [[3, 2, 13, 11], [17, 2, 5, 5], [17]], args: { stride: [2, 2], padding: [2, 2] } },
  { shapes: [[2, 3, 9, 12], [4, 3, 3, 2]], args: { stride: [2, 3], padding: [1, 0], dilation: [1, 2] } },
  { shapes: [[1, 2, 11, 11], [3, 2, 3, 3]], args: { stride: [3, 3], dilation: [2, 2], padding: [3, 2] } },
  { shapes: [[3, 4, 8, 9], [6, 2, 3, 3], [6]], args: { groups: 2 } },
  { shapes: [[2, 5, 6, 7], [5, 1, 3, 3]], args: { groups: 5, padding: [1, 1] } },
  { shapes: [[67, 1, 6, 6], [2, 1, 3, 3], [2]], args: {} }, // more images than parts of the weight's gradient
  { shapes: [[2, 17, 5, 5], [33, 17, 1, 1], [33]], args: {} },
  { shapes: [[1, 33, 4, 4], [65, 33, 3, 3]], args: { padding: [1, 1] } },
  { shapes: [[2, 3, 6, 5], [7, 3, 6, 5], [7]], args: {} }, // the window is the image
  { shapes: [[2, 1, 3, 3], [1, 1, 3, 3]], args: { padding: [3, 3] } }, // outputs that see padding alone
];

const conv2dSpec = defineSpec<ConvArgs>({
  op: 'conv2d',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias], args) => conv2d(x, w, bias, args),
  cpu: ([x, w, bias], args) => conv2dReference(x, w, bias ?? null, args),
  cpuBackward: (dy, [x, w, bias], args) => [
    conv2dBackwardInput(dy, w, x.shape, args),
    conv2dBackwardWeight(x, dy, w.shape, args),
    ...(bias === undefined ? [] : [conv2dBackwardBias(dy)]),
  ],
  cases: CONVOLUTIONS.flatMap((c) => [c, { ...c, args: { ...c.args, variant: 'naive' as const } }]),
});

const POOLS: readonly OpCase<Pool2dArgs>[] = [
  { shapes: [[1, 1, 1, 1]], args: { kernelSize: [1, 1] } },
  { shapes: [[2, 3, 8, 6]], args: { kernelSize: [2, 2] } },
  { shapes: [[3, 5, 13, 11]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] } },
  { shapes: [[1, 2, 9, 7]], args: { kernelSize: [4, 2], stride: [1, 3], padding: [2, 1] } },
];

const maxPool2dSpec = defineSpec<Pool2dArgs>({
  op: 'max_pool2d',
  inputs: [{ name: 'x', domain: { low: -2, high: -1, distinct: true } }], // below 0: padding would win if it counted
  gpu: ([x], args) => maxPool2d(x, args),
  cpu: ([x], args) => maxPool2dReference(x, args),
  cpuBackward: (dy, [x], args) => [maxPool2dBackward(dy, x, args)],
  cases: POOLS,
});

const avgPool2dSpec = defineSpec<Pool2dArgs>({
  op: 'avg_pool2d',
  inputs: [X],
  gpu: ([x], args) => avgPool2d(x, args),
  cpu: ([x], args) => avgPool2dReference(x, args),
  cpuBackward: (dy, [x], args) => [avgPool2dBackward(dy, x.shape, args)],
  cases: POOLS,
});

export const denseSpecs: readonly OpSpec[] = [matmulSpec, addmmSpec, linearSpec, conv2dSpec, maxPool2dSpec, avgPool2dSpec];

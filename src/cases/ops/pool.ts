/** Cases of pooling. Each geometry is a pipeline of its own, so they are few and each has several peculiarities. */
import { adaptiveAvgPool2d, adaptiveMaxPool2d, avgPool2d, maxPool2d } from '../../autograd/ops/index.js';
import { pool2dTrials } from '../../kernels/pool2d/trial.js';
import * as reference from '../../kernels/pool2d/reference.js';
import type { AvgPool2dArgs, MaxPool2dArgs, Pool2dArgs } from '../../kernels/pool2d/reference.js';
import { UNIT, type Domain } from '../draw.js';
import { defineSpec, inFours, type OpCase, type OpSpec } from '../spec.js';

/** Below 0: padding would win if it counted. */
const BELOW_ZERO: Domain = { low: -2, high: -1, distinct: true };

/** On both sides of 0, and nothing at 0. */
const AROUND_ZERO: Domain = { low: -2, high: 1.5, distinct: true };

const POOLS: readonly OpCase<Pool2dArgs>[] = [
  { shapes: [[1, 1, 1, 1]], args: { kernelSize: [1, 1] } },
  { shapes: [[2, 3, 8, 6]], args: { kernelSize: [2, 2] } },
  { shapes: [[3, 5, 13, 11]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] }, selfCheck: true },
  { shapes: [[1, 2, 9, 7]], args: { kernelSize: [4, 2], stride: [1, 3], padding: [2, 1] } },
  { shapes: [[2, 2, 7, 9]], args: { kernelSize: [3, 3], stride: [2, 2] } }, // AlexNet's: windows share a row
  { shapes: [[2, 3, 5, 6]], args: { kernelSize: [2, 2], stride: [1, 1] } },
  // the last windows reach out
  { shapes: [[1, 3, 6, 8]], args: { kernelSize: [3, 3], stride: [2, 2], ceilMode: true } },
  // a last window that would see padding alone
  { shapes: [[2, 1, 5, 7]], args: { kernelSize: [2, 2], stride: [3, 4], padding: [1, 1], ceilMode: true } },
  { shapes: [[0, 3, 4, 4]], args: { kernelSize: [2, 2] } },
  { shapes: [[5, 13, 7, 5]], args: { kernelSize: [7, 5] } }, // the whole plane
  { shapes: [[3, 5, 6, 12]], args: { kernelSize: [2, 2] } }, // two windows to a vector
  { shapes: [[2, 17, 7, 8]], args: { kernelSize: [2, 2] } }, // the last row is in none
  { shapes: [[1, 3, 5, 10]], args: { kernelSize: [2, 2] } },
  { shapes: [[1, 3, 7, 9]], args: { kernelSize: [3, 3] } }, // disjoint, larger
];

const FOURS_POOLS: readonly OpCase<Pool2dArgs>[] = inFours([
  { shapes: [[2, 8, 7, 9]], args: { kernelSize: [3, 3], stride: [2, 2] } },
  { shapes: [[3, 4, 13, 11]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] } },
  { shapes: [[1, 12, 6, 8]], args: { kernelSize: [3, 3], stride: [2, 2], ceilMode: true } },
  { shapes: [[2, 8, 7, 8]], args: { kernelSize: [2, 2] } }, // the last row is in none
  { shapes: [[1, 4, 9, 7]], args: { kernelSize: [4, 2], stride: [1, 3], padding: [2, 1] } },
  { shapes: [[2, 4, 5, 7]], args: { kernelSize: [2, 2], stride: [3, 4], padding: [1, 1], ceilMode: true } },
  { shapes: [[3, 12, 7, 5]], args: { kernelSize: [7, 5] } }, // the whole plane: y is no fours any more
]);

const MAX_POOLS: readonly OpCase<MaxPool2dArgs>[] = [
  { shapes: [[2, 2, 9, 8]], args: { kernelSize: [3, 2], stride: [1, 2], dilation: [2, 3], padding: [1, 1] } },
  {
    shapes: [[1, 3, 10, 9]],
    args: { kernelSize: [2, 3], stride: [3, 2], dilation: [3, 2], padding: [1, 0], ceilMode: true },
  },
  // disjoint, with gaps within windows
  { shapes: [[1, 2, 8, 8]], args: { kernelSize: [2, 2], stride: [4, 4], dilation: [2, 2] } },
  { shapes: [[2, 3, 8, 12]], args: { kernelSize: [2, 2], activation: 'relu' } },
  { shapes: [[2, 3, 6, 6]], args: { kernelSize: [2, 2], activation: 'relu' } },
  { shapes: [[2, 3, 6, 7]], args: { kernelSize: [2, 2], activation: 'relu' } },
  { shapes: [[2, 2, 9, 8]], args: { kernelSize: [3, 2], stride: [2, 1], padding: [1, 0], activation: 'relu' } },
];

const AVG_POOLS: readonly OpCase<AvgPool2dArgs>[] = [
  { shapes: [[2, 2, 7, 8]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], countIncludePad: false } },
  { shapes: [[2, 2, 6, 7]], args: { kernelSize: [3, 2], stride: [2, 2], padding: [1, 1], ceilMode: true } },
  {
    shapes: [[2, 2, 6, 7]],
    args: { kernelSize: [3, 2], stride: [2, 2], padding: [1, 1], ceilMode: true, countIncludePad: false },
  },
  { shapes: [[1, 2, 6, 8]], args: { kernelSize: [2, 2], divisorOverride: 3 } },
  { shapes: [[1, 2, 7, 5]], args: { kernelSize: [3, 3], stride: [1, 2], padding: [1, 1], divisorOverride: -5 } },
];

const maxPool2dSpec = defineSpec<MaxPool2dArgs>({
  op: 'max_pool2d',
  inputs: [{ name: 'x', domain: (_, args) => ((args as MaxPool2dArgs).activation ? AROUND_ZERO : BELOW_ZERO) }],
  gpu: ([x], args) => maxPool2d(x, args),
  cpu: ([x], args) => reference.maxPool2d(x, args),
  cpuBackward: (dy, [x], args) => [reference.maxPool2dBackward(dy, x, args)],
  trials: [pool2dTrials],
  bench: [{ shapes: [[64, 32, 28, 28]], args: { kernelSize: [2, 2] } }],
  cases: [
    ...POOLS,
    ...MAX_POOLS,
    ...FOURS_POOLS,
    ...inFours<MaxPool2dArgs>([
      { shapes: [[2, 8, 9, 8]], args: { kernelSize: [3, 2], stride: [1, 2], dilation: [2, 3], padding: [1, 1] } },
      { shapes: [[2, 4, 6, 7]], args: { kernelSize: [2, 2], activation: 'relu' } },
      { shapes: [[2, 8, 9, 8]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], activation: 'relu' } },
    ]),
  ],
});

const avgPool2dSpec = defineSpec<AvgPool2dArgs>({
  op: 'avg_pool2d',
  inputs: [{ name: 'x', domain: UNIT }],
  gpu: ([x], args) => avgPool2d(x, args),
  cpu: ([x], args) => reference.avgPool2d(x, args),
  cpuBackward: (dy, [x], args) => [reference.avgPool2dBackward(dy, x.shape, args)],
  bench: [{ shapes: [[64, 32, 28, 28]], args: { kernelSize: [2, 2] } }],
  cases: [
    ...POOLS,
    ...AVG_POOLS,
    ...FOURS_POOLS,
    ...inFours<AvgPool2dArgs>([
      { shapes: [[2, 8, 7, 8]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], countIncludePad: false } },
      { shapes: [[1, 4, 6, 8]], args: { kernelSize: [2, 2], divisorOverride: 3 } },
      { shapes: [[2, 16, 6, 8]], args: { kernelSize: [1, 1], stride: [2, 2] } }, // a residual network's shortcut
    ]),
  ],
});

/** A null is the size of x. */
interface AdaptiveArgs {
  readonly outputSize: readonly [number | null, number | null];
}

const sizes = ({ outputSize }: AdaptiveArgs, x: { readonly shape: readonly number[] }): [number, number] => [
  outputSize[0] ?? x.shape[2],
  outputSize[1] ?? x.shape[3],
];

const ADAPTIVE: readonly OpCase<AdaptiveArgs>[] = [
  { shapes: [[1, 1, 1, 1]], args: { outputSize: [1, 1] } },
  { shapes: [[3, 17, 7, 5]], args: { outputSize: [1, 1] } }, // global
  { shapes: [[2, 3, 8, 6]], args: { outputSize: [4, 3] } }, // windows of one size
  { shapes: [[2, 3, 13, 10]], args: { outputSize: [6, 4] } }, // windows of several sizes, which overlap
  { shapes: [[1, 2, 3, 5]], args: { outputSize: [7, 6] } }, // larger than x: rows repeat
  { shapes: [[2, 2, 7, 6]], args: { outputSize: [3, null] } },
  { shapes: [[0, 2, 7, 6]], args: { outputSize: [3, 4] } },
  ...inFours<AdaptiveArgs>([
    { shapes: [[3, 20, 7, 5]], args: { outputSize: [1, 1] } },
    { shapes: [[2, 4, 13, 10]], args: { outputSize: [6, 4] } },
    { shapes: [[2, 8, 7, 6]], args: { outputSize: [3, null] } },
  ]),
];

const adaptiveMaxPool2dSpec = defineSpec<AdaptiveArgs>({
  op: 'adaptive_max_pool2d',
  inputs: [{ name: 'x', domain: BELOW_ZERO }],
  gpu: ([x], args) => adaptiveMaxPool2d(x, args.outputSize),
  cpu: ([x], args) => reference.adaptiveMaxPool2d(x, sizes(args, x)),
  cpuBackward: (dy, [x], args) => [reference.adaptiveMaxPool2dBackward(dy, x, sizes(args, x))],
  bench: [{ shapes: [[64, 32, 28, 28]], args: { outputSize: [7, 7] } }],
  cases: ADAPTIVE,
});

const adaptiveAvgPool2dSpec = defineSpec<AdaptiveArgs>({
  op: 'adaptive_avg_pool2d',
  inputs: [{ name: 'x', domain: UNIT }],
  gpu: ([x], args) => adaptiveAvgPool2d(x, args.outputSize),
  cpu: ([x], args) => reference.adaptiveAvgPool2d(x, sizes(args, x)),
  cpuBackward: (dy, [x], args) => [reference.adaptiveAvgPool2dBackward(dy, x.shape, sizes(args, x))],
  bench: [{ shapes: [[64, 32, 28, 28]], args: { outputSize: [1, 1] } }],
  cases: ADAPTIVE,
});

export const poolSpecs: readonly OpSpec[] = [
  maxPool2dSpec,
  avgPool2dSpec,
  adaptiveMaxPool2dSpec,
  adaptiveAvgPool2dSpec,
];

/** Cases of batch, layer, group and local response normalisation. */
import { batchNorm, groupNorm, layerNorm, localResponseNorm } from '../../autograd/ops/index.js';
import {
  batchNorm as batchNormReference,
  batchNormBackward,
  batchStatistics,
  normEpilogue,
  type ChannelStatistics,
} from '../../kernels/norm/batch_norm_reference.js';
import {
  groupNorm as groupNormReference,
  groupNormBackward,
  layerNorm as layerNormReference,
  layerNormBackward,
} from '../../kernels/norm/group_norm_reference.js';
import { momentsTrials } from '../../kernels/norm/trial.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import {
  localResponseNorm as lrnReference,
  localResponseNormBackward,
} from '../../kernels/norm/local_response_norm_reference.js';
import type { LrnSettings } from '../../kernels/norm/local_response_norm.js';
import { UNIT, upload } from '../draw.js';
import { defineSpec, inFours, type OpCase, type OpSpec } from '../spec.js';

const X = { name: 'x', domain: { low: -1, high: 2 } };
const W = { name: 'w', domain: UNIT };
const BIAS = { name: 'bias', domain: UNIT };

/**
 * Where a variance is of two numbers, its root is nearly 0 here and there and every gradient with it; eps keeps it away
 * from 0.
 */
const LARGE_EPS = 0.1;

/** Running statistics of tests that evaluate: the same formula as in test/golden/make_norm.py. */
function runningStatistics(C: number): ChannelStatistics {
  const of = (f: (c: number) => number): HostTensor =>
    hostTensor(
      [C],
      Array.from({ length: C }, (_, c) => Math.fround(f(c))),
    );
  return { mean: of((c) => ((c * 37) % 11) / 8 - 0.5), variance: of((c) => 0.5 + ((c * 29) % 7) / 8) };
}

interface BatchNormArgs {
  readonly training: boolean;
  readonly eps?: number;
  readonly activation?: 'relu';
}

/** x, weight, bias and a residual. */
const withResidual = (shape: readonly number[], args: BatchNormArgs): OpCase<BatchNormArgs> => ({
  shapes: [shape, [shape[1]], [shape[1]], shape],
  args,
});

const statisticsOf = (x: HostTensor, { training }: BatchNormArgs): ChannelStatistics =>
  training ? batchStatistics(x) : runningStatistics(x.shape[1]);

const batch = (shape: readonly number[], affine: number, args: BatchNormArgs): OpCase<BatchNormArgs> => ({
  shapes: [shape, ...[[shape[1]], [shape[1]]].slice(0, affine)],
  args,
});

const batchNormSpec = defineSpec<BatchNormArgs>({
  op: 'batch_norm',
  inputs: [X, W, BIAS, { name: 'residual', domain: UNIT }],
  gpu: ([x, w, bias, residual], { training, eps, activation }) => {
    const { mean, variance } = runningStatistics(x.shape[1]);
    const [m, v] = training ? [null, null] : [upload(x.device, mean), upload(x.device, variance)];
    return batchNorm(x, m, v, w, bias, { training, residual, activation, ...(eps === undefined ? {} : { eps }) });
  },
  cpu: ([x, w, bias, residual], args) =>
    normEpilogue(
      batchNormReference(x, statisticsOf(x, args), w ?? null, bias ?? null, args.eps ?? 1e-5),
      residual ?? null,
      args.activation === 'relu',
    ),
  cpuBackward: (dy, inputs, args) => {
    const [x, w, bias, residual] = inputs;
    const s = statisticsOf(x, args);
    const before = normEpilogue(
      batchNormReference(x, s, w ?? null, bias ?? null, args.eps ?? 1e-5),
      residual ?? null,
      false,
    );
    const d =
      args.activation === 'relu'
        ? hostTensor(
            dy.shape,
            dy.data.map((v, i) => (before.data[i] > 0 ? v : 0)),
          )
        : dy;
    return [...batchNormBackward(d, x, s, w ?? null, args.eps ?? 1e-5, args.training), d].slice(0, inputs.length);
  },
  trials: [momentsTrials],
  bench: [
    { shapes: [[64, 32, 28, 28], [32], [32]], args: { training: true } },
    { shapes: [[64, 32, 28, 28], [32], [32]], args: { training: false }, note: 'eval' },
  ],
  cases: [
    batch([7, 5], 2, { training: true }),
    batch([2, 1], 2, { training: true, eps: LARGE_EPS }),
    batch([67, 17], 2, { training: true }), // around the 16 channels of a workgroup
    batch([64, 16], 1, { training: true }),
    batch([1, 3, 7], 2, { training: true }),
    batch([3, 4, 5], 0, { training: true }),
    batch([2, 3, 7, 7], 2, { training: true }),
    batch([5, 67, 2, 2], 2, { training: true }), // vec4f, a plane is one
    batch([5, 19, 3], 1, { training: true }),
    batch([3, 17, 4, 4], 2, { training: true }), // four vec4f
    { ...batch([4, 3, 8, 12], 2, { training: true }), selfCheck: true },
    batch([2, 1, 65, 67], 2, { training: true }), // a channel split over workgroups
    batch([3, 2, 64, 64], 2, { training: true }),
    batch([3, 1200, 1], 2, { training: true }),
    // more than 65,535 workgroups
    { ...batch([2, 66000, 2], 2, { training: true, eps: LARGE_EPS }), forwardOnly: true },
    batch([0, 3, 2, 2], 2, { training: true }),
    batch([7, 5], 2, { training: false }),
    batch([1, 1, 1, 1], 2, { training: false }),
    batch([2, 3, 7, 5], 0, { training: false }),
    batch([2, 3, 4, 6], 2, { training: false }),
    batch([0, 3], 2, { training: false }),
    batch([7, 5], 2, { training: true, activation: 'relu' }),
    batch([5, 67, 2, 2], 1, { training: true, activation: 'relu' }),
    batch([3, 2, 16, 16], 0, { training: false, activation: 'relu' }),
    withResidual([5, 19, 3], { training: true }),
    withResidual([4, 3, 8, 12], { training: true, activation: 'relu' }),
    withResidual([2, 1, 65, 67], { training: true, activation: 'relu' }),
    withResidual([2, 3, 7, 5], { training: false, activation: 'relu' }),
    withResidual([0, 3, 2, 2], { training: true, activation: 'relu' }),
    ...inFours([
      batch([2, 8, 7, 5], 2, { training: true }),
      batch([5, 68, 2, 2], 1, { training: true, activation: 'relu' }), // small planes: many channels a workgroup
      batch([3, 4, 1, 3], 0, { training: true }),
      batch([2, 4, 65, 67], 2, { training: true }), // a channel split over workgroups
      batch([1, 132, 1, 2], 2, { training: true, eps: LARGE_EPS }),
      batch([2, 4, 4, 6], 0, { training: false, activation: 'relu' }),
      withResidual([4, 12, 8, 12], { training: true, activation: 'relu' }),
      withResidual([2, 4, 33, 31], { training: true }),
      withResidual([2, 8, 7, 5], { training: false, activation: 'relu' }),
    ]),
  ],
});

interface LayerNormArgs {
  readonly normalizedShape: readonly number[];
  readonly eps?: number;
}

const layer = (
  lead: readonly number[],
  normalizedShape: readonly number[],
  affine = 2,
  eps?: number,
): OpCase<LayerNormArgs> => ({
  shapes: [[...lead, ...normalizedShape], ...[normalizedShape, normalizedShape].slice(0, affine)],
  args: { normalizedShape, ...(eps === undefined ? {} : { eps }) },
});

const layerNormSpec = defineSpec<LayerNormArgs>({
  op: 'layer_norm',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias], { normalizedShape, eps }) =>
    layerNorm(x, normalizedShape, w, bias, eps === undefined ? {} : { eps }),
  cpu: ([x, w, bias], { normalizedShape, eps }) =>
    layerNormReference(x, normalizedShape, w ?? null, bias ?? null, eps ?? 1e-5),
  cpuBackward: (dy, inputs, { normalizedShape, eps }) =>
    layerNormBackward(dy, inputs[0], normalizedShape, inputs[1] ?? null, eps ?? 1e-5).slice(0, inputs.length),
  bench: [{ shapes: [[1024, 512], [512], [512]], args: { normalizedShape: [512] } }],
  cases: [
    layer([], [7]),
    layer([3], [1], 2, LARGE_EPS),
    layer([5], [3]),
    layer([9, 4], [16]),
    layer([67], [33], 0),
    layer([2, 3], [4, 5], 1),
    layer([3], [2, 3, 5]),
    layer([3], [1025]), // a workgroup a row
    layer([2], [4096]),
    layer([9001], [1], 2, LARGE_EPS), // a weight's gradient is split over workgroups
    layer([0], [3]),
  ],
});

interface GroupNormArgs {
  readonly numGroups: number;
  readonly eps?: number;
}

const group = (shape: readonly number[], numGroups: number, affine = 2): OpCase<GroupNormArgs> => ({
  shapes: [shape, ...[[shape[1]], [shape[1]]].slice(0, affine)],
  args: { numGroups },
});

const groupNormSpec = defineSpec<GroupNormArgs>({
  op: 'group_norm',
  inputs: [X, W, BIAS],
  gpu: ([x, w, bias], { numGroups, eps }) => groupNorm(x, numGroups, w, bias, eps === undefined ? {} : { eps }),
  cpu: ([x, w, bias], { numGroups, eps }) => groupNormReference(x, numGroups, w ?? null, bias ?? null, eps ?? 1e-5),
  cpuBackward: (dy, inputs, { numGroups, eps }) =>
    groupNormBackward(dy, inputs[0], numGroups, inputs[1] ?? null, eps ?? 1e-5).slice(0, inputs.length),
  bench: [{ shapes: [[16, 32, 28, 28], [32], [32]], args: { numGroups: 8 } }],
  cases: [
    group([3, 6], 2),
    group([2, 12], 3), // four numbers a row
    { ...group([2, 4, 1], 4), args: { numGroups: 4, eps: LARGE_EPS } },
    group([2, 6, 5, 3], 3),
    group([2, 6, 4, 3], 1),
    group([3, 4, 2, 2], 4, 0),
    group([1, 10, 7], 5, 1),
    group([2, 6, 13, 31], 3), // a workgroup a row
    group([2, 4, 32, 32], 2),
    group([0, 4, 3], 2),
  ],
});

const LRN: LrnSettings = { size: 5, alpha: 1e-4, beta: 0.75, k: 1 };

const localResponseNormSpec = defineSpec<LrnSettings>({
  op: 'local_response_norm',
  inputs: [X],
  gpu: ([x], { size, ...options }) => localResponseNorm(x, size, options),
  cpu: ([x], s) => lrnReference(x, s),
  cpuBackward: (dy, [x], s) => [localResponseNormBackward(dy, x, s)],
  bench: [{ shapes: [[4, 96, 27, 27]], args: { size: 5, alpha: 1e-4, beta: 0.75, k: 1 } }],
  cases: [
    { shapes: [[1, 1, 1]], args: LRN },
    { shapes: [[2, 7, 3, 5]], args: { ...LRN, alpha: 0.9, k: 2 } },
    { shapes: [[2, 6, 13]], args: { size: 4, alpha: 0.5, beta: 0.6, k: 1.5 } }, // an even window reaches further back
    { shapes: [[3, 3, 4, 4]], args: { size: 9, alpha: 2, beta: 1.25, k: 0.5 } }, // wider than there are channels
    { shapes: [[1, 35, 3]], args: { ...LRN, alpha: 0.9 } }, // channels of several threads
    { shapes: [[2, 3, 2, 2]], args: { size: 1, alpha: 1, beta: 0.75, k: 1 } },
    { shapes: [[0, 3, 2]], args: LRN },
  ],
});

export const normSpecs: readonly OpSpec[] = [batchNormSpec, layerNormSpec, groupNormSpec, localResponseNormSpec];

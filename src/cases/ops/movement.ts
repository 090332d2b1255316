/** Cases of the ops that move numbers, and of dropout. */
import { cast, cat, dropout, expand, permute, reshape, slice } from '../../autograd/ops/index.js';
import { dropoutMask } from '../../kernels/random/philox.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import * as reference from '../../kernels/movement/reference.js';
import { manualSeed } from '../../kernels/random/random.js';
import { UNIT } from '../draw.js';
import { defineSpec, inFours, type OpSpec } from '../spec.js';

const X = { name: 'x', domain: UNIT };

const permuteSpec = defineSpec<{ readonly order: readonly number[] }>({
  op: 'permute',
  inputs: [X],
  gpu: ([x], { order }) => permute(x, order),
  cpu: ([x], { order }) => reference.permute(x, order),
  bench: [{ shapes: [[64, 128, 128]], args: { order: [0, 2, 1] } }],
  cases: [
    { shapes: [[1]], args: { order: [0] } },
    { shapes: [[33, 65]], args: { order: [1, 0] } },
    { shapes: [[3, 5, 7]], args: { order: [2, 0, 1] }, selfCheck: true },
    { shapes: [[3, 5, 7]], args: { order: [1, 2, 0] } },
    { shapes: [[2, 3, 2, 3, 2]], args: { order: [4, 2, 0, 3, 1] } },
    { shapes: [[3, 0, 2]], args: { order: [2, 1, 0] } },
    ...inFours([
      { shapes: [[2, 8, 3, 5]], args: { order: [0, 2, 3, 1] } }, // to channels that come last
      { shapes: [[2, 3, 5, 8]], args: { order: [0, 3, 1, 2] } }, // and back
      { shapes: [[2, 4, 6, 8]], args: { order: [0, 3, 1, 2] }, forwardOnly: true as const }, // its gradient is no such
      { shapes: [[3, 8, 2, 5]], args: { order: [1, 0, 3, 2] }, forwardOnly: true as const },
    ]),
  ],
});

interface SliceCase {
  readonly dim: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}

/** A place counted from the front. */
const placed = (x: HostTensor, dim: number, at: number): number => (at < 0 ? Math.max(0, at + x.shape[dim]) : at);

const sliceSpec = defineSpec<SliceCase>({
  op: 'slice',
  inputs: [X],
  gpu: ([x], { dim, start, end, step }) => slice(x, dim, start, end, step),
  cpu: ([x], { dim, start, end, step }) => reference.slice(x, dim, placed(x, dim, start), placed(x, dim, end), step),
  bench: [
    { shapes: [[64, 128, 128]], args: { dim: 1, start: 32, end: 96 }, bytes: 4 * 2 * 64 * 64 * 128 },
    {
      shapes: [[64, 128, 128]],
      args: { dim: 1, start: 0, end: 128, step: 2 },
      note: 'step 2',
      bytes: 4 * 2 * 64 * 64 * 128,
    },
  ],
  benchSizes: null,
  cases: [
    { shapes: [[1]], args: { dim: 0, start: 0, end: 1 } },
    { shapes: [[7, 13]], args: { dim: 0, start: 3, end: 6 } }, // contiguous: a copy, not a kernel
    { shapes: [[7, 13]], args: { dim: 1, start: 5, end: 13 } },
    { shapes: [[3, 65, 5]], args: { dim: 1, start: 1, end: 64 } },
    { shapes: [[3, 4]], args: { dim: 1, start: 2, end: 2 } }, // nothing
    { shapes: [[67]], args: { dim: 0, start: 0, end: 67, step: 2 } },
    { shapes: [[7, 13]], args: { dim: 1, start: 1, end: 12, step: 5 } },
    { shapes: [[65, 3]], args: { dim: 0, start: -60, end: -1, step: 3 } },
    { shapes: [[3, 9, 5]], args: { dim: 1, start: -99, end: 9, step: 20 } }, // one entry
    { shapes: [[3, 4]], args: { dim: 1, start: 4, end: 4, step: 2 } }, // nothing
  ],
});

const catSpec = defineSpec<{ readonly dim: number }>({
  op: 'cat',
  inputs: [X],
  gpu: (parts, { dim }) => cat(parts, dim),
  cpu: (parts, { dim }) => reference.cat(parts, dim),
  bench: [
    {
      shapes: [
        [64, 64, 128],
        [64, 64, 128],
      ],
      args: { dim: 1 },
    },
  ],
  cases: [
    { shapes: [[1]], args: { dim: 0 } },
    {
      shapes: [
        [3, 5],
        [4, 5],
      ],
      args: { dim: 0 },
    },
    {
      shapes: [
        [3, 5],
        [3, 1],
        [3, 7],
      ],
      args: { dim: 1 },
    },
    {
      shapes: [
        [2, 3, 5],
        [2, 4, 5],
      ],
      args: { dim: 1 },
    },
    {
      shapes: [
        [2, 0],
        [2, 3],
      ],
      args: { dim: 1 },
    },
    { shapes: [4, 8, 4].map((C) => [3, C, 5, 3]), args: { dim: 1 } }, // runs of vec4s
    { shapes: [3, 1].map((n) => [2, 5, n, 4]), args: { dim: 2 } },
    ...inFours([
      { shapes: [4, 8, 4].map((C) => [3, C, 5, 3]), args: { dim: 1 } },
      { shapes: [12, 4].map((C) => [1, C, 2, 4]), args: { dim: 1 } },
    ]),
  ],
});

const expandSpec = defineSpec<{ readonly shape: readonly number[] }>({
  op: 'expand',
  inputs: [X],
  gpu: ([x], { shape }) => expand(x, shape),
  cpu: ([x], { shape }) => reference.expand(x, shape),
  bench: [{ shapes: [[1, 1024]], args: { shape: [1024, 1024] } }],
  benchSizes: null,
  cases: [
    { shapes: [[]], args: { shape: [1] } },
    { shapes: [[]], args: { shape: [67] } },
    { shapes: [[1, 65]], args: { shape: [33, 65] } },
    { shapes: [[5, 1]], args: { shape: [5, 129] } },
    { shapes: [[3, 1, 2, 1]], args: { shape: [2, 3, 4, 2, 5] } },
    { shapes: [[2, 3]], args: { shape: [2, 3] } },
  ],
});

const reshapeSpec = defineSpec<{ readonly shape: readonly number[] }>({
  op: 'reshape',
  inputs: [X],
  gpu: ([x], { shape }) => reshape(x, shape),
  cpu: ([x], { shape }) => reference.reshape(x, shape),
  bench: [{ shapes: [[1 << 20]], args: { shape: [1024, 1024] } }],
  benchSizes: null,
  cases: [
    { shapes: [[1]], args: { shape: [] } },
    { shapes: [[3, 20]], args: { shape: [5, 4, 3] } },
    { shapes: [[0, 3]], args: { shape: [3, 0, 2] } },
  ],
});

/** The first call of a generator that was just seeded. */
const dropoutSpec = defineSpec<{ readonly p: number; readonly seed: number }>({
  op: 'dropout',
  inputs: [X],
  gpu: ([x], { p, seed }) => {
    manualSeed(x.device, seed);
    return dropout(x, p);
  },
  cpu: ([x], { p, seed }) => {
    const mask = dropoutMask(x.shape, p, { seed, step: 0, call: 0 });
    return hostTensor(
      x.shape,
      x.data.map((v, i) => v * mask.data[i]),
    );
  },
  bench: [{ shapes: [[1 << 20]], args: { p: 0.5, seed: 0 }, timed: ([x]) => dropout(x, 0.5) }],
  cases: [
    { shapes: [[1]], args: { p: 0.5, seed: 1 } },
    { shapes: [[257]], args: { p: 0.5, seed: 2 } },
    { shapes: [[3, 5, 67]], args: { p: 0.1, seed: 2 ** 40 + 5 } },
    { shapes: [[0]], args: { p: 0.5, seed: 3 } },
  ],
});

/**
 * To halves and back. Exactly how halves round is in test/tensor/half.test.ts; here it is the identity as far as halves
 * go.
 */
const castSpec = defineSpec<{ readonly dtype: 'f16' }>({
  op: 'cast',
  inputs: [X],
  // Adapters without halves refuse to cast; there is nothing to check there.
  gpu: ([x], { dtype }) => (x.device.features.has('shader-f16') ? cast(cast(x, dtype), 'f32') : reshape(x, x.shape)),
  cpu: ([x]) => hostTensor(x.shape, x.data),
  bench: [{ shapes: [[1 << 20]], args: { dtype: 'f16' } }],
  cases: [[], [0], [1], [3], [257], [67, 251]].map((shape) => ({ shapes: [shape], args: { dtype: 'f16' } })),
  tolerance: 2 ** -11, // both gradient and numbers are rounded once
});

export const movementSpecs: readonly OpSpec[] = [
  castSpec,
  permuteSpec,
  sliceSpec,
  catSpec,
  expandSpec,
  reshapeSpec,
  dropoutSpec,
];

/** Cases of indexing and channel dropout. */
import { dropout2d, embedding, gather, indexSelect, oneHot } from '../../autograd/ops/index.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import * as reference from '../../kernels/movement/indexing_reference.js';
import { dropoutMask } from '../../kernels/random/philox.js';
import { manualSeed } from '../../kernels/random/random.js';
import { UNIT } from '../draw.js';
import { defineSpec, type InputSpec, type OpSpec } from '../spec.js';

const X: InputSpec = { name: 'x', domain: UNIT };

/** Indices below the size that the case's `dim` (default 0) of an input has. */
const indexInto = (input: number): InputSpec => ({
  name: 'index',
  dtype: 'u32',
  domain: (shapes, args) => ({
    low: 0,
    high: shapes[input].at((args as { readonly dim?: number } | null)?.dim ?? 0) ?? 1,
    integers: true,
  }),
});

const indexSelectSpec = defineSpec<{ readonly dim: number }>({
  op: 'index_select',
  inputs: [X, indexInto(0)],
  gpu: ([x, index], { dim }) => indexSelect(x, dim, index),
  cpu: ([x, index], { dim }) => reference.indexSelect(x, dim < 0 ? dim + x.shape.length : dim, index),
  cpuBackward: (dy, [x, index], { dim }) => [
    reference.indexSelectBackward(dy, dim < 0 ? dim + x.shape.length : dim, index, x.shape),
  ],
  bench: [{ shapes: [[10_000, 128], [8192]], args: { dim: 0 }, bytes: 4 * 8192 * (1 + 2 * 128) }],
  cases: [
    { shapes: [[1], [1]], args: { dim: 0 } },
    { shapes: [[67, 3], [131]], args: { dim: 0 } },
    { shapes: [[5, 64], [257]], args: { dim: 0 } }, // long chains of equal indices
    { shapes: [[3, 31, 5], [7]], args: { dim: 1 } }, // rows that no index names
    { shapes: [[7, 13], [65]], args: { dim: -1 } },
    { shapes: [[3, 4], [0]], args: { dim: 1 } },
    { shapes: [[0, 4], [3]], args: { dim: 1 } },
  ],
});

const gatherSpec = defineSpec<{ readonly dim: number }>({
  op: 'gather',
  inputs: [X, indexInto(0)],
  gpu: ([x, index], { dim }) => gather(x, dim, index),
  cpu: ([x, index], { dim }) => reference.gather(x, dim < 0 ? dim + x.shape.length : dim, index),
  cpuBackward: (dy, [x, index], { dim }) => [
    reference.gatherBackward(dy, dim < 0 ? dim + x.shape.length : dim, index, x.shape),
  ],
  bench: [
    {
      shapes: [
        [1024, 1000],
        [1024, 1],
      ],
      args: { dim: 1 },
      bytes: 4 * 1024 * 3,
    },
  ],
  cases: [
    { shapes: [[1], [1]], args: { dim: 0 } },
    {
      shapes: [
        [65, 10],
        [65, 1],
      ],
      args: { dim: 1 },
    },
    {
      shapes: [
        [5, 67],
        [31, 67],
      ],
      args: { dim: 0 },
    },
    {
      shapes: [
        [3, 7, 5],
        [3, 11, 5],
      ],
      args: { dim: -2 },
    },
    {
      shapes: [
        [3, 7, 5],
        [2, 11, 3],
      ],
      args: { dim: 1 },
    }, // smaller than x elsewhere
    {
      shapes: [
        [3, 4],
        [3, 0],
      ],
      args: { dim: 1 },
    },
  ],
});

const embeddingSpec = defineSpec<{ readonly paddingIdx: number | null }>({
  op: 'embedding',
  inputs: [indexInto(1), { name: 'weight', domain: UNIT }],
  gpu: ([index, weight], args) => embedding(index, weight, args),
  cpu: ([index, weight]) =>
    hostTensor([...index.shape, weight.shape[1]], reference.indexSelect(weight, 0, flat(index)).data),
  cpuBackward: (dy, [index, weight], { paddingIdx }) => {
    const rows = hostTensor([index.data.length, weight.shape[1]], dy.data);
    return [
      index,
      reference.indexSelectBackward(
        rows,
        0,
        flat(index),
        weight.shape,
        paddingIdx === null || paddingIdx >= 0 ? paddingIdx : paddingIdx + weight.shape[0],
      ),
    ];
  },
  bench: [
    {
      shapes: [
        [64, 128],
        [10_000, 128],
      ],
      args: { paddingIdx: null },
      bytes: 4 * 64 * 128 * (1 + 2 * 128),
    },
  ],
  cases: [
    { shapes: [[1], [1, 1]], args: { paddingIdx: null } },
    {
      shapes: [
        [3, 5, 7],
        [31, 12],
      ],
      args: { paddingIdx: null },
    },
    { shapes: [[], [5, 7]], args: { paddingIdx: null } },
    {
      shapes: [
        [0, 4],
        [5, 8],
      ],
      args: { paddingIdx: null },
    },
  ],
});

const flat = (index: HostTensor): HostTensor => hostTensor([index.data.length], index.data);

const oneHotSpec = defineSpec<{ readonly classes: number }>({
  op: 'one_hot',
  inputs: [{ name: 'index', dtype: 'u32', domain: { low: 0, high: 7, integers: true } }],
  gpu: ([index], { classes }) => oneHot(index, classes),
  cpu: ([index], { classes }) => reference.oneHot(index, classes),
  tolerance: 0,
  bench: [{ shapes: [[8192]], args: { classes: 100 } }],
  cases: [
    { shapes: [[]], args: { classes: 1 } },
    { shapes: [[131]], args: { classes: 7 } },
    { shapes: [[5, 3]], args: { classes: 5 } }, // 5 and 6 are no class: all zero
    { shapes: [[0]], args: { classes: 3 } },
  ],
});

/** The first call of a generator that was just seeded. */
const dropout2dSpec = defineSpec<{ readonly p: number; readonly seed: number }>({
  op: 'dropout2d',
  inputs: [X],
  gpu: ([x], { p, seed }) => {
    manualSeed(x.device, seed);
    return dropout2d(x, p);
  },
  cpu: ([x], { p, seed }) => {
    const mask = dropoutMask(x.shape.slice(0, 2), p, { seed, step: 0, call: 0 });
    const plane = x.data.length / mask.data.length;
    return hostTensor(
      x.shape,
      x.data.map((v, i) => v * mask.data[Math.floor(i / plane)]),
    );
  },
  bench: [{ shapes: [[64, 64, 14, 14]], args: { p: 0.5, seed: 0 }, timed: ([x]) => dropout2d(x, 0.5) }],
  cases: [
    { shapes: [[1, 1, 1]], args: { p: 0.5, seed: 1 } },
    { shapes: [[3, 5, 7, 3]], args: { p: 0.3, seed: 2 } },
    { shapes: [[2, 129, 2]], args: { p: 0.5, seed: 3 } },
  ],
});

export const indexingSpecs: readonly OpSpec[] = [indexSelectSpec, gatherSpec, embeddingSpec, oneHotSpec, dropout2dSpec];

/** Cases of the functions that take tensors apart and put them together. */
import {
  cat,
  chunk,
  flip,
  mul,
  narrow,
  repeat,
  select,
  split,
  squeeze,
  stack,
  unbind,
  unsqueeze,
} from '../../autograd/ops/index.js';
import { hostTensor, type HostTensor } from '../../kernels/launch/host_tensor.js';
import * as indexing from '../../kernels/movement/indexing_reference.js';
import * as reference from '../../kernels/movement/reference.js';
import type { Tensor } from '../../tensor/tensor.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

const X = { name: 'x', domain: UNIT };

/** A dimension counted from the front. */
const front = (dim: number, rank: number): number => (dim < 0 ? dim + rank : dim);

/** The parts times 1, 2, …, joined back to front: every part counts, and in its own way. */
function weighed(parts: readonly Tensor[], dim: number): Tensor {
  return cat(parts.map((p, i) => mul(p, i + 1)).toReversed(), dim);
}

function weighedReference(
  x: HostTensor,
  sizes: readonly number[],
  dim: number,
  reshape: (shape: readonly number[]) => readonly number[] = (s) => s,
): HostTensor {
  let start = 0;
  const parts = sizes.map((n, i) => {
    const part = reference.slice(x, dim, start, (start += n));
    return hostTensor(
      reshape(part.shape),
      part.data.map((v) => v * (i + 1)),
    );
  });
  return reference.cat(parts.toReversed(), parts[0].shape.length < x.shape.length ? 0 : dim);
}

const stackSpec = defineSpec<{ readonly dim: number }>({
  op: 'stack',
  composed: true,
  inputs: [X],
  gpu: (parts, { dim }) => stack(parts, dim),
  cpu: (parts, { dim }) => {
    const shape = parts[0].shape.toSpliced(front(dim, parts[0].shape.length + 1), 0, 1);
    return reference.cat(
      parts.map((p) => hostTensor(shape, p.data)),
      front(dim, shape.length),
    );
  },
  bench: [{ shapes: [[1 << 20], [1 << 20]], args: { dim: 0 } }],
  cases: [
    { shapes: [[]], args: { dim: 0 } },
    { shapes: [[65], [65]], args: { dim: -1 } },
    {
      shapes: [
        [3, 5],
        [3, 5],
        [3, 5],
      ],
      args: { dim: 1 },
    },
  ],
});

/** The sizes of parts of `size` each. */
const evenly = (n: number, size: number): number[] =>
  Array.from({ length: Math.ceil(n / size) }, (_, i) => Math.min(size, n - i * size));

const splitSpec = defineSpec<{ readonly sizes: number | readonly number[]; readonly dim: number }>({
  op: 'split',
  composed: true,
  inputs: [X],
  gpu: ([x], { sizes, dim }) => weighed(split(x, sizes, dim), dim),
  cpu: ([x], { sizes, dim }) => {
    const d = front(dim, x.shape.length);
    return weighedReference(x, typeof sizes === 'number' ? evenly(x.shape[d], sizes) : sizes, d);
  },
  cases: [
    { shapes: [[1]], args: { sizes: 1, dim: 0 } },
    { shapes: [[129, 3]], args: { sizes: 64, dim: 0 } },
    { shapes: [[3, 7]], args: { sizes: [2, 0, 5], dim: -1 } },
  ],
});

const chunkSpec = defineSpec<{ readonly chunks: number; readonly dim: number }>({
  op: 'chunk',
  composed: true,
  inputs: [X],
  gpu: ([x], { chunks, dim }) => weighed(chunk(x, chunks, dim), dim),
  cpu: ([x], { chunks, dim }) => weighedReference(x, evenly(x.shape[dim], Math.ceil(x.shape[dim] / chunks)), dim),
  cases: [
    { shapes: [[5, 3]], args: { chunks: 3, dim: 0 } },
    { shapes: [[2, 4]], args: { chunks: 9, dim: 1 } },
  ],
});

const narrowSpec = defineSpec<{ readonly dim: number; readonly start: number; readonly length: number }>({
  op: 'narrow',
  composed: true,
  inputs: [X],
  gpu: ([x], { dim, start, length }) => narrow(x, dim, start, length),
  cpu: ([x], { dim, start, length }) => {
    const d = front(dim, x.shape.length);
    const from = front(start, x.shape[d]);
    return reference.slice(x, d, from, from + length);
  },
  cases: [
    { shapes: [[7, 5]], args: { dim: -1, start: -3, length: 2 } },
    { shapes: [[7, 5]], args: { dim: 0, start: 7, length: 0 } },
  ],
});

const selectSpec = defineSpec<{ readonly dim: number; readonly index: number }>({
  op: 'select',
  composed: true,
  inputs: [X],
  gpu: ([x], { dim, index }) => select(x, dim, index),
  cpu: ([x], { dim, index }) => {
    const d = front(dim, x.shape.length);
    const at = front(index, x.shape[d]);
    return hostTensor(x.shape.toSpliced(d, 1), reference.slice(x, d, at, at + 1).data);
  },
  cases: [
    { shapes: [[3]], args: { dim: 0, index: -1 } },
    { shapes: [[3, 65, 2]], args: { dim: 1, index: 64 } },
  ],
});

const unbindSpec = defineSpec<{ readonly dim: number }>({
  op: 'unbind',
  composed: true,
  inputs: [X],
  gpu: ([x], { dim }) => weighed(unbind(x, dim), 0),
  cpu: ([x], { dim }) =>
    weighedReference(x, new Array<number>(x.shape[dim]).fill(1), dim, (shape) => shape.toSpliced(dim, 1)),
  cases: [
    { shapes: [[3, 5]], args: { dim: 0 } },
    { shapes: [[3, 5, 2]], args: { dim: 1 } },
  ],
});

const squeezeSpec = defineSpec<{ readonly dim?: number | readonly number[] }>({
  op: 'squeeze',
  composed: true,
  inputs: [X],
  gpu: ([x], { dim }) => squeeze(x, dim),
  cpu: ([x], { dim }) => {
    const dims =
      dim === undefined
        ? x.shape.map((_, d) => d)
        : (typeof dim === 'number' ? [dim] : dim).map((d) => front(d, x.shape.length));
    return hostTensor(
      x.shape.filter((n, d) => n !== 1 || !dims.includes(d)),
      x.data,
    );
  },
  cases: [
    { shapes: [[1]], args: {} },
    { shapes: [[1, 3, 1]], args: { dim: [0, -1] } },
    { shapes: [[1, 0, 1]], args: {} },
  ],
});

const unsqueezeSpec = defineSpec<{ readonly dim: number }>({
  op: 'unsqueeze',
  composed: true,
  inputs: [X],
  gpu: ([x], { dim }) => unsqueeze(x, dim),
  cpu: ([x], { dim }) => hostTensor(x.shape.toSpliced(front(dim, x.shape.length + 1), 0, 1), x.data),
  cases: [
    { shapes: [[]], args: { dim: 0 } },
    { shapes: [[2, 3]], args: { dim: -2 } },
  ],
});

const flipSpec = defineSpec<{ readonly dims: readonly number[] }>({
  op: 'flip',
  inputs: [X],
  gpu: ([x], { dims }) => flip(x, dims),
  cpu: ([x], { dims }) =>
    indexing.flip(
      x,
      dims.map((d) => front(d, x.shape.length)),
    ),
  bench: [{ shapes: [[64, 128, 128]], args: { dims: [1, 2] } }],
  cases: [
    { shapes: [[1]], args: { dims: [0] } },
    { shapes: [[257]], args: { dims: [0] } },
    { shapes: [[3, 65]], args: { dims: [0, 1] } },
    { shapes: [[2, 3, 4, 5]], args: { dims: [1, -1] } },
    { shapes: [[2, 0]], args: { dims: [0, 1] } },
  ],
});

const repeatSpec = defineSpec<{ readonly times: readonly number[] }>({
  op: 'repeat',
  composed: true,
  inputs: [X],
  gpu: ([x], { times }) => repeat(x, times),
  cpu: ([x], { times }) => indexing.repeat(x, times),
  bench: [{ shapes: [[256, 256]], args: { times: [4, 4] } }],
  cases: [
    { shapes: [[1]], args: { times: [65] } },
    { shapes: [[2, 3]], args: { times: [2, 1, 3] } },
    { shapes: [[2, 3, 2, 3]], args: { times: [2, 3, 2, 3] } },
    { shapes: [[2, 3]], args: { times: [0, 2] } },
  ],
});

export const partsSpecs: readonly OpSpec[] = [
  stackSpec,
  splitSpec,
  chunkSpec,
  narrowSpec,
  selectSpec,
  unbindSpec,
  squeezeSpec,
  unsqueezeSpec,
  repeatSpec,
  flipSpec,
];

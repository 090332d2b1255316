/** Cases of scatter_add and of triangles. */
import { scatterAdd, tril, triu } from '../../autograd/ops/index.js';
import * as indexing from '../../kernels/movement/indexing_reference.js';
import * as movement from '../../kernels/movement/reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

interface Along {
  readonly dim: number;
}

const front = (dim: number, rank: number): number => (dim < 0 ? dim + rank : dim);

const scatterAddSpec = defineSpec<Along>({
  op: 'scatter_add',
  inputs: [
    { name: 'x', domain: UNIT },
    {
      name: 'index',
      dtype: 'u32',
      domain: (shapes, args) => ({ low: 0, high: shapes[0].at((args as Along).dim) ?? 1, integers: true }),
    },
    { name: 'src', domain: UNIT },
  ],
  gpu: ([x, index, src], { dim }) => scatterAdd(x, dim, index, src),
  cpu: ([x, index, src], { dim }) => indexing.scatterAdd(x, front(dim, x.shape.length), index, src),
  cpuBackward: (dy, [x, index, src], { dim }) => [
    dy,
    index,
    indexing.scatterAddBackward(dy, front(dim, x.shape.length), index, src.shape),
  ],
  bench: [
    {
      shapes: [
        [64, 512],
        [256, 512],
        [256, 512],
      ],
      args: { dim: 0 },
    },
  ],
  cases: [
    { shapes: [[1], [1], [1]], args: { dim: 0 } },
    { shapes: [[7], [131], [131]], args: { dim: 0 } }, // many to a place
    {
      shapes: [
        [67, 5],
        [31, 5],
        [31, 5],
      ],
      args: { dim: 0 },
    }, // places that get nothing
    {
      shapes: [
        [65, 10],
        [65, 3],
        [65, 3],
      ],
      args: { dim: -1 },
    },
    {
      shapes: [
        [3, 7, 5],
        [3, 11, 5],
        [4, 12, 6],
      ],
      args: { dim: 1 },
    }, // src is larger
    {
      shapes: [
        [3, 7, 5],
        [2, 11, 3],
        [2, 11, 3],
      ],
      args: { dim: -2 },
    }, // x is larger
    {
      shapes: [
        [3, 4],
        [3, 0],
        [3, 2],
      ],
      args: { dim: 1 },
    }, // nothing is added
    {
      shapes: [
        [0, 4],
        [0, 4],
        [0, 4],
      ],
      args: { dim: 0 },
    },
  ],
});

const triangleSpec = (op: 'tril' | 'triu'): OpSpec =>
  defineSpec<{ readonly diagonal: number }>({
    op,
    inputs: [{ name: 'x', domain: UNIT }],
    gpu: ([x], { diagonal }) => (op === 'tril' ? tril : triu)(x, diagonal),
    cpu: ([x], { diagonal }) => movement.triangle(op, x, diagonal),
    bench: [{ shapes: [[64, 128, 128]], args: { diagonal: op === 'tril' ? 0 : 1 } }],
    cases: [
      { shapes: [[1, 1]], args: { diagonal: 0 } },
      { shapes: [[7, 13]], args: { diagonal: 0 } },
      { shapes: [[67, 3]], args: { diagonal: 1 } },
      { shapes: [[3, 5, 9]], args: { diagonal: -2 } },
      { shapes: [[2, 3, 4, 5]], args: { diagonal: 2 } },
      { shapes: [[5, 4]], args: { diagonal: 1000 } },
      { shapes: [[5, 4]], args: { diagonal: -(2 ** 40) } },
      { shapes: [[2, 0, 3]], args: { diagonal: 0 } },
    ],
  });

export const scatterSpecs: readonly OpSpec[] = [scatterAddSpec, triangleSpec('tril'), triangleSpec('triu')];

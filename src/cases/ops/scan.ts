/** Cases of sums so far: short and long rows, columns, one chunk and several, chunks of chunks. */
import { cumsum } from '../../autograd/ops/index.js';
import * as reference from '../../kernels/scan/cumsum_reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

const from = (dim: number, rank: number): number => (dim < 0 ? dim + Math.max(rank, 1) : dim);

export const scanSpecs: readonly OpSpec[] = [
  defineSpec<{ readonly dim: number }>({
    op: 'cumsum',
    inputs: [{ name: 'x', domain: UNIT }],
    gpu: ([x], { dim }) => cumsum(x, dim),
    cpu: ([x], { dim }) => reference.cumsum(x, from(dim, x.shape.length)),
    cpuBackward: (dy, [x], { dim }) => [reference.cumsumBackward(dy, from(dim, x.shape.length))],
    bench: [{ shapes: [[1024, 1024]], args: { dim: 1 } }],
    cases: [
      { shapes: [[]], args: { dim: 0 } },
      { shapes: [[1]], args: { dim: 0 } },
      { shapes: [[67, 10]], args: { dim: 1 } }, // a thread a row
      { shapes: [[3, 65]], args: { dim: -1 } }, // a workgroup a row
      { shapes: [[2, 1025]], args: { dim: 1 } }, // one entry in the second chunk
      { shapes: [[3, 5000]], args: { dim: 1 } },
      { shapes: [[70_001]], args: { dim: 0 } }, // 69 chunks, whose sums fill a workgroup
      { shapes: [[7, 13]], args: { dim: 0 } }, // columns
      { shapes: [[3, 64, 5]], args: { dim: 1 } },
      { shapes: [[2, 65, 3]], args: { dim: -2 } }, // one entry in the second chunk
      { shapes: [[1, 4200, 2]], args: { dim: 1 } }, // 66 chunks, whose sums are two chunks
      { shapes: [[2, 0, 3]], args: { dim: 1 } },
      { shapes: [[0, 3]], args: { dim: 1 } },
    ],
  }),
];

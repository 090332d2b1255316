/** Cases of the largest entries of rows: sorted and selected, one chunk and several, ties, all of a row. */
import { topkIndices } from '../../autograd/ops/index.js';
import { topk } from '../../kernels/reduce/topk_reference.js';
import { defineSpec, type OpSpec } from '../spec.js';

const CASES: readonly [shape: readonly number[], k: number][] = [
  [[1, 1], 1],
  [[3, 7], 3],
  [[65, 10], 10],
  [[2, 64], 5],
  [[2, 65], 64],
  [[5, 257], 1],
  [[2, 1024], 128], // sorted
  [[3, 1025], 7],
  [[2, 1500], 32],
  [[2, 5003], 256],
  [[40, 9001], 3], // selected
  [[1, 16500], 256], // the last of 5 chunks has 116 entries; what they keep is selected from again
  [[0, 9], 2],
];

export const topkSpecs: readonly OpSpec[] = [
  defineSpec<{ readonly k: number }>({
    op: 'topk',
    inputs: [{ name: 'x', domain: { low: 0, high: 1000, integers: true } }], // ties: the smaller index first
    gpu: ([x], { k }) => topkIndices(x, k),
    cpu: ([x], { k }) => topk(x, k).indices,
    tolerance: 0,
    bench: [{ shapes: [[16, 100_000]], args: { k: 10 } }],
    cases: CASES.map(([shape, k]) => ({ shapes: [shape], args: { k } })),
  }),
];

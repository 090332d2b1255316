/**
 * Trials of the family reduce: sums of rows or of columns of a matrix, with as many outputs and terms as the problem
 * has.
 */
import { hostTensor } from '../launch/host_tensor.js';
import { uniform } from '../random/philox.js';
import { reduce as reference } from './reference.js';
import { reduce } from './reduce.js';
import { reduceFamily, reducePlan, type ReducePlan } from './plan.js';
import type { FamilyTrials } from '../launch/trial.js';

/** Columns: (terms, outputs) over 0; rows: (outputs, terms) over 1. */
function matrixOf(p: ReducePlan): { shape: [number, number]; dims: number[] } {
  return p.isColumns
    ? { shape: [p.elements, p.outputs * p.lanes], dims: [0] }
    : { shape: [p.outputs, p.elements * p.lanes], dims: [1] };
}

/** Threads and splits, which depend on the kind of adapter, are not read: the launcher plans anew. */
function planOf([M, N]: readonly [number, number], dim: 0 | 1): ReducePlan {
  const dims = [
    { size: M, strides: [N] },
    { size: N, strides: [1] },
  ];
  return reducePlan([dims[1 - dim]], [{ size: 1, strides: [0] }, dims[dim]], 'gpu');
}

const SMALL = 64;

export const reduceTrials: FamilyTrials<ReducePlan> = {
  family: reduceFamily,
  trial: (p) => {
    const { shape, dims } = matrixOf(p);
    const size = shape[0] * shape[1];
    return {
      inputs: [hostTensor(shape, uniform(size, { seed: size, step: 0, call: 0 }))],
      gpu: ([x], choice) => reduce('sum', x, dims, { choice }),
      cpu: ([x]) => reference('sum', x, dims),
      tolerance: 2e-5,
      flops: size,
      bytes: 4 * (size + p.outputs),
    };
  },
  small: (p) => {
    const { shape, dims } = matrixOf(p);
    return planOf([Math.min(shape[0], SMALL), Math.min(shape[1], SMALL)], dims[0] === 0 ? 0 : 1);
  },
  examples: [
    planOf([1792, 512], 0),
    planOf([128, 2048], 0),
    planOf([64, 128], 0),
    planOf([1024, 1024], 1),
    planOf([32, 50176], 1),
  ],
};

/** Cases of reductions and softmax. */
import { logSoftmax, max, mean, min, prod, softmax, sum, type ReduceOptions } from '../../autograd/ops/index.js';
import { softmaxTrials } from '../../kernels/loss/trial.js';
import { reduceTrials } from '../../kernels/reduce/trial.js';
import { hostTensor } from '../../kernels/launch/host_tensor.js';
import { reduce } from '../../kernels/reduce/reference.js';
import { softmax as softmaxReference } from '../../kernels/loss/softmax_reference.js';
import type { ReduceName } from '../../kernels/reduce/reduce.js';
import { UNIT, type Domain } from '../draw.js';
import { defineSpec, inFours, type OpCase, type OpSpec } from '../spec.js';

type ReduceArgs = Required<Pick<ReduceOptions, 'keepdim'>> & { readonly dim: readonly number[] };

const over = (shape: readonly number[], dim: readonly number[], keepdim = false): OpCase<ReduceArgs> => ({
  shapes: [shape],
  args: { dim, keepdim },
});

/** Every choice of dimensions of a tensor of four. */
const COMBINATIONS = Array.from({ length: 15 }, (_, i) =>
  over(
    [2, 3, 4, 5],
    [0, 1, 2, 3].filter((d) => (i + 1) & (1 << d)),
    i % 2 === 0,
  ),
);

const CASES: readonly OpCase<ReduceArgs>[] = [
  over([1], [0]),
  over([], []),
  { ...over([3, 257], [-1]), selfCheck: true }, // a workgroup an output, a thread more than 4 elements
  over([257, 3], [0]),
  over([5, 67, 3], [1], true),
  over([4099, 3], [1]), // a thread an output
  { ...over([2, 33000], [1]), forwardOnly: true }, // an output split over three workgroups
  { ...over([33000, 2], [0]), forwardOnly: true },
  ...inFours([over([2, 8, 3, 5], [2, 3]), over([3, 4, 2, 67], [2, 3], true), over([2, 12, 5, 3], [0, 2, 3])]),
];

/** What only the sum is put through: the same walks serve all. */
const SUM_CASES: readonly OpCase<ReduceArgs>[] = [
  ...COMBINATIONS,
  ...inFours([over([2, 8, 3, 5], [0, 1, 2, 3]), over([2, 8, 3, 5], [1, 2, 3])]),
  over([2, 3, 2, 3, 2, 3], [0, 2, 4]), // three reduced dimensions that do not merge
  over([2, 3, 2, 3, 2, 3], [1, 3, 5]),
  over([0, 3], [0]),
  over([3, 0], [0]),
  over([64, 64], [0]),
  over([16385], [0]),
  over([67, 132], [0]), // four columns at a time, 8 threads each
  over([67, 131], [0]), // single columns
  over([3, 4100, 5], [0, 2]),
  over([70, 36], [1]), // four terms at a time, 8 threads a row
  over([3, 5, 4, 7], [0, 2, 3]), // a bias's gradient
  over([5, 3, 4, 8], [0, 2, 3]),
  { ...over([2100, 12], [0]), forwardOnly: true }, // columns split into parts
  over([3, 8, 4], [1]),
  { ...over([4100, 8, 4], [1]), forwardOnly: true }, // a thread makes four outputs
];

const GPU: Record<ReduceName, typeof sum> = { sum, mean, max, min, prod };

function reduceSpec(name: ReduceName): OpSpec {
  const domains: Record<ReduceName, Domain> = {
    sum: UNIT,
    mean: UNIT,
    max: { ...UNIT, distinct: true },
    min: { ...UNIT, distinct: true },
    prod: { low: 0.99, high: 1.01 },
  };
  return defineSpec<ReduceArgs>({
    op: name,
    inputs: [{ name: 'x', domain: domains[name] }],
    gpu: ([x], args) => GPU[name](x, args),
    cpu: ([x], { dim, keepdim }) => {
      const dims = dim.map((d) => (d < 0 ? d + x.shape.length : d));
      const y = reduce(name, x, dims);
      return keepdim
        ? y
        : hostTensor(
            x.shape.filter((_, d) => !dims.includes(d)),
            y.data,
          );
    },
    // 33,000 factors: their rounding errors add up, they do not average out
    ...(name === 'prod' ? { tolerance: 1e-4 } : {}),
    ...(name === 'sum' ? { trials: [reduceTrials] } : {}),
    bench: [{ shapes: [[1024, 1024]], args: { dim: [1], keepdim: false } }],
    cases: name === 'sum' ? [...CASES, ...SUM_CASES] : CASES,
  });
}

function softmaxSpec(name: 'softmax' | 'log_softmax'): OpSpec {
  return defineSpec<{ readonly dim: number }>({
    op: name,
    inputs: [{ name: 'x', domain: { low: -4, high: 4 } }],
    gpu: ([x], { dim }) => (name === 'softmax' ? softmax : logSoftmax)(x, dim),
    cpu: ([x], { dim }) => softmaxReference(name, x, dim < 0 ? dim + x.shape.length : dim),
    ...(name === 'softmax' ? { trials: [softmaxTrials] } : {}),
    bench: [{ shapes: [[1024, 1000]], args: { dim: -1 } }],
    cases: [
      { shapes: [[1]], args: { dim: 0 } },
      { shapes: [[65, 10]], args: { dim: -1 }, selfCheck: true },
      { shapes: [[3, 257]], args: { dim: -1 } },
      { shapes: [[5, 7, 3]], args: { dim: 1 } },
      { shapes: [[31, 2]], args: { dim: 0 } },
      { shapes: [[0, 5]], args: { dim: -1 } },
    ],
  });
}

export const reduceSpecs: readonly OpSpec[] = [
  ...(['sum', 'mean', 'max', 'min', 'prod'] as const).map(reduceSpec),
  softmaxSpec('softmax'),
  softmaxSpec('log_softmax'),
];

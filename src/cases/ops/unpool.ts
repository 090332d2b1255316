/** Cases of max pooling with indices, and of its partial inverse. */
import { maxPool2dWithIndices, maxUnpool2d } from '../../autograd/ops/index.js';
import { maxUnpool2dShape, type MaxUnpool2dOptions } from '../../kernels/pool2d/max_unpool.js';
import * as unpool from '../../kernels/pool2d/max_unpool_reference.js';
import * as reference from '../../kernels/pool2d/reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

type Pair = readonly [number, number];

interface UnpoolArgs extends MaxUnpool2dOptions {
  readonly kernelSize: Pair;
}

/** Indices anywhere in the plane, not only in their window; some are equal. */
const maxUnpool2dSpec = defineSpec<UnpoolArgs>({
  op: 'max_unpool2d',
  inputs: [
    { name: 'x', domain: UNIT },
    {
      name: 'indices',
      dtype: 'u32',
      domain: ([shape], args) => {
        const [, , H, W] = maxUnpool2dShape(shape, args as UnpoolArgs);
        return { low: 0, high: H * W, integers: true };
      },
    },
  ],
  gpu: ([x, index], args) => maxUnpool2d(x, index, args),
  cpu: ([x, index], args) => unpool.maxUnpool2d(x, index, maxUnpool2dShape(x.shape, args)),
  cpuBackward: (dy, [, index]) => [unpool.maxUnpool2dBackward(dy, index), index],
  bench: [
    {
      shapes: [
        [64, 32, 14, 14],
        [64, 32, 14, 14],
      ],
      args: { kernelSize: [2, 2] },
    },
  ],
  cases: [
    { shapes: twice([1, 1, 1, 1]), args: { kernelSize: [1, 1] } },
    { shapes: twice([2, 3, 4, 3]), args: { kernelSize: [2, 2] } },
    { shapes: twice([2, 3, 5, 4]), args: { kernelSize: [3, 2], stride: [2, 2], padding: [1, 1] } },
    { shapes: twice([1, 2, 3, 4]), args: { kernelSize: [2, 3], outputSize: [7, 10] } },
    { shapes: twice([3, 1, 2, 3]), args: { kernelSize: [2, 2], stride: [3, 4], outputSize: [3, 1, 7, 13] } },
    { shapes: twice([1, 2, 13, 11]), args: { kernelSize: [3, 3] } }, // several runs to a plane
    { shapes: twice([0, 2, 3, 3]), args: { kernelSize: [2, 2] } },
  ],
});

function twice(shape: readonly number[]): readonly (readonly number[])[] {
  return [shape, shape];
}

interface PoolArgs {
  readonly kernelSize: Pair;
  readonly stride?: Pair;
  readonly padding?: Pair;
}

/** Both outputs count: the maxima put back where they were found. */
const maxPool2dWithIndicesSpec = defineSpec<PoolArgs>({
  op: 'max_pool2d_with_indices',
  composed: true,
  inputs: [{ name: 'x', domain: { low: -2, high: 2, distinct: true } }],
  gpu: ([x], args) => {
    const { output, indices } = maxPool2dWithIndices(x, args);
    return maxUnpool2d(output, indices, { ...args, outputSize: x.shape });
  },
  cpu: ([x], args) => unpool.maxUnpool2d(reference.maxPool2d(x, args), reference.maxPool2dIndices(x, args), x.shape),
  cases: [
    { shapes: [[2, 3, 8, 6]], args: { kernelSize: [2, 2] } },
    { shapes: [[1, 2, 7, 9]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] } }, // some found twice
    { shapes: [[2, 2, 7, 8]], args: { kernelSize: [3, 2], stride: [3, 3] } },
  ],
});

export const unpoolSpecs: readonly OpSpec[] = [maxUnpool2dSpec, maxPool2dWithIndicesSpec];

/**
 * Cases of instance normalisation: rows of one and of several threads, by numbers and by vec4s, with and without
 * affine.
 */
import { instanceNorm } from '../../autograd/ops/index.js';
import { instanceNorm as reference, instanceNormBackward } from '../../kernels/norm/instance_norm_reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpCase, type OpSpec } from '../spec.js';

interface Args {
  readonly eps?: number;
}

const one = (shape: readonly number[], affine = 2, args: Args = {}): OpCase<Args> => ({
  shapes: [shape, ...[[shape[1]], [shape[1]]].slice(0, affine)],
  args,
});

export const instanceNormSpecs: readonly OpSpec[] = [
  defineSpec<Args>({
    op: 'instance_norm',
    inputs: [
      { name: 'x', domain: { low: -1, high: 2 } },
      { name: 'w', domain: UNIT },
      { name: 'bias', domain: UNIT },
    ],
    gpu: ([x, w, bias], args) => instanceNorm(x, null, null, w, bias, args),
    cpu: ([x, w, bias], { eps = 1e-5 }) => reference(x, w ?? null, bias ?? null, eps),
    cpuBackward: (dy, inputs, { eps = 1e-5 }) =>
      instanceNormBackward(dy, inputs[0], inputs[1] ?? null, eps).slice(0, inputs.length),
    bench: [{ shapes: [[16, 32, 28, 28], [32], [32]], args: {} }],
    cases: [
      one([2, 3, 5]),
      one([1, 1, 2], 2, { eps: 0.1 }),
      one([3, 4, 2, 2]),
      one([2, 6, 5, 3], 0),
      one([3, 5, 7], 1),
      one([2, 3, 33, 41]), // a workgroup a row
      one([2, 2, 64, 32]),
      one([5, 67, 3], 2, { eps: 0.1 }),
      one([0, 3, 4]),
    ],
  }),
];

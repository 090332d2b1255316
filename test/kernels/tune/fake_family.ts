/** A family for the tuner's tests: y = 2 x, computed by kernels of every kind that a tuner may meet. */
import type { Device } from '../../../src/device/device.js';
import { ShapeError } from '../../../src/device/errors.js';
import { hostTensor } from '../../../src/kernels/launch/host_tensor.js';
import { choose, sizeClass, type Choice, type Family } from '../../../src/kernels/launch/family.js';
import type { FamilyTrials } from '../../../src/kernels/launch/trial.js';
import { empty, type Tensor } from '../../../src/tensor/tensor.js';
import { kernelNamed } from '../../device/tools.js';

export interface DoubleProblem {
  readonly count: number;
}

const unary = kernelNamed('unary');

function launch(x: Tensor, y: Tensor, expression: string, count = x.size): void {
  const vectors = Math.ceil(count / 4);
  x.device.dispatch(unary, {
    buffers: [x.range, y.range],
    params: [vectors, 0, 0],
    specialise: { 'fn f': expression },
    workgroups: Math.ceil(vectors / 64),
  });
}

/** What each variant launches. */
const VARIANTS: Readonly<Record<string, (x: Tensor, y: Tensor, times: number) => void>> = {
  /** Right, and slower the larger TIMES is. */
  right: (x, y, times) => {
    for (let i = 0; i < times; i++) launch(x, y, '2.0 * x');
  },
  wrong: (x, y) => launch(x, y, '2.001 * x'),
  'does not compile': (x, y) => launch(x, y, 'twice(x)'),
  /** Right about the first 100 elements, which is all that the small problem has. */
  'leaves the end': (x, y) => launch(x, y, '2.0 * x', 100),
  'writes nothing': () => {},
  refuses: () => {
    throw new ShapeError('[double] is too large');
  },
  /** WebGPU refuses the launch itself: the shader's params take more words than these. */
  'binds too little': (x, y) =>
    x.device.dispatch(
      {
        name: 'strided_copy',
        file: 'movement/strided_copy.wgsl',
        includes: ['common/grid.wgsl'],
        bindings: ['read', 'write', 'params'],
      },
      { buffers: [x.range, y.range], params: [1], workgroups: 1 },
    ),
  'loses the device': (x) => x.device.gpu.destroy(),
};

export function right(times: number): Choice {
  return { variant: 'right', TIMES: times };
}

/** @param variants the family's members, the default first. */
export function doubleFamily(variants: readonly Choice[]): Family<DoubleProblem> {
  return {
    name: 'double',
    shapeClass: ({ count }) => `N${sizeClass(count)}`,
    candidates: () => variants,
    defaultChoice: () => variants[0],
  };
}

export function double(family: Family<DoubleProblem>, x: Tensor, choice?: Choice): Tensor {
  const y = empty(x.device, x.shape);
  const { variant, TIMES } = choice ?? choose(family, x.device, { count: x.size });
  VARIANTS[variant](x, y, Number(TIMES ?? 1));
  return y;
}

export function doubleTrials(family: Family<DoubleProblem>): FamilyTrials<DoubleProblem> {
  return {
    family,
    trial: ({ count }) => ({
      inputs: [
        hostTensor(
          [count],
          Float64Array.from({ length: count }, (_, i) => 1 + (i % 7)),
        ),
      ],
      gpu: ([x], choice) => double(family, x, choice),
      cpu: ([x]) =>
        hostTensor(
          x.shape,
          x.data.map((v) => 2 * v),
        ),
      tolerance: 1e-5,
      flops: count,
      bytes: 8 * count,
    }),
    small: (problem) => (problem.count <= 100 ? problem : { count: 100 }),
    examples: [{ count: 1000 }],
  };
}

/** The classes that doubling tensors of these sizes asks for. */
export function doubled(device: Device, family: Family<DoubleProblem>, sizes: readonly number[]): void {
  device.step(() => {
    for (const size of sizes) double(family, empty(device, [size]));
  });
}

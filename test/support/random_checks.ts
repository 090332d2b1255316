/** Random draws on the GPU against the CPU forms. */
import type { Device } from '../../src/device/device.js';
import { uniform } from '../../src/kernels/random/philox.js';
import { bernoulli, integers, normal, permutation } from '../../src/kernels/random/reference.js';
import { bernoulli_, manualSeed, rand, randint, randn, randperm } from '../../src/kernels/random/random.js';
import { empty, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../src/cases/close.js';

/** A draw on the GPU, and the reference at a place. */
export interface Draw {
  readonly name: string;
  readonly gpu: (device: Device, n: number) => Tensor;
  readonly cpu: (n: number, call: number, step?: number) => Float64Array;
  /** Normal numbers go through a logarithm and a cosine. */
  readonly tolerance?: number;
}

const SEED = 2 ** 41 + 77;
/** Permutations of up to 256 are made in another way than larger ones. */
const SIZES = [1, 3, 256, 257, 1021];

export const DRAWS: readonly Draw[] = [
  { name: 'rand', gpu: (d, n) => rand(d, [n]), cpu: (n, call, step = 0) => uniform(n, { seed: SEED, step, call }) },
  {
    name: 'randn',
    gpu: (d, n) => randn(d, [n]),
    cpu: (n, call, step = 0) => normal(n, { seed: SEED, step, call }),
    tolerance: 5e-7,
  },
  {
    name: 'bernoulli_',
    gpu: (d, n) => ones(d, n, 0.3),
    cpu: (n, call, step = 0) => bernoulli(n, 0.3, { seed: SEED, step, call }),
  },
  {
    name: 'randint',
    gpu: (d, n) => randint(d, 5, 1005, [n]),
    cpu: (n, call, step = 0) => integers(n, 5, 1005, { seed: SEED, step, call }),
  },
  {
    name: 'randint over all words',
    gpu: (d, n) => randint(d, 1, 2 ** 32, [n]),
    cpu: (n, call, step = 0) => integers(n, 1, 2 ** 32, { seed: SEED, step, call }),
  },
  { name: 'randperm', gpu: randperm, cpu: (n, call, step = 0) => permutation(n, { seed: SEED, step, call }) },
];

function ones(device: Device, n: number, p: number): Tensor {
  const x = empty(device, [n]);
  bernoulli_(x, p);
  return x;
}

export const randomChecks = DRAWS.map(({ name, gpu, cpu, tolerance }) => ({
  name: `${name}: the CPU form's numbers, call by call and step by step`,
  run: async (device: Device): Promise<void> => {
    manualSeed(device, SEED);
    const first = device.step(() => SIZES.map((n) => gpu(device, n)));
    const second = device.step(() => gpu(device, 65));
    const check = async (x: Tensor, expected: Float64Array): Promise<void> => {
      const got = await x.read();
      if (tolerance === undefined) expectSame(name, 'y', got, expected);
      else
        expectClose({
          op: name,
          argument: 'y',
          got,
          expected,
          pair: 'GPU with CPU',
          label: `${got.length}`,
          tolerance,
        });
    };
    for (const [call, x] of first.entries()) await check(x, cpu(SIZES[call], call));
    await check(second, cpu(65, 0, 1));
  },
}));

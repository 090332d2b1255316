/** The parts of a campaign, in order of importance: what is run, for how long at most, and how it is read. */
import { fileURLToPath } from 'node:url';
import { kernelNames, resnet50Convolutions } from './workloads.js';

/** Compiled to dist/bench/campaign: the project's root is three folders up. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
const WEFT = `${ROOT}/scripts/weft.mjs`;
const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));

/** `json`: one document. `lines`: one for each thing that is known. `tests`: what the test runner prints. */
export type Reading = 'json' | 'lines' | 'tests';

export interface Part {
  readonly name: string;
  /** Seconds that it may take. */
  readonly limit: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly reading: Reading;
}

/** What differs between the whole campaign and its small form. */
interface Sizes {
  /** Seconds for a row of kernels, for a training workload, and for the tuner. */
  readonly row: number;
  readonly step: number;
  readonly tune: number;
  readonly tests: readonly string[];
  readonly products: readonly string[];
  readonly convolutions: readonly string[];
  /** `--filter` and `--shapes` (null: the benchmark's own) of `weft bench kernels`. */
  readonly bench: readonly (readonly [name: string, filter: string, shapes: string | null])[];
  readonly training: string;
  readonly tuned: string;
  /** Steps in f16, all in one part; and steps that are a part each, since memory may not suffice. */
  readonly halves: readonly string[];
  readonly deep: readonly string[];
}

const [products, convolutions] = kernelNames([512, 1024, 2048, 4096], resnet50Convolutions(32));
const FULL: Sizes = {
  row: 0.3,
  step: 3,
  tune: 100,
  tests: ['matmul', 'conv2d', 'norm', 'reduce', 'loss', 'pool2d', 'sequence'].map((t) => `kernels/${t}`),
  products,
  convolutions,
  bench: [
    ['elementwise', '^(relu|exp) ', '67108864'],
    ['add', '^(add|mul) ', null],
    ['reduce', '^sum ', '8192x8192'],
    ['softmax', '^softmax ', '65536x1000'],
    ['norm_pool', '^(batch_norm|layer_norm|max_pool2d|avg_pool2d) ', null],
    ['lstm', '^lstm ', '28x64x28x128,128x64x512x512'],
  ],
  training: 'lenet5,cnn,lstm,bilstm,resnet20,vae',
  tuned: 'cnn,resnet20,resnet50,lstm',
  halves: ['cnn_28px_b64 f16', 'resnet20_32px_b64 f16'],
  deep: [32, 64].flatMap((b) => [`resnet50_224px_b${b} f32`, `resnet50_224px_b${b} f16`]),
};

const small = kernelNames([64], [{ N: 1, C: 4, H: 7, O: 4, k: 3, stride: 1 }]);
const SMALL: Sizes = {
  row: 0,
  step: 0,
  tune: 2,
  tests: ['kernels/scan'],
  products: small[0],
  convolutions: small[1],
  bench: [['elementwise', '^relu ', '4096']],
  training: 'lenet5',
  tuned: 'lenet5',
  halves: ['lenet5_28px_b2 f16'],
  deep: ['resnet20_32px_b1 f32'],
};

export type Size = 'full' | 'small';

/** Where PyTorch's half is asked for what it has; it prints a line for each. */
const TORCH = ['python3', `${ROOT}/bench/peers/torch_gpu.py`] as const;

/** @param adapter part of its name, or nothing. */
export function partsOf(size: Size, adapter: string | null): Part[] {
  const s = size === 'full' ? FULL : SMALL;
  const scale = size === 'full' ? 1 : 0.5;
  const named = adapter === null ? [] : ['--adapter', adapter];
  const part = (name: string, limit: number, reading: Reading, args: readonly string[]): Part => ({
    name,
    limit: scale * limit,
    program: process.execPath,
    args,
    reading,
  });
  const weft = (name: string, limit: number, ...args: string[]): Part =>
    part(name, limit, 'json', [WEFT, ...args, '--json', ...named]);
  const child = (name: string, limit: number, what: string, seconds: number, how: string, names: readonly string[]) =>
    part(name, limit, 'lines', [CHILD, what, String(seconds), how, adapter ?? '', ...names]);
  const bench = (how: 'plain' | 'tuned', which: Sizes['bench']): Part[] =>
    which.map(([name, filter, shapes]) =>
      weft(
        `${name}_${how}`,
        60,
        ...['bench', 'kernels', '--filter', filter, ...(shapes === null ? [] : ['--shapes', shapes])],
        ...['--seconds', String(s.row), how === 'plain' ? '--no-tune' : '--tune'],
      ),
    );
  const training = (how: 'plain' | 'tuned'): Part[] => {
    const flag = how === 'plain' ? '--no-tune' : '--tune';
    const shared = ['--seconds', String(s.step), flag];
    return [
      weft(`training_${how}`, 120, 'bench', 'train', '--models', s.training, ...shared),
      child(`training_f16_${how}`, 60, 'measure', s.step, how, s.halves),
      ...s.deep.map((d) => child(`${d.replace(' ', '_')}_${how}`, 100, 'measure', s.step, how, [d])),
    ];
  };
  const hot = (how: 'plain' | 'tuned'): Part[] => [
    child(`products_${how}`, 60, 'measure', s.row, how, s.products),
    child(`convolutions_${how}`, 180, 'measure', s.row, how, s.convolutions),
  ];
  const isQuiet = size === 'full' ? [] : ['--force'];
  const tune = ['tune', '--models', s.tuned, '--batch', '32', '--seconds', String(s.tune), ...isQuiet];
  const asked = [...s.products, ...s.convolutions, ...s.training.split(','), ...s.deep];
  return [
    child('facts', 60, 'facts', s.row, 'plain', []),
    weft('doctor', 60, 'doctor', '--no-tune'),
    part('correctness', 200, 'tests', [`${ROOT}/scripts/test.mjs`, ...s.tests]),
    ...hot('plain'),
    ...bench('plain', s.bench),
    ...training('plain'),
    weft('tune', s.tune + 60, ...tune),
    ...hot('tuned'),
    ...bench('tuned', s.bench),
    ...training('tuned'),
    { ...part('torch', 240, 'lines', [TORCH[1], size === 'full' ? '1' : '0', ...asked]), program: TORCH[0] },
  ];
}

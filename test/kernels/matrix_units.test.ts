/**
 * The members for matrix units, with plain loops in the place of the units: the same kernels, for configurations that
 * adapters list. Numbers are whole multiples of what a half holds, so that only the last rounding is left.
 */
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { backward } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { matrixUnits, type MatrixInfo } from '../../src/device/adapter/matrices.js';
import { conv2dGeometry, type Conv2dOptions } from '../../src/kernels/conv2d/conv2d.js';
import { conv2dBackwardInputTrials, conv2dBackwardWeightTrials, conv2dTrials } from '../../src/kernels/conv2d/trial.js';
import type { Choice } from '../../src/kernels/launch/family.js';
import { uploadInputs, type FamilyTrials } from '../../src/kernels/launch/trial.js';
import { matmul } from '../../src/kernels/matmul/matmul.js';
import type { MatmulProblem } from '../../src/kernels/matmul/family.js';
import { matmulTrials } from '../../src/kernels/matmul/trial.js';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { rand } from '../../src/kernels/random/random.js';
import { SGD } from '../../src/optim/optim.js';
import { full, tensor, zeros } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';
import { fails } from '../device/tools.js';

const test = suite('matrix units');

/** A device that is told it is a GPU with such units, or null where it has no halves. */
async function pretending(told: string): Promise<Device | null> {
  const before = process.env['WEFT_PRETEND'];
  process.env['WEFT_PRETEND'] = told;
  try {
    const device = await Device.create();
    if (device.matrices !== null) return device;
    assert.not(device.features.has('shader-f16'));
    device.destroy();
    return null;
  } finally {
    if (before === undefined) delete process.env['WEFT_PRETEND'];
    else process.env['WEFT_PRETEND'] = before;
  }
}

async function with_(told: string, body: (device: Device) => Promise<void>): Promise<void> {
  const device = await pretending(`gpu,matrices=${told}`);
  if (device === null) return;
  try {
    await body(device);
  } finally {
    device.destroy();
  }
}

async function validate<P>(device: Device, trials: FamilyTrials<P>, problem: P, choices: readonly Choice[]) {
  const trial = trials.trial(problem);
  const expected = trial.cpu(trial.inputs).data;
  const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  assert.ok(choices.length > 0);
  for (const choice of choices) {
    const got = await trial.gpu(uploadInputs(device, trial), choice).read();
    const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(got[i] - v) || (got[i] === v ? 0 : Infinity)), 0);
    assert.ok(worst <= trial.tolerance * largest, `${JSON.stringify(choice)}: ${worst} of ${largest}`);
  }
}

const matrixMembers = <P>(device: Device, { family }: FamilyTrials<P>, problem: P): Choice[] =>
  family.candidates(device, problem).filter(({ variant }) => variant === 'matrix');

const product = (M: number, K: number, N: number, transposeA: boolean, transposeB: boolean): MatmulProblem => ({
  batch: 1,
  M,
  N,
  K,
  transposeA,
  transposeB,
  isHalf: true,
});
const conv = (x: number[], w: number[], options: Conv2dOptions) => ({ ...conv2dGeometry(x, w, options), isHalf: true });

const PRODUCTS = [
  product(33, 36, 132, false, true),
  product(36, 20, 35, true, false),
  product(9, 70, 12, false, false),
];
const CONVOLUTIONS = [
  conv([2, 36, 5, 5], [12, 36, 3, 3], { padding: 1 }),
  conv([2, 3, 9, 9], [10, 3, 5, 5], { stride: 2, padding: 2 }),
  conv([2, 16, 6, 6], [16, 8, 3, 3], { groups: 2, padding: 1, dilation: 1 }),
];

for (const told of ['16x16x16', '8x8x8', '16x8x16'])
  test(`products and convolutions by units of ${told}`, () =>
    with_(told, async (device) => {
      for (const p of told === '16x16x16' ? PRODUCTS : PRODUCTS.slice(0, 1)) {
        const members = matrixMembers(device, matmulTrials, p);
        assert.equal(matmulTrials.family.defaultChoice(device, p), members[0], 'the default');
        await validate(device, matmulTrials, p, members.slice(0, 1));
      }
      for (const g of told === '16x16x16' ? CONVOLUTIONS : CONVOLUTIONS.slice(2))
        for (const trials of [conv2dTrials, conv2dBackwardInputTrials, conv2dBackwardWeightTrials]) {
          const members = matrixMembers(device, trials, g);
          assert.equal(trials.family.defaultChoice(device, g), members[0], 'the default');
          await validate(device, trials, g, members.slice(0, 1));
        }
    }));

test('tiles of several fragments a subgroup, and parts of K', () =>
  with_('8x8x8', async (device) => {
    const wide = { variant: 'matrix', TILE_M: 64, TILE_N: 64, SUB_M: 32, SUB_N: 32, FM: 8, FN: 8, FK: 8 };
    await validate(device, matmulTrials, product(70, 128, 68, false, true), [{ ...wide, SPLITS: 2 }]);
    await validate(device, conv2dBackwardWeightTrials, CONVOLUTIONS[0], [wide]);
  }));

test('bias, activation, sums of rows, NaN; numbers past what a half holds are infinite', () =>
  with_('16x16x16', async (device) => {
    const a = tensor(
      device,
      [
        [1, -2, 3, NaN],
        [0.5, 0, -1, 2],
      ],
      { dtype: 'f16' },
    );
    const b = tensor(device, [[1], [1], [1], [100_000]]);
    const rowSums = zeros(device, [2]);
    const bias = full(device, [1], -1);
    const y = matmul(a, b, { bias, activation: 'relu', rowSums, dtype: 'f32' });
    assert.equal([...(await y.read())], [NaN, Infinity]);
    assert.equal([...(await rowSums.read())], [NaN, 1.5]);
  }));

test('a network trains with them as with f32 sums of halves', async () => {
  const losses = async (device: Device): Promise<number[]> => {
    const model = new Sequential(new Conv2d(4, 8, 3, { padding: 1 }), new ReLU(), new Flatten(), new Linear(288, 10));
    const optimizer = new SGD(model.to(device, { seed: 0 }).train(), { lr: 0.1, momentum: 0.9 });
    const x = rand(device, [16, 4, 6, 6]);
    const labels = tensor(
      device,
      Uint32Array.from({ length: 16 }, (_, i) => i % 10),
    );
    const seen: number[] = [];
    for (let i = 0; i < 6; i++) {
      optimizer.zeroGrad();
      const loss = autocast(() => F.crossEntropy(model.forward(x), labels));
      backward(loss);
      optimizer.step();
      seen.push(await loss.item());
    }
    return seen;
  };
  await with_('16x16x16', async (device) => {
    const got = await losses(device);
    const plain = await Device.create();
    try {
      const expected = await losses(plain);
      for (const [i, loss] of got.entries())
        assert.ok(Math.abs(loss - expected[i]) < 0.01, `step ${i}: ${loss}, without them ${expected[i]}`);
    } finally {
      plain.destroy();
    }
  });
});

test('without units the member is refused', async () => {
  const device = await Device.create();
  try {
    assert.is(device.matrices, null);
    const choice = { variant: 'matrix', TILE_M: 32, TILE_N: 32, SUB_M: 16, SUB_N: 16, FM: 16, FN: 16, FK: 16 };
    const a = zeros(device, [4, 4]);
    await fails(
      () => matmul(a, a, { choice }),
      UsageError,
      /"matrix" needs matrix units for halves, and .* offers none/,
    );
  } finally {
    device.destroy();
  }
});

test('what an adapter must offer', () => {
  const config = (M: number, N: number, K: number, componentType = 'f16', resultComponentType = 'f32') => ({
    ...{ M, N, K, componentType, resultComponentType },
  });
  const info = (min: number, max: number): MatrixInfo => ({
    subgroupMinSize: min,
    subgroupMaxSize: max,
    subgroupMatrixConfigs: [config(16, 16, 16, 'f16', 'f16'), config(16, 8, 16), config(16, 16, 16), config(2, 8, 4)],
  });
  const all = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix', 'subgroup-size-control'];
  const language = new Set(['subgroup_id', 'subgroup_uniformity']);
  const units = (without: string, min = 32, max = 32) =>
    matrixUnits(new Set(all.filter((f) => f !== without)), language, info(min, max), null);
  const shapes = [
    { M: 16, N: 8, K: 16 },
    { M: 16, N: 16, K: 16 },
  ];
  assert.equal(units('subgroup-size-control'), { shapes, lanes: 32, mode: 'fixed' });
  assert.equal(units('', 32, 64), { shapes, lanes: 64, mode: 'sized' });
  assert.is(units('', 8, 32), null, 'units for subgroups of 8 or 16 are none for the largest');
  assert.is(units('subgroup-size-control', 32, 64), null, 'of which size a subgroup is must be known');
  for (const without of all.slice(0, 3).filter((f) => f !== 'subgroups')) assert.is(units(without), null, without);
  assert.is(matrixUnits(new Set(all), new Set(), info(32, 32), null), null, 'WGSL must know of subgroups');
});

test.run();

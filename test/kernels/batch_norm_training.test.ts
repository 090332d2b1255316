/** Batch normalisation in training in joined launches, as GPUs do it, against one launch for each part. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { JOINED_BUFFERS, batchNormBackward, batchNormTraining } from '../../src/kernels/norm/batch_norm_training.js';
import { cast } from '../../src/kernels/elementwise/cast.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS } from '../../src/tensor/layout.js';
import { empty, full, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('batch_norm_training');

interface Case {
  readonly shape: readonly number[];
  readonly isFours?: boolean;
  readonly isHalf?: boolean;
  readonly hasResidual?: boolean;
}

/** All that a training step makes or moves, by name. */
async function results(
  device: Device,
  { shape, isFours = false, isHalf = false, hasResidual = false }: Case,
  isJoined: boolean,
): Promise<Map<string, ArrayLike<number>>> {
  const C = shape[1];
  const lying = (t: Tensor): Tensor => {
    const own = isHalf ? cast(t, 'f16') : t;
    return isFours ? convertLayout(own, FOURS) : own;
  };
  const drawn = (seed: number): Tensor => lying(upload(device, drawTensor(shape, { low: -1, high: 2 }, seed)));
  const [x, dy] = [drawn(1), drawn(2)];
  const residual = hasResidual ? drawn(3) : null;
  const [weight, bias] = [4, 5].map((seed) => upload(device, drawTensor([C], UNIT, seed)));
  const running = { mean: zeros(device, [C]), variance: full(device, [C], 1), batches: zeros(device, [], 'u32') };
  const epilogue = { activation: 'relu', residual } as const;
  const forward = batchNormTraining(x, running, 0.1, weight, bias, 1e-5, epilogue, isJoined);
  const { y, statistics } = forward;
  const counting = hasResidual ? empty(device, x.shape, x.dtype, x.layout) : null;
  const { dx, dw, db } = batchNormBackward(dy, x, statistics, weight, 1e-5, { y, counting }, isJoined);
  assert.is(y.layout, x.layout);
  assert.is(dx.layout, x.layout);
  const made = { y, dx, dw, db, mean: statistics.mean, variance: statistics.variance };
  const moved = { running_mean: running.mean, running_var: running.variance, batches: running.batches };
  const named = Object.entries({ ...made, ...moved, ...(counting === null ? {} : { counting }) });
  return new Map(await Promise.all(named.map(async ([name, t]) => [name, await t.read()] as const)));
}

async function expectAlike(device: Device, c: Case, label: string): Promise<void> {
  if (device.limits.maxStorageBuffersPerShaderStage < JOINED_BUFFERS) return; // there they are never joined
  const [got, expected] = [await results(device, c, true), await results(device, c, false)];
  for (const [argument, e] of expected) {
    const tolerance = c.isHalf === true ? 2e-3 : 5e-6;
    const given = got.get(argument) as ArrayLike<number>;
    if (argument === 'counting') expectSame('batch_norm', argument, given, e);
    else expectClose({ op: 'batch_norm', argument, got: given, expected: e, tolerance, pair: 'GPU with CPU', label });
  }
}

for (const c of [
  { shape: [5, 7, 3] },
  { shape: [4, 300] }, // several channels to a workgroup, the last of which has fewer
  { shape: [2, 3, 9, 9], hasResidual: true },
  { shape: [64, 2, 16, 16], hasResidual: true }, // a channel in many parts
  { shape: [64, 8, 16, 16], isFours: true, hasResidual: true },
  { shape: [3, 8, 5, 5], isFours: true },
  { shape: [8, 52, 4, 4], isFours: true, hasResidual: true }, // several fours to a workgroup
])
  test(`${c.shape.join(' x ')}${c.isFours === true ? ' in fours' : ''}`, async () =>
    expectAlike(await testDevice(), c, 'joined'));

test('halves', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  await expectAlike(device, { shape: [4, 8, 6, 6], isFours: true, isHalf: true, hasResidual: true }, 'halves');
});

test('in windows: running statistics move once', () =>
  withDevice({ maxBindingBytes: 2048 }, async (device) => {
    await expectAlike(device, { shape: [13, 4, 16], hasResidual: true }, 'in windows');
    await expectAlike(device, { shape: [13, 4, 4, 4], isFours: true }, 'in windows, fours');
  }));

test('a NaN spoils its channel alone', async () => {
  const device = await testDevice();
  const x = drawTensor([3, 5, 4, 5], UNIT, 6);
  x.data[2 * 20 + 3] = NaN; // of channel 2
  const [one, none] = [full(device, [5], 1), zeros(device, [5])];
  const { y } = batchNormTraining(upload(device, x), null, 0.1, one, none, 1e-5, { activation: 'relu' }, true);
  const isNan = Array.from(await y.read(), Number.isNaN);
  assert.equal(
    isNan,
    isNan.map((_, i) => Math.floor(i / 20) % 5 === 2),
  );
});

test.run();

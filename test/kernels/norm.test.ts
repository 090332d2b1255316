/** Normalisations against their references; running statistics, accuracy far from 0, windows, and what is refused. */
import { equal, throws } from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { batchNorm, groupNorm, layerNorm, localResponseNorm } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { batchStatistics, movedStatistics } from '../../src/kernels/norm/batch_norm_reference.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload, type Domain } from '../../src/cases/draw.js';

const test = gpuSuite('norm');

/** Running statistics after each of three batches against the reference, with this momentum. */
async function expectRunning(
  device: Device,
  shape: readonly number[],
  momentum: number | null,
  domain: Domain,
  tolerance: number,
): Promise<void> {
  const C = shape[1];
  const batches = [1, 2, 3].map((seed) => drawTensor(shape, domain, seed));
  let expected = { mean: hostTensor([C]), variance: hostTensor([C], new Float64Array(C).fill(1)) };
  const [mean, variance, tracked] = [
    upload(device, expected.mean),
    upload(device, expected.variance),
    zeros(device, [], 'u32'),
  ];
  for (const [i, x] of batches.entries()) {
    device.step(
      () =>
        void batchNorm(upload(device, x), mean, variance, null, null, {
          training: true,
          momentum,
          numBatchesTracked: tracked,
        }),
    );
    expected = movedStatistics(expected, batchStatistics(x), x.data.length / C, momentum ?? 1 / (i + 1));
  }
  const common = {
    op: 'batch_norm',
    tolerance,
    pair: 'GPU with CPU',
    label: `${shape.join()} momentum ${momentum}`,
  } as const;
  expectClose({ ...common, argument: 'mean', got: await mean.read(), expected: expected.mean.data });
  expectClose({ ...common, argument: 'var', got: await variance.read(), expected: expected.variance.data });
  equal(await tracked.read(), Uint32Array.of(3));
}

const LIMITED = { low: 0, high: 3 };
test('running statistics, momentum 0.1', async () => expectRunning(await testDevice(), [5, 7, 3], 0.1, LIMITED, 1e-6));
test('running statistics, cumulative average', async () =>
  expectRunning(await testDevice(), [4, 300], null, LIMITED, 1e-6));
test('running statistics, momentum 1: the last batch', async () =>
  expectRunning(await testDevice(), [2, 3, 9, 9], 1, LIMITED, 1e-6));
// E[x^2] - E[x]^2 would lose all of it: 1e8 against a variance of 0.08.
test('variance far from 0', async () =>
  expectRunning(await testDevice(), [3, 2, 64, 64], 1, { low: 10000, high: 10001 }, 1e-5));

test('a first number far from all others spoils no variance', async () => {
  const device = await testDevice();
  for (const shape of [
    [1, 1, 4099],
    [1, 1, 4096],
  ]) {
    const x = drawTensor(shape, { low: 1000, high: 1001 }, 1);
    x.data[0] = 0;
    const variance = zeros(device, [1]);
    batchNorm(upload(device, x), zeros(device, [1]), variance, null, null, {
      training: true,
      momentum: 1,
      numBatchesTracked: zeros(device, [], 'u32'),
    });
    const expected = batchStatistics(x).variance.data[0] * (x.data.length / (x.data.length - 1));
    expectClose({
      op: 'batch_norm',
      argument: 'var',
      got: await variance.read(),
      expected: [expected],
      tolerance: 1e-5,
      pair: 'GPU with CPU',
      label: 'outlier',
    });
  }
});

test('layer_norm far from 0', async () => {
  const device = await testDevice();
  const x = drawTensor([3, 1025], { low: 10000, high: 10001 }, 1);
  const shifted = hostTensor(
    x.shape,
    x.data.map((v) => v - 10000),
  ); // exact
  const [y, expected] = await Promise.all([x, shifted].map((t) => layerNorm(upload(device, t), 1025).read()));
  expectClose({
    op: 'layer_norm',
    argument: 'y',
    got: y,
    expected,
    tolerance: 1e-5,
    pair: 'GPU with CPU',
    label: 'far from 0',
  });
});

/** y and all gradients. */
async function everything(
  device: Device,
  op: (x: Tensor, w: Tensor, b: Tensor) => Tensor,
  x: HostTensor,
  affine: number,
): Promise<ArrayLike<number>[]> {
  const inputs = [x, drawTensor([affine], UNIT, 2), drawTensor([affine], UNIT, 3)].map((t) =>
    upload(device, t, 'f32', true),
  );
  const y = op(inputs[0], inputs[1], inputs[2]);
  backward(y, upload(device, drawTensor(y.shape, UNIT, 4)));
  return Promise.all([y, ...inputs.map((t) => t.grad).filter((g) => g !== null)].map((t) => t.read()));
}

test('past the binding limit: in windows', async () => {
  const rows: [string, readonly number[], number, (x: Tensor, w: Tensor, b: Tensor) => Tensor][] = [
    ['batch_norm', [13, 4, 16], 4, (x, w, b) => batchNorm(x, null, null, w, b, { training: true })],
    ['batch_norm', [150, 5], 5, (x, w, b) => batchNorm(x, null, null, w, b, { training: true })],
    ['group_norm', [13, 4, 16], 4, (x, w, b) => groupNorm(x, 2, w, b)],
    ['layer_norm', [150, 5], 5, (x, w, b) => layerNorm(x, 5, w, b)],
    ['local_response_norm', [13, 4, 16], 1, (x) => localResponseNorm(x, 3, { alpha: 0.5 })],
  ];
  const whole = await testDevice();
  await withDevice({ maxBindingBytes: 2048 }, async (device) => {
    for (const [op, shape, affine, run] of rows) {
      const x = drawTensor(shape, { low: -1, high: 2 }, 1);
      const [got, expected] = await Promise.all([device, whole].map((d) => everything(d, run, x, affine)));
      for (const [i, e] of expected.entries()) {
        expectClose({
          op,
          argument: ['y', 'dx', 'dw', 'dbias'][i],
          got: got[i],
          expected: e,
          tolerance: 2e-6,
          pair: 'GPU with CPU',
          label: 'in windows',
        });
      }
    }
    throws(
      () => groupNorm(zeros(device, [2, 2, 512]), 1),
      /\[group_norm\] 1 rows of 4096 bytes are larger than the adapter can bind/,
    );
  });
});

test('the same numbers twice: no atomics, no races', async () => {
  const device = await testDevice();
  const x = drawTensor([3, 2, 64, 64], UNIT, 1);
  const run = (t: Tensor, w: Tensor, b: Tensor): Tensor => batchNorm(t, null, null, w, b, { training: true });
  const [first, second] = [await everything(device, run, x, 2), await everything(device, run, x, 2)];
  for (const [i, e] of first.entries()) expectSame('batch_norm', `result ${i}`, second[i], e);
});

test('a gradient for the affine part only, and for x only', async () => {
  const device = await testDevice();
  const x = drawTensor([4, 3, 5], UNIT, 1);
  for (const training of [true, false]) {
    const run = (t: Tensor, w: Tensor, b: Tensor): Tensor =>
      batchNorm(t, zeros(device, [3]), upload(device, hostTensor([3], [1, 2, 3])), w, b, { training });
    const [, dx, dw, db] = await everything(device, run, x, 3);
    const [w, b] = [2, 3].map((seed) => upload(device, drawTensor([3], UNIT, seed), 'f32', true));
    backward(run(upload(device, x), w, b), upload(device, drawTensor(x.shape, UNIT, 4)));
    expectSame('batch_norm', 'dw', (await w.grad?.read()) ?? [], dw);
    expectSame('batch_norm', 'dbias', (await b.grad?.read()) ?? [], db);
    const alone = upload(device, x, 'f32', true);
    backward(run(alone, upload(device, drawTensor([3], UNIT, 2)), b), upload(device, drawTensor(x.shape, UNIT, 4)));
    expectSame('batch_norm', 'dx', (await alone.grad?.read()) ?? [], dx);
  }
});

test('what is refused', async () => {
  const device = await testDevice();
  const of = (...shape: number[]): Tensor => zeros(device, shape);
  const training = { training: true };
  throws(
    () => batchNorm(of(3), null, null, null, null, training),
    /\[batch_norm\] x \(3,\) has 1 dimensions, expected at least 2/,
  );
  throws(
    () => batchNorm(of(1, 3, 1, 1), null, null, null, null, training),
    /more than 1 value per channel when training, got x \(1, 3, 1, 1\)/,
  );
  throws(() => batchNorm(of(2, 3), null, null), /needs both running statistics when it does not train/);
  throws(() => batchNorm(of(2, 3), of(3), null, null, null, training), /needs both running statistics/);
  throws(
    () => batchNorm(of(2, 3), of(3), of(3), null, null, { training: true, momentum: null }),
    /momentum null needs numBatchesTracked/,
  );
  throws(() => batchNorm(of(2, 3), of(3), of(4)), /runningVar \(4,\) does not fit x \(2, 3\): expected \(3,\)/);
  throws(() => batchNorm(of(2, 3), of(3), of(3), of(1, 3)), /weight \(1, 3\) does not fit/);
  throws(
    () => batchNorm(tensor(device, Uint32Array.of(1, 2), { shape: [2, 1] }), of(1), of(1)),
    /x \(2, 1\) is u32, expected f32/,
  );
  throws(() => layerNorm(of(2, 3), [2]), /\[layer_norm\] x \(2, 3\) does not end in normalizedShape \(2,\)/);
  throws(() => layerNorm(of(2, 3), []), /does not end in normalizedShape/);
  throws(() => layerNorm(of(2, 3), 3, of(2)), /\[layer_norm\] weight \(2\) f32 does not fit: expected \(3\) f32/);
  throws(() => groupNorm(of(2, 4), 3), /the 4 channels of x \(2, 4\) do not make 3 groups/);
  throws(() => groupNorm(of(1, 4, 1), 4), /more than 1 value per group/);
  throws(() => groupNorm(of(2, 4), 2, of(4), of(2)), /\[group_norm\] bias \(2\) f32 does not fit: expected \(4\) f32/);
  throws(
    () => localResponseNorm(of(2, 3), 5),
    /\[local_response_norm\] x \(2, 3\) has 2 dimensions, expected at least 3/,
  );
  throws(() => localResponseNorm(of(2, 3, 4), 0), /size 0 is not a whole number/);
});

test.run();

/** Variance, logsumexp, norms, argmax: their cases; infinities, nothing, one element; and sums of 16 Mi elements. */
import * as assert from 'uvu/assert';
import {
  argmax,
  argmin,
  greater,
  less,
  logsumexp,
  mean,
  norm,
  std,
  sum,
  variance,
  where,
  type ReduceOptions,
} from '../../../src/autograd/ops/index.js';
import { tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';
import { randomNumbers } from '../../../src/cases/draw.js';

const test = gpuSuite('statistics');

test('sums and means of 16 Mi elements are within 1e-6', async () => {
  const device = await testDevice();
  const rows = 4096; // a thread an output, each over 4096 elements, when one dimension is reduced
  const random = randomNumbers(1);
  const x = Float32Array.from({ length: rows * rows }, () => 0.5 + random());
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      rowSums[i] += x[i * rows + j];
      columnSums[j] += x[i * rows + j];
    }
  }
  const total = rowSums.reduce((a, b) => a + b, 0);
  const onGpu = tensor(device, x, { shape: [rows, rows] });
  const check = async (
    f: (x: Tensor, options?: ReduceOptions) => Tensor,
    options: ReduceOptions,
    expected: ArrayLike<number>,
  ): Promise<void> => {
    const got = Array.from(await f(onGpu, options).read());
    const worst = got.reduce((m, v, i) => Math.max(m, Math.abs(v / expected[i] - 1)), 0);
    assert.ok(worst < 1e-6, `off by ${worst} of itself`);
  };
  await check(sum, {}, [total]);
  await check(mean, {}, [total / rows ** 2]);
  await check(sum, { dim: 1 }, rowSums);
  await check(sum, { dim: 0 }, columnSums);
  onGpu.storage.release();
  device.trim();
});

test('variance is taken in two passes', async () => {
  const device = await testDevice();
  // squares of 1e8 leave f32 no digit for a variance of 0.25
  const values = Array.from({ length: 1000 }, (_, i) => 10000 + (i % 2));
  assert.ok(Math.abs((await variance(tensor(device, values), { unbiased: false }).item()) - 0.25) < 1e-6);
});

test('one element, nothing, infinities', async () => {
  const device = await testDevice();
  const one = tensor(device, [3]);
  assert.ok(Number.isNaN(await variance(one).item()));
  assert.ok(Number.isNaN(await std(one).item()));
  assert.is(await std(one, { unbiased: false }).item(), 0);
  const wide = tensor(device, [
    [-Infinity, -Infinity],
    [-Infinity, 2],
    [Infinity, 0],
  ]);
  const [none, two, infinite] = await logsumexp(wide, { dim: 1 }).read();
  assert.ok(none < -3.4e38, `${none}`); // WGSL leaves log(0) to the driver: SwiftShader's is a number
  assert.equal([two, infinite], [2, Infinity]);
  assert.equal([...(await logsumexp(zeros(device, [2, 0]), { dim: 1 }).read())], [-Infinity, -Infinity]);
  assert.is(await norm(zeros(device, [0])).item(), 0);
  assert.equal((await argmax(zeros(device, [0, 3]), { dim: 1 }).read()).length, 0);
});

test('in windows, past the binding limit', async () => {
  const x = Float32Array.from({ length: 64 * 100 }, (_, i) => Math.fround(Math.sin(i)));
  const run = (limit?: number): Promise<number[][]> =>
    withDevice(limit === undefined ? {} : { maxBindingBytes: limit }, async (device) => {
      const t = tensor(device, x, { shape: [640, 10] });
      const results = [
        argmax(t, { dim: 1 }),
        norm(t, 1),
        norm(t, Infinity, { dim: 0 }),
        norm(t, 2, { dim: 1 }),
        variance(t, { dim: 1 }),
        std(t),
        logsumexp(t),
        where(less(t, 0), t, 1),
      ];
      return Promise.all(results.map(async (y) => Array.from(await y.read())));
    });
  const [got, expected] = [await run(8192), await run()];
  for (const [i, y] of got.entries()) {
    assert.is(y.length, expected[i].length);
    assert.ok(
      y.every((v, j) => Math.abs(v - expected[i][j]) <= 1e-6 * Math.abs(expected[i][j])),
      `result ${i}: ${y.slice(0, 3).join()}, expected ${expected[i].slice(0, 3).join()}`,
    );
  }
});

test('more than 65,535 workgroups', async () => {
  const device = await testDevice();
  const n = 65_537 * 64;
  const x = Float32Array.from({ length: n }, (_, i) => i % 3);
  const t = tensor(device, x, { shape: [n, 1] });
  const [chosen, index] = [await where(greater(t, 1), t, -1).read(), await argmin(t, { dim: 1 }).read()];
  assert.ok(x.every((v, i) => chosen[i] === (v > 1 ? v : -1) && index[i] === 0));
  t.storage.release();
  device.trim();
});

test('messages', async () => {
  const x = zeros(await testDevice(), [2, 0]);
  assert.throws(() => argmax(x, { dim: 1 }), /\[argmax\] x \(2, 0\) has no entries along dim 1/);
  assert.throws(() => argmin(x, { dim: 2 }), /\[argmin\] dim 2 is out of range for 2 dimensions/);
  assert.throws(() => norm(x, 3), /\[norm\] p = 3 is not offered/);
  assert.throws(() => variance(x, { dim: [1, -1] }), /\[var\] dims \(1,-1\) name a dimension twice/);
});

test.run();

/**
 * Sizes that need more than 65,535 workgroups, so that the grid is folded into two dimensions; and sums that are long.
 */
import * as assert from 'uvu/assert';
import { add, argmax, max, mean, permute, relu, softmax, sum } from '../../../src/autograd/ops/index.js';
import type { Device } from '../../../src/device/device.js';
import { empty, type Tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { randomNumbers } from '../../../src/cases/draw.js';

const test = gpuSuite('large');

/** Uploads without a copy. */
function put(device: Device, data: Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor {
  const x = empty(device, shape);
  device.write(x.storage, data);
  return x;
}

/** Numbers that differ everywhere within a distance of 2^24, cheap to make and exact. */
const pattern = (n: number): Float32Array<ArrayBuffer> => {
  const x = new Float32Array(n);
  for (let i = 0; i < n; i++) x[i] = ((i * 2654435761) % 16777213) / 65536 - 128;
  return x;
};

function firstDifference(got: ArrayLike<number>, expected: (i: number) => number, tolerance = 0): string | null {
  for (let i = 0; i < got.length; i++) {
    if (!(Math.abs(got[i] - expected(i)) <= tolerance)) return `at ${i} got ${got[i]}, expected ${expected(i)}`;
  }
  return null;
}

test('elementwise: 65,536 workgroups of 64 vec4s and 5 elements more', async () => {
  const device = await testDevice();
  const n = 65536 * 256 + 5;
  const x = pattern(n);
  const y = device.step(() => relu(put(device, x, [n])));
  assert.is(
    firstDifference(await y.read(), (i) => Math.max(x[i], 0)),
    null,
  );
  y.storage.release();
  device.trim();
});

// A thread an output or row: 65,536 workgroups of 64 threads and 3 more.
const ROWS = 65536 * 64 + 3;

test('a row a thread: argmax, softmax, reductions, broadcasts', async () => {
  const device = await testDevice();
  const data = pattern(2 * ROWS);
  const x = put(device, data, [ROWS, 2]);
  const check = async (make: () => Tensor, expected: (i: number) => number, tolerance = 0): Promise<void> => {
    const y = device.step(make);
    assert.is(firstDifference(await y.read(), expected, tolerance), null);
    y.storage.release();
  };
  await check(
    () => argmax(x, { dim: 1 }),
    (i) => Number(data[2 * i + 1] > data[2 * i]),
  );
  await check(
    () => max(x, { dim: 1 }),
    (i) => Math.max(data[2 * i], data[2 * i + 1]),
  );
  await check(
    () => sum(x, { dim: 1 }),
    (i) => Math.fround(data[2 * i] + data[2 * i + 1]),
  );
  await check(
    () => softmax(x),
    (i) => 1 / (1 + Math.exp(data[i % 2 === 0 ? i + 1 : i - 1] - data[i])),
    1e-6,
  );
  await check(
    () => add(x, put(device, Float32Array.of(1, 2), [2])),
    (i) => Math.fround(data[i] + 1 + (i % 2)),
  );
  await check(
    () => permute(x, [1, 0]),
    (i) => (i < ROWS ? data[2 * i] : data[2 * (i - ROWS) + 1]),
  );
  x.storage.release();
  device.trim();
});

test('the mean of 2^24 numbers near 1 is right to 1e-6, over all, rows and columns', async () => {
  const device = await testDevice();
  const n = 4096;
  const random = randomNumbers(1);
  const data = Float32Array.from({ length: n * n }, () => 1 + 0.01 * (random() - 0.5));
  const x = put(device, data, [n, n]);
  const byRow = new Float64Array(n);
  const byColumn = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      byRow[i] += data[i * n + j] / n;
      byColumn[j] += data[i * n + j] / n;
    }
  }
  const all = byRow.reduce((s, v) => s + v, 0) / n;
  const [a, r, c] = device.step(() => [mean(x), mean(x, { dim: 1 }), mean(x, { dim: 0 })]);
  assert.is(
    firstDifference(await a.read(), () => all, 1e-6),
    null,
  );
  assert.is(
    firstDifference(await r.read(), (i) => byRow[i], 1e-6),
    null,
  );
  assert.is(
    firstDifference(await c.read(), (i) => byColumn[i], 1e-6),
    null,
  );
  for (const t of [a, r, c, x]) t.storage.release();
  device.trim();
});

test.run();

/**
 * The largest entries of rows: against the reference; special numbers, windows joined, gradients of the values, what is
 * refused.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import { topk } from '../../../src/autograd/ops/index.js';
import { ShapeError } from '../../../src/device/errors.js';
import { topk as topkReference } from '../../../src/kernels/reduce/topk_reference.js';
import { LARGEST_K, mergeTopk, topk as topkKernel, type TopK } from '../../../src/kernels/reduce/topk.js';
import { tensor, zeros } from '../../../src/tensor/tensor.js';
import { expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';
import { drawTensor, upload, UNIT, type Domain } from '../../../src/cases/draw.js';

const test = gpuSuite('topk');
const FEW: Domain = { low: -3, high: 3, integers: true };

const read = async ({ values, indices }: TopK): Promise<[number[], number[]]> => [
  [...(await values.read())],
  [...(await indices.read())],
];

test('values and indices, with many ties', async () => {
  const device = await testDevice();
  for (const [N, C, k] of [
    [3, 50, 7],
    [2, 3000, 100],
  ]) {
    const x = drawTensor([N, C], FEW, C);
    const expected = topkReference(x, k);
    assert.equal(await read(topkKernel(upload(device, x), k)), [[...expected.values.data], [...expected.indices.data]]);
  }
});

test('NaN is larger than infinity, -0 equals 0, and -infinity comes before nothing', async () => {
  const device = await testDevice();
  const row = [-0, 0, -Infinity, Number.NaN, Infinity, -1e-40, 1e-40, Number.NaN, -5, -3.4e38, -0];
  const { values, indices } = topkKernel(tensor(device, [row, row]), row.length);
  const order = [3, 7, 4, 6, 0, 1, 10, 5, 8, 9, 2];
  assert.equal([...(await indices.read())], [...order, ...order]);
  assert.equal(
    [...(await values.read())].slice(0, row.length).map(String),
    order.map((i) => String(Math.fround(row[i]))),
  );
  const reference = topkReference({ shape: [1, row.length], data: Float64Array.from(row) }, row.length);
  assert.equal([...reference.indices.data], order);
});

test('windows of rows, joined, are the whole', async () => {
  const device = await testDevice();
  const x = drawTensor([4, 900], FEW, 9);
  const part = (from: number, to: number) =>
    tensor(
      device,
      Float32Array.from(
        { length: 4 * (to - from) },
        (_, i) => x.data[Math.floor(i / (to - from)) * 900 + from + (i % (to - from))],
      ),
      { shape: [4, to - from] },
    );
  const windows = [
    [0, 3],
    [3, 500],
    [500, 900],
  ].map(([from, to]) => topkKernel(part(from, to), Math.min(12, to - from), from));
  const joined = windows.reduce((a, b) => mergeTopk(a, b, 12));
  const expected = topkReference(x, 12);
  assert.equal(await read(joined), [[...expected.values.data], [...expected.indices.data]]);
});

test('more rows than a binding takes', async () => {
  const x = drawTensor([300, 200], UNIT, 3);
  const expected = topkReference(x, 5);
  await withDevice({ maxBindingBytes: 65536 }, async (device) =>
    expectSame('topk', 'indices', await topkKernel(upload(device, x), 5).indices.read(), expected.indices.data),
  );
});

test('the gradient of the values goes to where they were', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([2, 9], { ...UNIT, distinct: true }, 4), 'f32', true);
  const { values, indices } = topk(x, 3);
  backward(
    values,
    tensor(device, [
      [1, 2, 3],
      [4, 5, 6],
    ]),
  );
  const expected = new Float32Array(18);
  for (const [i, c] of (await indices.read()).entries()) expected[Math.floor(i / 3) * 9 + c] = i + 1;
  assert.equal(await x.grad?.read(), expected);
});

test('what is refused', async () => {
  const device = await testDevice();
  for (const k of [0, 6, 1.5])
    assert.throws(
      () => topkKernel(zeros(device, [2, 5]), k),
      (e: unknown) => e instanceof ShapeError && e.message.includes(`k = ${k} of x (2, 5)`),
    );
  assert.throws(() => topkKernel(zeros(device, [2, 5000]), LARGEST_K + 1), /k = 257 of x \(2, 5000\)/);
  assert.throws(() => topkKernel(zeros(device, [5000]), 1), /has 1 dimensions, expected 2/);
});

test.run();

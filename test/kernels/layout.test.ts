/** Copies of tensors in another layout: there and back, stale copies, and what must not be written. */
import * as assert from 'uvu/assert';
import { detach } from '../../src/autograd/detach.js';
import { unary } from '../../src/kernels/elementwise/unary.js';
import { binary, binaryBackward } from '../../src/kernels/elementwise/binary.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { cast } from '../../src/kernels/elementwise/cast.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS, ROWS, filterLayout, permuted, type Layout } from '../../src/tensor/layout.js';
import { Tensor, empty, tensor } from '../../src/tensor/tensor.js';
import { testDevice, withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';

const test = suite('layout');
const count = (n: number): Float32Array<ArrayBuffer> => Float32Array.from({ length: n }, (_, i) => i + 1);

const SHAPES: readonly [shape: number[], layout: Layout][] = [
  [[2, 8, 4, 6], FOURS],
  [[3, 4, 5, 7], FOURS],
  [[1, 12, 1, 3], FOURS],
  [[5, 4, 1, 1], FOURS],
  [[6, 8, 3, 3], filterLayout(1)],
  [[6, 4, 1, 5], filterLayout(2)],
];

for (const [shape, layout] of SHAPES) {
  test(`(${shape.join(', ')}) in ${layout.kind}, ${layout.groups} groups: as the host puts it, and back`, async () => {
    const device = await testDevice();
    const numbers = count(shape.reduce((a, b) => a * b));
    const x = tensor(device, numbers, { shape });
    const there = x.as(layout);
    const lies = new Tensor(there.home.storage, 0, [numbers.length], 'f32');
    assert.equal(await lies.read(), permuted(numbers, shape, layout, 'to layout'));
    assert.equal(permuted(permuted(numbers, shape, layout, 'to layout'), shape, layout, 'to rows'), numbers);
    const back = new Tensor(there.home.storage, 0, shape, 'f32', layout);
    assert.equal(await back.read(), numbers);
  });
}

test('halves, and windows of images', async () => {
  await withDevice({ maxBindingBytes: 4096 }, async (device) => {
    const shape = [12, 8, 4, 4];
    const numbers = count(12 * 128);
    const x = tensor(device, numbers, { shape });
    assert.equal(await convertLayout(convertLayout(x, FOURS), ROWS).read(), numbers);
    if (!device.features.has('shader-f16')) return;
    const half = convertLayout(cast(x, 'f16'), FOURS);
    assert.equal(await cast(half, 'f32').read(), numbers);
  });
});

test('a copy is made once, and again after the tensor was written to', async () => {
  const device = await testDevice();
  const x = tensor(device, count(32), { shape: [1, 8, 2, 2] });
  const first = x.as(FOURS);
  assert.is(x.as(FOURS), first);
  assert.is(first.home.storage.isCopy, true);
  add_(x, x.as(ROWS) === x ? tensor(device, count(32), { shape: [1, 8, 2, 2] }) : x);
  const second = x.as(FOURS);
  assert.is.not(second, first);
  assert.equal(
    await new Tensor(second.home.storage, 0, [1, 8, 2, 2], 'f32', FOURS).read(),
    count(32).map((v) => 2 * v),
  );
});

test('what is written to a copy would be lost: refused', async () => {
  const device = await testDevice();
  const x = empty(device, [1, 8, 2, 2], 'f32', FOURS);
  device.clear(x.home.storage);
  const rows = x.as(ROWS);
  const other = tensor(device, count(32), { shape: [1, 8, 2, 2] });
  assert.throws(() => add_(rows, other), /copy of a tensor in another layout/);
  assert.throws(() => device.write(x.storage, count(32)), /copy of a tensor in another layout/);
  assert.throws(() => device.clear(x.storage), /copy of a tensor in another layout/);
  add_(x, other); // in the tensor's own layout
  assert.equal(await x.read(), count(32));
});

test('elementwise kernels keep fours of channels', async () => {
  const device = await testDevice();
  const shape = [2, 8, 3, 3];
  const numbers = count(144).map((v) => v - 70);
  const x = tensor(device, numbers, { shape });
  const fours = convertLayout(x, FOURS);
  const y = unary('relu', fours, [0, 0]);
  const sum = binary('add', y, x);
  const product = binaryBackward('mul', 'da', x, fours, fours, x);
  for (const t of [y, sum, product]) assert.is(t.layout, FOURS);
  assert.equal(
    await y.read(),
    numbers.map((v) => Math.max(v, 0)),
  );
  assert.equal(
    await sum.read(),
    numbers.map((v) => v + Math.max(v, 0)),
  );
  assert.equal(
    await product.read(),
    numbers.map((v) => v * v),
  );
});

test('a captured step converts at each replay', async () => {
  const device = await testDevice();
  const x = tensor(device, count(32), { shape: [1, 8, 2, 2] });
  x.as(FOURS);
  const step = device.capture(() => unary('neg', x.as(FOURS), [0, 0]));
  assert.equal(
    await step().read(),
    count(32).map((v) => -v),
  );
  device.write(
    x.storage,
    count(32).map((v) => 3 * v),
  );
  assert.equal(
    await step().read(),
    count(32).map((v) => -3 * v),
  );
  step.release();
});

test('a tensor in fours may be the weights of a convolution, and a filter of one number of groups that of another', async () => {
  const device = await testDevice();
  const numbers = count(8 * 4 * 9);
  const w = tensor(device, numbers, { shape: [8, 4, 3, 3] });
  for (const layout of [FOURS, filterLayout(2)]) {
    const there = convertLayout(w, layout).as(filterLayout(1));
    assert.is(there.layout, filterLayout(1));
    assert.equal(await new Tensor(there.home.storage, 0, [8, 4, 3, 3], 'f32', filterLayout(1)).read(), numbers);
  }
});

test('a view of the same shape shares memory in any layout, so that it sees what is written', async () => {
  const device = await testDevice();
  const x = convertLayout(tensor(device, count(32), { shape: [1, 8, 2, 2] }), FOURS);
  const seen = detach(x);
  x.write(count(32).map((v) => 5 * v));
  assert.equal(
    await seen.read(),
    count(32).map((v) => 5 * v),
  );
  assert.is(seen.layout, FOURS);
});

test.run();

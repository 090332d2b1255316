/** The walk itself: tensors used several times, views, what is kept and what is given back, what has no gradient. */
import * as assert from 'uvu/assert';
import {
  add,
  argmax,
  crossEntropy,
  dropout,
  equal,
  exp,
  expand,
  linear,
  matmul,
  mean,
  mul,
  relu,
  reshape,
  slice,
  square,
  sub,
  sum,
  tanh,
  transpose,
} from '../../src/autograd/ops/index.js';
import { backward, noGrad } from '../../src/autograd/graph.js';
import type { Device } from '../../src/device/device.js';
import { ShapeError, UsageError } from '../../src/device/errors.js';
import { Tensor, full, tensor, zeros, type TensorData } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('graph');

const leaf = (device: Device, data: TensorData): Tensor => tensor(device, data, { requiresGrad: true });

async function expectGrad(x: Tensor, expected: readonly number[], name = 'x'): Promise<void> {
  if (x.grad === null) throw new Error(`${name} got no gradient`);
  assert.equal(x.grad.shape, x.shape);
  expectClose({
    op: 'backward',
    argument: `d${name}`,
    got: await x.grad.read(),
    expected,
    pair: 'GPU with CPU',
    label: 'graph',
    tolerance: 1e-6,
  });
}

/** d sum(f(x) * weights) / dx. */
function backwardWeighted(y: Tensor, weights: TensorData): void {
  backward(y, tensor(y.device, weights));
}

test('a tensor used twice: x * x + x', async () => {
  const x = leaf(await testDevice(), [1, -2, 3]);
  backwardWeighted(add(mul(x, x), x), [1, 10, 100]);
  await expectGrad(x, [3, -30, 700]);
});

test('one tensor as both operands', async () => {
  const x = leaf(await testDevice(), [1, -2, 3]);
  backwardWeighted(add(sub(x, x), add(x, x)), [1, 10, 100]);
  await expectGrad(x, [2, 20, 200]);
});

test('a matrix times its transpose', async () => {
  const a = leaf(await testDevice(), [
    [1, 2],
    [3, 4],
  ]);
  backwardWeighted(matmul(a, a, { transposeB: true }), [
    [1, 0],
    [0, 0],
  ]); // d (a00² + a01²)
  await expectGrad(a, [2, 4, 0, 0], 'a');
});

test('a diamond, and a diamond of diamonds', async () => {
  const x = leaf(await testDevice(), [0.5, -1]);
  const left = square(x);
  const right = mul(x, 3);
  const y = mul(left, right); // 3 x³
  backwardWeighted(add(mul(y, y), y), [1, 1]); // 9 x⁶ + 3 x³ -> 54 x⁵ + 9 x²
  await expectGrad(x, [54 / 32 + 9 / 4, -54 + 9]);
});

test('a chain of 3000 ops: no recursion', async () => {
  const device = await testDevice();
  const x = leaf(device, [1, 2]);
  let y: Tensor = x;
  for (let i = 0; i < 3000; i++) y = add(y, 1);
  backwardWeighted(y, [1, 2]);
  await expectGrad(x, [1, 2]);
});

test('views of one memory: gradients of reshapes add up and are not given back too early', async () => {
  const x = leaf(await testDevice(), [1, 2, 3, 4]);
  const a = reshape(x, [2, 2]);
  const b = reshape(a, [4]);
  const c = reshape(a, [1, 4]);
  const y = add(add(mul(b, 2), reshape(mul(c, 3), [4])), reshape(transpose(a), [4]));
  backwardWeighted(y, [1, 10, 100, 1000]);
  await expectGrad(x, [5 + 1, 50 + 100, 500 + 10, 5000 + 1000]);
});

test('a gradient that passes through add and reshape unchanged is shared by leaves, not changed by one of them', async () => {
  const device = await testDevice();
  const [a, b, c] = [leaf(device, [1, 2]), leaf(device, [3, 4]), leaf(device, [[5, 6]])];
  const y = add(add(a, b), reshape(add(c, c), [2]));
  backwardWeighted(y, [1, 10]);
  backwardWeighted(mul(a, 5), [1, 1]);
  await expectGrad(a, [6, 15], 'a');
  await expectGrad(b, [1, 10], 'b');
  await expectGrad(c, [2, 20], 'c');
});

test('backward twice adds up; the seed stays as it is', async () => {
  const device = await testDevice();
  const x = leaf(device, [1, 2]);
  const y = square(x);
  const seed = tensor(device, [1, 10]);
  backward(y, seed);
  await expectGrad(x, [2, 40]);
  backward(y, seed);
  await expectGrad(x, [4, 80]);
  assert.equal([...(await seed.read())], [1, 10]);
});

test('gradients add up in memory that is already there: a range of flat memory', async () => {
  const device = await testDevice();
  const x = leaf(device, [1, 2, 3]);
  const memory = full(device, [192], 7);
  x.grad = new Tensor(memory.storage, 256, [3], 'f32');
  backwardWeighted(mul(x, 2), [1, 2, 3]);
  assert.is(x.grad.storage, memory.storage);
  const got = [...(await memory.read())];
  assert.equal(got.slice(64, 67), [9, 11, 13]);
  assert.ok(
    got.every((v, i) => (i >= 64 && i < 67) || v === 7),
    'memory around it changed',
  );
});

test('repeated dimensions: the gradient is summed to the operand’s shape', async () => {
  const device = await testDevice();
  const shapes = [[1, 3], [3], [], [2, 1], [1, 1]];
  const leaves = shapes.map((shape) =>
    tensor(device, new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(2), { shape, requiresGrad: true }),
  );
  const one = tensor(device, [
    [1, 1, 1],
    [1, 1, 1],
  ]);
  let y: Tensor = one;
  for (const l of leaves) y = add(y, l);
  backwardWeighted(y, [
    [1, 2, 3],
    [10, 20, 30],
  ]);
  const expected = [[11, 22, 33], [11, 22, 33], [66], [6, 60], [66]];
  for (const [i, l] of leaves.entries()) await expectGrad(l, expected[i], `leaf ${i}`);
});

test('only what requires a gradient gets one', async () => {
  const device = await testDevice();
  const [x, w] = [tensor(device, [[1, 2]]), leaf(device, [[3, 4]])];
  const y = linear(x, w);
  backward(y);
  assert.is(x.grad, null);
  assert.is(y.grad, null);
  await expectGrad(w, [1, 2], 'w');
});

test('noGrad: nothing is recorded, also when the body throws', async () => {
  const device = await testDevice();
  const x = leaf(device, [1, 2]);
  const y = noGrad(() => mul(x, 2));
  assert.is(y.requiresGrad, false);
  assert.is(y.node, null);
  assert.throws(
    () => backward(y, y),
    (e: unknown) => e instanceof UsageError && e.message.startsWith('[backward]'),
  );
  assert.throws(
    () =>
      noGrad(() => {
        throw new Error('inside');
      }),
    'inside',
  );
  assert.is(mul(x, 2).requiresGrad, true);
});

test('errors: no gradient, a seed that is missing or of another shape', async () => {
  const device = await testDevice();
  const x = leaf(device, [[1, 2, 3]]);
  assert.throws(() => backward(sum(equal(x, 2))), '[equal] has no gradient');
  const label = argmax(x);
  assert.throws(() => backward(label, label), '[argmax] has no gradient');
  const y = exp(x);
  assert.throws(
    () => backward(y),
    (e: unknown) => e instanceof ShapeError && e.message.includes('(1, 3)'),
  );
  assert.throws(
    () => backward(y, tensor(device, [1, 2, 3])),
    (e: unknown) => e instanceof ShapeError && e.message.includes('(3,)'),
  );
});

test('labels are not differentiated', async () => {
  const device = await testDevice();
  const x = leaf(device, [[0, 0]]);
  backward(crossEntropy(x, tensor(device, new Uint32Array([1]))));
  await expectGrad(x, [0.5, -0.5]);
});

test('inside device.step: leaf gradients outlive it, everything else goes back', async () => {
  const device = await testDevice();
  const x = leaf(device, [1, 2]);
  const run = (): Tensor =>
    device.step(() => {
      const loss = mean(square(x));
      backward(loss);
      return loss;
    });
  assert.is(await run().item(), 2.5);
  await expectGrad(x, [1, 2]);
  await collectGarbage();
  const { inUse } = device.statistics();
  for (let i = 0; i < 3; i++) run().storage.release();
  assert.is(device.statistics().inUse, inUse);
  await expectGrad(x, [4, 8]);
});

test('a repeated step makes no GPU objects', async () => {
  const device = await testDevice();
  const x = tensor(device, new Float32Array(257 * 64).fill(0.5), { shape: [257, 64] });
  const w = tensor(device, new Float32Array(10 * 64).fill(0.1), { shape: [10, 64], requiresGrad: true });
  const label = tensor(device, new Uint32Array(257).fill(3));
  const run = (): void => device.step(() => backward(crossEntropy(dropout(relu(linear(x, w)), 0.1), label)));
  await collectGarbage(); // memory that came back later would be used first, in new bind groups
  for (let i = 0; i < 3; i++) run();
  await device.sync();
  const before = device.statistics();
  for (let i = 0; i < 3; i++) run();
  const after = device.statistics();
  for (const key of ['created', 'bindGroups', 'pipelines', 'uniformSlabs', 'inUse'] as const)
    assert.is(after[key], before[key], key);
});

test('gradients that have been passed on are given back during the walk', async () => {
  const device = await testDevice();
  const depth = 40;
  const size = 77777; // a size that no other test leaves in the pool
  const x = tensor(device, new Float32Array(size).fill(0.01), { requiresGrad: true });
  device.step(() => {
    let y: Tensor = x;
    for (let i = 0; i < depth; i++) y = tanh(y); // saves y each
    const { created } = device.statistics();
    backward(y, full(device, [size], 1));
    const made = device.statistics().created - created;
    assert.ok(made < 10, `${made} buffers for the gradients of a chain of ${depth}`);
  });
});

test('slices and expansions of one tensor', async () => {
  const x = leaf(await testDevice(), [1, 2, 3, 4]);
  const y = add(expand(slice(x, 0, 0, 1), [3]), slice(x, 0, 1));
  backwardWeighted(y, [1, 10, 100]);
  await expectGrad(x, [111, 1, 10, 100]);
});

test('a leaf that is the root', async () => {
  const x = leaf(await testDevice(), 3);
  backward(x);
  await expectGrad(x, [1]);
});

test('a result that was given back is refused by name', async () => {
  const device = await testDevice();
  let escaped: Tensor | null = null;
  device.step(() => {
    escaped = mul(zeros(device, [3]), 2);
  });
  const gone = escaped as unknown as Tensor;
  assert.throws(
    () => relu(gone),
    (e: unknown) => e instanceof UsageError,
  );
  assert.throws(
    () => slice(gone, 0, 1),
    (e: unknown) => e instanceof UsageError,
  );
});

test.run();

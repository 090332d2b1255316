/** Tensors of given numbers, and tensors as text. */
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { relu } from '../../src/autograd/ops/index.js';
import { ShapeError, UsageError } from '../../src/device/errors.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { arange, eye, fullLike, linspace, ones, onesLike, zerosLike } from '../../src/tensor/creation.js';
import { full, tensor, type Tensor } from '../../src/tensor/tensor.js';
import { fails } from '../device/tools.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('creation');

async function gives(x: Tensor, shape: readonly number[], values: readonly number[], dtype = 'f32'): Promise<void> {
  assert.equal([x.shape, x.dtype], [shape, dtype]);
  assert.equal([...(await x.read())], values);
}

test('ones, full and their likes, as f32 and as words', async () => {
  const device = await testDevice();
  await gives(ones(device, [2, 2]), [2, 2], [1, 1, 1, 1]);
  await gives(ones(device, [3], 'u32'), [3], [1, 1, 1], 'u32');
  await gives(full(device, [2], 7, 'u32'), [2], [7, 7], 'u32');
  const x = tensor(device, Uint32Array.of(5, 6));
  await gives(zerosLike(x), [2], [0, 0], 'u32');
  await gives(onesLike(x), [2], [1, 1], 'u32');
  await gives(fullLike(tensor(device, [[1, 2]]), -2.5), [1, 2], [-2.5, -2.5]);
  if (device.features.has('shader-f16')) await gives(full(device, [3], 1.5, 'f16'), [3], [1.5, 1.5, 1.5], 'f16');
});

test('arange, linspace and eye, as torch gives them', async () => {
  const device = await testDevice();
  await gives(arange(device, 4), [4], [0, 1, 2, 3]);
  await gives(arange(device, 3, { dtype: 'u32' }), [3], [0, 1, 2], 'u32');
  await gives(arange(device, 1, 2.5, 0.5), [3], [1, 1.5, 2]);
  await gives(arange(device, 3, 0, -2), [2], [3, 1]);
  await gives(arange(device, 2, 2), [0], []);
  await gives(linspace(device, -1, 1, 5), [5], [-1, -0.5, 0, 0.5, 1]);
  await gives(linspace(device, 3, 10, 1), [1], [3]);
  await gives(linspace(device, 0, 1, 0), [0], []);
  await gives(linspace(device, 0, 0.1, 4), [4], [0, 0.1 / 3, 0.2 / 3, 0.1].map(Math.fround));
  await gives(eye(device, 2), [2, 2], [1, 0, 0, 1]);
  await gives(eye(device, 3, 2), [3, 2], [1, 0, 0, 1, 0, 0]);
  assert.ok(arange(device, 3, { requiresGrad: true }).requiresGrad);
  await fails(() => arange(device, 1, 3, -1), UsageError, /\[arange\] steps of -1 do not lead from 1 to 3/);
  await fails(() => arange(device, 1, 3, 0), UsageError, /\[arange\]/);
  await fails(() => linspace(device, 0, 1, 1.5), UsageError, /\[linspace\]/);
  await fails(() => eye(device, -1), ShapeError, /\[eye\]/);
});

test('a tensor shows shape, dtype, device and the numbers that the host knows, and no others', async () => {
  const device = await testDevice();
  const name = device.name.split(/:| \(/)[0];
  const x = tensor(
    device,
    [
      [1, -2],
      [3, 4],
    ],
    { requiresGrad: true },
  );
  assert.is(String(x), `tensor (2, 2) f32 on ${name}, requiresGrad\n[[1, -2],\n [3, 4]]`);
  const y = relu(x);
  assert.is(`${y}`, `tensor (2, 2) f32 on ${name}, requiresGrad, from relu: not read yet`);
  await y.read();
  assert.is(inspect({ y }), `{\n  y: tensor (2, 2) f32 on ${name}, requiresGrad, from relu\n  [[1, 0],\n   [3, 4]]\n}`);
  add_(y, x);
  assert.match(String(y), /not read yet$/);
  await y.item().catch(() => {});
  const large = tensor(
    device,
    Float32Array.from({ length: 2000 }, (_, i) => i),
  );
  assert.match(String(large), /\[0, 1, 2, …, 1997, 1998, 1999\]$/);
  device.write(large.storage, new Float32Array(4));
  assert.match(String(large), /not read yet$/);
  const ended = device.step(() => {
    const inner = relu(x);
    return { inside: () => inner };
  });
  assert.match(String(ended.inside()), /its step has ended$/);
});

test('a replayed step may write anywhere: what was read before is not shown any more', () =>
  withDevice({}, async (device) => {
    const x = tensor(device, [-1, 2]);
    const step = device.capture(() => relu(x));
    const y = step();
    await y.read();
    assert.match(String(y), /\[0, 2\]$/);
    step();
    assert.match(String(y), /not read yet$/);
    assert.match(String(device), /^Device .*\d+ of \d+ buffers in use, [\d.]+ (bytes|KiB|MiB)$/);
    device.destroy();
    assert.match(inspect(device), /^Device .*, destroyed$/);
  }));

test.run();

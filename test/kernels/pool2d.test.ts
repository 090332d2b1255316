import * as assert from 'uvu/assert';
import { backward, noGrad } from '../../src/autograd/graph.js';
import { adaptiveMaxPool2d, avgPool2d, maxPool2d } from '../../src/autograd/ops/index.js';
import { Device } from '../../src/device/device.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS } from '../../src/tensor/layout.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { expectSame } from '../../src/cases/close.js';
import { drawTensor, upload } from '../../src/cases/draw.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('pool2d');

/** y of 2x2 windows over one plane of 2 x 6, and dx for dy = 1, 2, 3. */
async function maxima(rows: number[][]): Promise<{ y: number[]; dx: number[] }> {
  const device = await testDevice();
  const x = tensor(device, [[rows]], { requiresGrad: true });
  const y = maxPool2d(x, { kernelSize: 2 });
  backward(y, tensor(device, [[[[1, 2, 3]]]]));
  if (x.grad === null) throw new Error('x got no gradient');
  return { y: [...(await y.read())], dx: [...(await x.grad.read())] };
}

test('max_pool2d: a NaN wins over all, the last one gets the gradient, as in PyTorch', async () => {
  const { y, dx } = await maxima([
    [NaN, 1, 5, NaN, -Infinity, NaN],
    [2, 3, 7, 6, Infinity, NaN],
  ]);
  expectSame('max_pool2d', 'y', y, [NaN, NaN, NaN]);
  expectSame('max_pool2d', 'dx', dx, [1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
});

test('max_pool2d: windows of -infinity give -infinity, and the first element gets the gradient', async () => {
  const { y, dx } = await maxima([
    [-Infinity, -Infinity, -1, -Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity, -Infinity, 3, 4],
  ]);
  expectSame('max_pool2d', 'y', y, [-Infinity, -1, Infinity]);
  expectSame('max_pool2d', 'dx', dx, [1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
});

test('max_pool2d: a dilated window that steps over the whole plane is -infinity and passes no gradient', async () => {
  const device = await testDevice();
  const x = tensor(device, [[[[4, 5]]]], { requiresGrad: true });
  const y = maxPool2d(x, { kernelSize: 2, stride: 1, padding: 1, dilation: 2 });
  backward(
    y,
    tensor(
      device,
      Float32Array.from({ length: y.size }, () => 1),
      { shape: y.shape },
    ),
  );
  expectSame('max_pool2d', 'y', await y.read(), [-Infinity, -Infinity]);
  expectSame('max_pool2d', 'dx', (await x.grad?.read()) ?? [], [0, 0]);
});

test('max_pool2d without a gradient makes the same y and no indices', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([2, 8, 8, 12], { low: -1, high: 1 }, 1), 'f32', true);
  for (const t of [x, convertLayout(x, FOURS)]) {
    t.requiresGrad = true;
    for (const options of [
      { kernelSize: 2, activation: 'relu' },
      { kernelSize: 3, stride: 2, padding: 1 },
    ] as const) {
      const expected = await maxPool2d(t, options).read();
      const sizes: number[] = [];
      device.allocate = (bytes) => {
        sizes.push(bytes);
        return Device.prototype.allocate.call(device, bytes);
      };
      const y = noGrad(() => maxPool2d(t, options));
      device.allocate = Device.prototype.allocate.bind(device);
      assert.equal(sizes.sort(), [16, y.byteLength].sort()); // y, and what is bound in the place of indices
      expectSame('max_pool2d', 'y', await y.read(), expected);
    }
  }
});

test('more than 65,535 workgroups: windows of one element change nothing', async () => {
  const device = await testDevice();
  const values = Float32Array.from({ length: 65537 * 64 }, (_, i) => i);
  const x = tensor(device, values, { shape: [65537, 64, 1, 1], requiresGrad: true });
  expectSame(
    'avg_pool2d',
    'y',
    await avgPool2d(x, { kernelSize: 1, divisorOverride: 2 }).read(),
    values.map((v) => v / 2),
  );
  const y = maxPool2d(x, { kernelSize: 1 });
  expectSame('max_pool2d', 'y', await y.read(), values);
  backward(y, tensor(device, values, { shape: y.shape }));
  expectSame('max_pool2d', 'dx', (await x.grad?.read()) ?? [], values);
});

test('what does not fit is named', async () => {
  const x = zeros(await testDevice(), [2, 3, 5, 6]);
  expectShapeErrors([
    [
      () => maxPool2d(zeros(x.device, [3, 5, 6]), { kernelSize: 2 }),
      '[max_pool2d] x (3, 5, 6) has 3 dimensions, expected 4: (N, C, H, W)',
    ],
    [
      () => maxPool2d(x, { kernelSize: [6, 2] }),
      '[max_pool2d] the window (6,2) is larger than x (2, 3, 5, 6) with padding (0,0)',
    ],
    [
      () => maxPool2d(x, { kernelSize: 3, dilation: 3 }),
      '[max_pool2d] the window (7,7) is larger than x (2, 3, 5, 6) with padding (0,0)',
    ],
    [
      () => avgPool2d(x, { kernelSize: 3, padding: 2 }),
      '[avg_pool2d] padding (2,2) is not a whole number from 0 to half the kernel (3,3)',
    ],
    [
      () => avgPool2d(x, { kernelSize: 2, stride: 0 }),
      '[avg_pool2d] kernelSize (2,2), stride (0,0) and dilation (1,1) must be whole numbers of at least 1',
    ],
    [() => avgPool2d(x, { kernelSize: 2, divisorOverride: 0 }), '[avg_pool2d] divisorOverride is 0'],
    [
      () => adaptiveMaxPool2d(x, [0, 2]),
      '[adaptive_max_pool2d] outputSize (0,2) for x (2, 3, 5, 6) must be whole numbers of at least 1 or null',
    ],
  ]);
  assert.equal(maxPool2d(x, { kernelSize: 2, ceilMode: true }).shape, [2, 3, 3, 3]);
});

test.run();

/**
 * Launchers without an op on a device whose bindings are limited to 64 KiB; where windows cannot be made, a ShapeError
 * names op and sizes before any GPU work.
 */
import * as assert from 'uvu/assert';
import { argmax, avgPool2d, conv2d, matmul, max, mean, softmax, sum, where } from '../../../src/autograd/ops/index.js';
import { ShapeError } from '../../../src/device/errors.js';
import { Device } from '../../../src/device/device.js';
import { add_ } from '../../../src/kernels/elementwise/accumulate.js';
import { dropoutMask, uniform } from '../../../src/kernels/random/philox.js';
import { adam as adamReference, sgd as sgdReference } from '../../../src/kernels/optimizer/reference.js';
import { addClassificationMetrics_ } from '../../../src/kernels/loss/classification_metrics.js';
import { gatherImages, type ImageSource } from '../../../src/kernels/images/gather_images.js';
import { matmul as matmulKernel } from '../../../src/kernels/matmul/matmul.js';
import { hasFittingSubgroups } from '../../../src/kernels/matmul/family.js';
import { adam_, advanceStep_, sgd_ } from '../../../src/kernels/optimizer/optimizer.js';
import { dropout, manualSeed, rand } from '../../../src/kernels/random/random.js';
import { tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../../src/cases/close.js';
import { testDevice } from '../../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../../src/cases/draw.js';
import { suite } from '../../support/harness.js';
import { kernelsDuring } from '../../support/kernel_log.js';
import { specOf } from '../../../src/cases/index.js';
import { LIMIT } from './windows_limit.js';

const test = suite('windows of launchers');

let device: Device;

test.before(async () => {
  device = await Device.create({ maxBindingBytes: LIMIT });
});

test.after(() => device.destroy());

for (const variant of ['naive', 'subgroup'] as const) {
  test(`matmul with bias and windows of K, ${variant}`, async () => {
    const [M, K, N] = [70, 600, 64];
    const [a, b, bias] = [drawTensor([M, K], UNIT, 1), drawTensor([K, N], UNIT, 2), drawTensor([N], UNIT, 3)];
    const expected = specOf('matmul')
      .cpu([a, b], {})
      .data.map((v, i) => v + bias.data[i % N]);
    if (variant === 'subgroup' && !hasFittingSubgroups(device)) return;
    const c = matmulKernel(upload(device, a), upload(device, b), {
      bias: upload(device, bias),
      choice: { variant, ROWS: 16 },
    });
    expectClose({
      op: 'matmul',
      argument: 'c',
      got: await c.read(),
      expected,
      pair: 'GPU with CPU',
      label: `windows, ${variant}`,
    });
  });
}

test('dropout and rand: the numbers do not depend on the limit', async () => {
  const size = 40001;
  manualSeed(device, 11);
  const { mask } = dropout(zeros(device, [size]), 0.3);
  expectSame(
    'dropout',
    'mask',
    await mask.read(),
    Float32Array.from(dropoutMask([size], 0.3, { seed: 11, step: 0, call: 0 }).data),
  );
  expectSame('rand', 'x', await rand(device, [size]).read(), uniform(size, { seed: 11, step: 0, call: 1 }));
});

test('optimizers and add_', async () => {
  const size = 20480;
  const [w, grad] = [drawTensor([size], UNIT, 1), drawTensor([size], UNIT, 2)];
  const [first, second] = [new Float64Array(size), new Float64Array(size)];
  const compare = async (op: string, got: Tensor, expected: Float64Array): Promise<void> =>
    expectClose({ op, argument: 'w', got: await got.read(), expected, pair: 'GPU with CPU', label: 'windows' });
  const start = (): Tensor[] => [
    upload(device, w),
    upload(device, grad),
    zeros(device, [size]),
    zeros(device, [size]),
    tensor(device, [0.1, 0, 0]),
  ];

  const sgdSettings = { momentum: 0.9, dampening: 0, weightDecay: 0.1, nesterov: true };
  const expectedSgd = Float64Array.from(w.data);
  sgdReference(expectedSgd, grad.data, first, 0.1, 1, sgdSettings);
  const [weight, g, velocity, , hyper] = start();
  advanceStep_(hyper);
  sgd_(weight, g, velocity, hyper, sgdSettings);
  await compare('sgd', weight, expectedSgd);

  const adamSettings = { betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay: 0.1, decoupled: true };
  const expectedAdam = Float64Array.from(w.data);
  adamReference(expectedAdam, grad.data, first.fill(0), second, 0.1, 1, adamSettings);
  const [weight2, g2, m, v, hyper2] = start();
  advanceStep_(hyper2);
  adam_(weight2, g2, m, v, hyper2, adamSettings);
  await compare('adamw', weight2, expectedAdam);

  add_(weight, g);
  await compare(
    'add_',
    weight,
    expectedSgd.map((x, i) => x + grad.data[i]),
  );
});

const imageSource = (images: Tensor, of: (...shape: number[]) => Tensor): ImageSource => ({
  images,
  labels: of(8),
  order: of(8),
  cursor: of(1),
  statistics: of(1, 2),
  channels: 1,
  height: 4,
  width: 4,
});

/** What cannot be done in windows: op, sizes that the message must hold, and the call. */
const REFUSED: readonly [op: string, sizes: string, call: (of: (...shape: number[]) => Tensor) => unknown][] = [
  ['add', '(200, 201)', (of) => specOf('add').gpu([of(3, 200, 201), of(200, 201)], null)],
  ['where', 'condition (200, 201)', (of) => where(of(200, 201), of(3, 200, 201), of())],
  ['sum', '160800 bytes', (of) => sum(of(3, 200, 201), { dim: [0, 2] })],
  ['mean', '200000 bytes', (of) => mean(of(2, 50000), { dim: 1 })],
  ['max', '200000 bytes', (of) => max(of(2, 50000), { dim: 0 })],
  ['softmax', '160000 bytes', (of) => softmax(of(2, 40000))],
  ['argmax', '160000 bytes', (of) => argmax(of(2, 40000), { dim: 1 })],
  ['matmul', '(3, 40001)', (of) => matmul(of(3, 40001), of(40001, 2))],
  ['conv2d', '(60, 33, 3, 3)', (of) => conv2d(of(1, 33, 5, 5), of(60, 33, 3, 3))],
  ['conv2d', '160000 bytes', (of) => conv2d(of(1, 1, 200, 200), of(1, 1, 3, 3))],
  ['avg_pool2d', '160000 bytes', (of) => avgPool2d(of(1, 1, 200, 200), { kernelSize: 2 })],
  ['classification_metrics', '(2000, 10)', (of) => addClassificationMetrics_(of(3), of(2000, 10), of(2000), of(2000))],
  ['gather_images', '(20000,)', (of) => gatherImages(imageSource(of(20000), of), 2)],
];

for (const [op, sizes, call] of REFUSED) {
  test(`[${op}] refuses ${sizes}`, async () => {
    const of = (...shape: number[]): Tensor => zeros(device, shape);
    const launched = await kernelsDuring(() => {
      try {
        call(of);
      } catch (error) {
        assert.instance(error, ShapeError);
        const { message } = error as ShapeError;
        assert.ok(
          message.startsWith(`[${op}] `) && message.includes(sizes) && message.includes(`${LIMIT} bytes`),
          message,
        );
        return;
      }
      assert.unreachable(`[${op}] did not throw`);
    });
    launched.delete('fill'); // poison
    assert.equal([...launched], []);
  });
}

test('the limit is the device’s own where it is not lowered', async () => {
  const shared = await testDevice();
  assert.is(shared.maxBindingBytes, Math.floor(shared.limits.maxStorageBufferBindingSize / 256) * 256);
});

test.run();

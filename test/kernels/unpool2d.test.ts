/** Max pooling with indices and back: against the reference, the rule of equal indices, windows, what is refused. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { maxPool2dWithIndices, maxUnpool2d } from '../../src/autograd/ops/index.js';
import { maxPool2dIndices } from '../../src/kernels/pool2d/reference.js';
import { MaxUnpool2d } from '../../src/nn/index.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { expectSame } from '../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { drawTensor, upload } from '../../src/cases/draw.js';
import { specOf } from '../../src/cases/index.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('unpool2d');

test('indices are h * W + w, of equals the first', async () => {
  const device = await testDevice();
  for (const args of [
    { kernelSize: [2, 2] },
    { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] },
    { kernelSize: [3, 2], stride: [1, 2], dilation: [2, 1] },
  ] as const) {
    const x = drawTensor([2, 3, 9, 8], { low: 0, high: 4, integers: true }, 3);
    const { output, indices } = maxPool2dWithIndices(upload(device, x), args);
    assert.is(indices.dtype, 'u32');
    assert.equal(indices.shape, output.shape);
    expectSame('max_pool2d', 'indices', await indices.read(), maxPool2dIndices(x, args).data);
  }
});

test('of equal indices the last one counts, and alone gets the gradient; one past the plane is left out', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [
        [
          [1, NaN],
          [3, 4],
        ],
      ],
    ],
    { requiresGrad: true },
  );
  const y = maxUnpool2d(
    x,
    tensor(
      device,
      [
        [
          [
            [5, 0],
            [5, 16],
          ],
        ],
      ],
      { dtype: 'u32' },
    ),
    { kernelSize: 2 },
  );
  const expected = new Float32Array(16);
  expected[0] = NaN;
  expected[5] = 3;
  expectSame('max_unpool2d', 'y', await y.read(), expected);
  backward(
    y,
    tensor(
      device,
      Float32Array.from({ length: 16 }, (_, i) => i + 1),
      { shape: [1, 1, 4, 4] },
    ),
  );
  expectSame('max_unpool2d', 'dx', (await x.grad?.read()) ?? [], [0, 1, 6, 0]);
});

test('a window of padding alone has no index, and comes back as nothing', async () => {
  const device = await testDevice();
  const x = tensor(device, [[[[4, 5]]]]);
  const options = { kernelSize: 2, stride: 1, padding: 1, dilation: 2 };
  const { indices } = maxPool2dWithIndices(x, options);
  expectSame('max_pool2d', 'indices', await indices.read(), [2 ** 32 - 1, 2 ** 32 - 1]);
});

test('planes past the binding limit, and more planes than threads are wanted', async () => {
  const spec = specOf('max_unpool2d');
  const one = {
    shapes: [
      [40, 7, 8, 8],
      [40, 7, 8, 8],
    ],
    args: { kernelSize: [2, 2] },
  };
  const halves = { tolerance: 3e-3, has: (i: number) => i === 0 };
  await withDevice({ maxBindingBytes: 65536 }, async (device) => {
    for (const stored of device.features.has('shader-f16') ? [null, halves] : [null]) {
      await checkForward(device, spec, one, stored);
      await checkGradients(device, spec, one, stored);
    }
  });
  const many = {
    shapes: [
      [70, 1000, 1, 1],
      [70, 1000, 1, 1],
    ],
    args: { kernelSize: [2, 2] },
  };
  await checkForward(await testDevice(), spec, many);
});

test('a captured step gives what an eager one does, and MaxUnpool2d passes its options on', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([2, 3, 7, 7], { low: -2, high: 2, distinct: true }, 1));
  const layer = new MaxUnpool2d(3, { stride: 2, padding: 1 });
  const run = (): ReturnType<typeof maxUnpool2d> => {
    const { output, indices } = maxPool2dWithIndices(x, { kernelSize: 3, stride: 2, padding: 1 });
    return layer.forward(output, indices, { outputSize: x.shape });
  };
  const eager = await run().read();
  const step = device.capture(run);
  for (let i = 0; i < 3; i++) expectSame('max_unpool2d', 'y', await step().read(), eager);
  assert.is(eager.length, x.size);
});

test('what does not fit is named', async () => {
  const device = await testDevice();
  const x = zeros(device, [1, 2, 3, 3]);
  const index = zeros(device, [1, 2, 3, 3], 'u32');
  expectShapeErrors([
    [
      () => maxUnpool2d(x, x, { kernelSize: 2 }),
      '[max_unpool2d] indices (1, 2, 3, 3) f32 are not u32 of the shape of x (1, 2, 3, 3)',
    ],
    [
      () => maxUnpool2d(x, zeros(device, [1, 2, 3, 2], 'u32'), { kernelSize: 2 }),
      '[max_unpool2d] indices (1, 2, 3, 2) u32 are not u32 of the shape of x (1, 2, 3, 3)',
    ],
    [() => maxUnpool2d(zeros(device, [3]), index, { kernelSize: 2 }), '[max_unpool2d] x (3,) has 1 dimensions'],
    [
      () => maxUnpool2d(x, index, { kernelSize: 2, outputSize: [8, 6] }),
      '[max_unpool2d] x (1, 2, 3, 3) does not come from a plane of (8,6)',
    ],
    [
      () => maxUnpool2d(x, index, { kernelSize: 0 }),
      '[max_unpool2d] kernelSize (0,0) and stride (0,0) must be whole numbers of at least 1',
    ],
  ]);
});

test.run();

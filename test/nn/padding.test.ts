/** Padding layers, and convolution layers that pad with elements of x: shapes and numbers as in torch.nn. */
import * as assert from 'uvu/assert';
import * as nn from '../../src/nn/index.js';
import type { Device } from '../../src/device/device.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('padding layers');

const counting = (device: Device, from: number, shape: readonly number[]): Tensor =>
  tensor(
    device,
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => from + i),
    { shape },
  );

test('each layer shows what its name says', async () => {
  const device = await testDevice();
  const row = counting(device, 1, [1, 1, 3]);
  const plane = counting(device, 1, [1, 1, 2, 2]);
  const expected: readonly (readonly [nn.Module, Tensor, readonly number[]])[] = [
    [new nn.ConstantPad1d(1, 9), row, [9, 1, 2, 3, 9]],
    [new nn.ZeroPad1d([0, 2]), row, [1, 2, 3, 0, 0]],
    [new nn.ReflectionPad1d(2), row, [3, 2, 1, 2, 3, 2, 1]],
    [new nn.ReplicationPad1d([3, 0]), row, [1, 1, 1, 1, 2, 3]],
    [new nn.CircularPad1d([1, 2]), row, [3, 1, 2, 3, 1, 2]],
    [new nn.ConstantPad2d([1, 0, 0, 0], 9), plane, [9, 1, 2, 9, 3, 4]],
    [new nn.ZeroPad2d([0, 1, 0, 1]), plane, [1, 2, 0, 3, 4, 0, 0, 0, 0]],
    [new nn.ReflectionPad2d([1, 0, 1, 0]), plane, [4, 3, 4, 2, 1, 2, 4, 3, 4]],
    [new nn.ReplicationPad2d(1), plane, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]],
    [new nn.CircularPad2d([1, 0, 0, 1]), plane, [2, 1, 2, 4, 3, 4, 2, 1, 2]],
  ];
  for (const [layer, x, numbers] of expected)
    assert.equal([...(await layer.forward(x).read())], numbers, layer.constructor.name);
});

/** PyTorch's answers for weights 1, 2, … and images 0, 1, …. */
const CONVOLVED = {
  reflect: [
    [73, 76, 97, 94, 137, 140, 161, 158, 73, 76, 97, 94],
    [12, 20, 30, 32, 28],
  ],
  replicate: [
    [12, 24, 45, 54, 128, 140, 161, 170, 180, 192, 213, 222],
    [11, 20, 30, 36, 39],
  ],
  circular: [
    [107, 92, 113, 86, 155, 140, 161, 134, 107, 92, 113, 86],
    [15, 20, 30, 20, 15],
  ],
} as const;

test('convolution layers pad as their paddingMode says', async () => {
  const device = await testDevice();
  for (const paddingMode of ['reflect', 'replicate', 'circular'] as const) {
    const conv2d = new nn.Conv2d(1, 1, [3, 2], {
      padding: [2, 1],
      dilation: [1, 2],
      stride: [2, 1],
      bias: false,
      paddingMode,
    }).to(device);
    const conv1d = new nn.Conv1d(1, 1, 4, { padding: 'same', bias: false, paddingMode }).to(device);
    for (const { weight } of [conv2d, conv1d])
      device.write(
        weight.value.storage,
        Float32Array.from({ length: weight.size }, (_, i) => i + 1),
        weight.value.byteOffset,
      );
    const [y2, y1] = [
      conv2d.forward(counting(device, 0, [1, 1, 3, 4])),
      conv1d.forward(counting(device, 0, [1, 1, 5])),
    ];
    assert.equal([[...(await y2.read())], [...(await y1.read())]], CONVOLVED[paddingMode], paddingMode);
  }
});

test('what does not fit is named', async () => {
  const device = await testDevice();
  expectShapeErrors([
    [() => new nn.ZeroPad2d([1, 1]), '[ZeroPad2d] padding (1, 1) is not 4 numbers'],
    [
      () => new nn.ReplicationPad1d(1).forward(zeros(device, [2, 3])),
      '[ReplicationPad1d] x (2, 3): expected 3 dimensions',
    ],
    [
      () => new nn.Conv2d(1, 1, 3, { padding: 'same', stride: 2, paddingMode: 'circular' }),
      "[Conv2d] padding 'same' needs stride 1, not (2,2)",
    ],
  ]);
});

test.run();

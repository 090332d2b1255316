/**
 * Convolution and pooling layers: shapes, names and ranges of parameters as in torch.nn, and what forward passes on.
 */
import * as assert from 'uvu/assert';
import {
  AdaptiveAvgPool2d,
  AdaptiveMaxPool2d,
  AvgPool2d,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  MaxPool2d,
  Sequential,
} from '../../src/nn/index.js';
import { zeros } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('convolution layers');

test('parameters have the shapes of torch.nn and lie within 1 / sqrt(fan in)', async () => {
  const device = await testDevice();
  const model = new Sequential(
    new Conv1d(6, 4, 5, { groups: 2 }),
    new Conv2d(6, 9, [3, 2], { groups: 3, padding: 'same' }),
    new ConvTranspose2d(6, 4, 3, { stride: 2, outputPadding: 1, groups: 2 }), // fan in: 2 * 9, from the outputs
    new ConvTranspose2d(8, 1, 2, { bias: false }),
  ).to(device, { seed: 3 });
  const parameters = [...model.namedParameters()];
  assert.equal(
    parameters.map(([name, p]) => `${name} (${p.shape.join(', ')})`),
    [
      '0.weight (4, 3, 5)',
      '0.bias (4)',
      '1.weight (9, 2, 3, 2)',
      '1.bias (9)',
      '2.weight (6, 2, 3, 3)',
      '2.bias (4)',
      '3.weight (8, 1, 2, 2)',
    ],
  );
  const fanIn = [15, 15, 12, 12, 18, 18, 4];
  for (const [i, [name, p]] of parameters.entries()) {
    const bound = 1 / Math.sqrt(fanIn[i]);
    const largest = Math.max(...(await p.value.read()).map(Math.abs));
    assert.ok(
      largest <= bound && (p.size < 30 || largest > 0.7 * bound),
      `${name}: largest magnitude ${largest}, bound ${bound}`,
    );
  }
});

test('layers pass their options on', async () => {
  const device = await testDevice();
  const x = zeros(device, [2, 6, 7, 5]);
  const shape = (
    layer: Conv2d | ConvTranspose2d | MaxPool2d | AvgPool2d | AdaptiveAvgPool2d | AdaptiveMaxPool2d,
  ): string => layer.to(device).forward(x).shape.join();
  assert.is(shape(new Conv2d(6, 4, [4, 2], { padding: 'same' })), '2,4,7,5');
  assert.is(shape(new ConvTranspose2d(6, 4, 4, { stride: 2, padding: 1 })), '2,4,14,10');
  assert.is(shape(new MaxPool2d(2, { ceilMode: true })), '2,6,4,3');
  assert.is(shape(new AvgPool2d(3, { stride: 2, padding: 1, countIncludePad: false })), '2,6,4,3');
  assert.is(shape(new AdaptiveAvgPool2d(1)), '2,6,1,1');
  assert.is(shape(new AdaptiveMaxPool2d([3, null])), '2,6,3,5');
  assert.is(
    new Conv1d(6, 3, 3, { stride: 2, padding: 1 })
      .to(device)
      .forward(zeros(device, [2, 6, 9]))
      .shape.join(),
    '2,3,5',
  );
});

test('channels that groups do not divide are refused', () => {
  assert.throws(() => new Conv2d(5, 4, 3, { groups: 2 }), /\[Conv2d\] inChannels = 5 is not a multiple of groups = 2/);
  assert.throws(
    () => new ConvTranspose2d(4, 5, 3, { groups: 2 }),
    /\[ConvTranspose2d\] outChannels = 5 is not a multiple of groups = 2/,
  );
});

test.run();

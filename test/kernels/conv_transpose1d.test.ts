/** 1-D transposed convolution against its reference, its layer, and what is refused. */
import * as assert from 'uvu/assert';
import { convTranspose1d } from '../../src/autograd/ops/index.js';
import { ConvTranspose1d } from '../../src/nn/index.js';
import { zeros } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('conv_transpose1d');

test('the layer has torch.nn’s parameters, and passes its options on', async () => {
  const device = await testDevice();
  const layer = new ConvTranspose1d(6, 4, 5, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }).to(device, {
    seed: 1,
  });
  assert.equal(
    [...layer.namedParameters()].map(([name, p]) => `${name} (${p.shape.join(', ')})`),
    ['weight (6, 2, 5)', 'bias (4)'],
  );
  const largest = Math.max(...(await layer.weight.value.read()).map(Math.abs));
  const bound = 1 / Math.sqrt(10); // fan in: 2 * 5, from the outputs
  assert.ok(largest <= bound && largest > 0.7 * bound, `${largest}`);
  assert.equal(layer.forward(zeros(device, [3, 6, 9])).shape, [3, 4, 20]);
});

test('what does not fit is named', async () => {
  const device = await testDevice();
  const x = zeros(device, [2, 3, 5]);
  expectShapeErrors([
    [
      () => convTranspose1d(x, zeros(device, [4, 2, 3])),
      '[conv_transpose1d] x (2, 3, 5) has C = 3 but w (4, 2, 3) expects C = 4',
    ],
    [
      () => convTranspose1d(zeros(device, [2, 3]), zeros(device, [3, 2, 3])),
      '[conv_transpose1d] x (2, 3) has 2 dimensions, expected 3: (N, C, L)',
    ],
    [
      () => convTranspose1d(x, zeros(device, [3, 2, 3]), null, { outputPadding: 1 }),
      '[conv_transpose2d] outputPadding (0,1) is not less than stride (1,1)',
    ],
    [
      () => new ConvTranspose1d(4, 5, 3, { groups: 2 }),
      '[ConvTranspose1d] outChannels = 5 is not a multiple of groups = 2',
    ],
  ]);
});

test.run();

/**
 * Activations stay in fours of channels through a model: how often a training step changes the layout of a tensor, for
 * each architecture. None is inside a block: what is left is where images come in, and where planes become features.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { Device } from '../../src/device/device.js';
import type { Kernel, Launch } from '../../src/device/kernel.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { CONVERSIONS } from '../../src/kernels/layout/convert.js';
import { MODELS } from '../../src/nn/models/registry.js';
import { empty } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';

const test = suite('layouts');

/** Conversions of a training step: of the model's forward, and of its backward. */
const EXPECTED: Readonly<Record<string, readonly [forward: number, backward: number]>> = {
  mlp: [0, 0],
  lenet5: [1, 0],
  cnn: [0, 0],
  convbn: [0, 0],
  fashionnet: [1, 1],
  lstm: [0, 0],
  bilstm: [0, 0],
  plain20: [0, 0],
  plain32: [0, 0],
  plain44: [0, 0],
  plain56: [0, 0],
  resnet20: [0, 0],
  resnet32: [0, 0],
  resnet44: [0, 0],
  resnet56: [0, 0],
  resnet110: [0, 0],
  wrn16_4: [0, 0],
  wrn28_10: [0, 0],
  alexnet: [0, 0],
  vgg11: [1, 1],
  vgg11_bn: [1, 1],
  vgg16: [1, 1],
  vgg16_bn: [1, 1],
  googlenet: [0, 0],
  resnet18: [0, 0],
  resnet34: [0, 0],
  resnet50: [0, 0],
  resnext50_32x4d: [0, 0],
  densenet121: [0, 0],
  squeezenet1_1: [0, 1],
  mobilenet_v3_small: [0, 0],
  mobilenet_v3_large: [0, 0],
  // weights of squeezed channels whose number is no multiple of 4
  efficientnet_b0: [0, 4],
  regnet_y_400mf: [0, 8],
  convnext_tiny: [0, 0],
  // from planes to tokens
  vit_tiny_16: [1, 1],
  vit_b_16: [1, 1],
};

/** Kernels that change a layout, among those that a body dispatches. */
function conversionsDuring(body: () => void): number {
  let count = 0;
  const { dispatch } = Device.prototype;
  Device.prototype.dispatch = function (this: Device, kernel: Kernel, launch: Launch): void {
    if (CONVERSIONS.includes(kernel.name)) count++;
    dispatch.call(this, kernel, launch);
  };
  try {
    body();
  } finally {
    Device.prototype.dispatch = dispatch;
  }
  return count;
}

for (const { name, input, minimumSize, build } of MODELS) {
  test(`${name} changes layouts ${String(EXPECTED[name])} times`, () => {
    const device = shapesOnlyDevice();
    const size = Math.max(minimumSize, Math.min(input.height, 64));
    const model = build({ ...input, height: size, width: size, classes: 10 })
      .to(device)
      .train();
    device.step(() => {
      const [x, labels] = [empty(device, [2, input.channels, size, size]), empty(device, [2], 'u32')];
      let loss = x;
      const forward = conversionsDuring(() => (loss = crossEntropy(model.forward(x), labels)));
      const back = conversionsDuring(() => backward(loss));
      assert.equal([forward, back], EXPECTED[name]);
    });
    device.destroy();
  });
}

test.run();

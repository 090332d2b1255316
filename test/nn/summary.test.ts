/** What `weft summary` says of models. */
import * as assert from 'uvu/assert';
import { MODELS, buildModel, modelSpec } from '../../src/nn/models/registry.js';
import { summarize, type ModelSummary } from '../../src/nn/summary.js';
import { suite } from '../support/harness.js';

const test = suite('summary');

function of(name: string, options: object = {}): ModelSummary {
  const input = { ...modelSpec(name).input, ...options };
  return summarize(buildModel(name, input), input);
}

test('layers of the plain CNN, counted by hand', () => {
  const { layers, parameters, flops, activationBytes } = of('cnn');
  assert.equal(
    layers.map((l) => [l.name, l.type, l.output.join('x'), l.parameters, l.flops, l.activationBytes / 4]),
    [
      ['conv1', 'Conv2d', '1x32x28x28', 320, 2 * 32 * 784 * 9, 32 * 784],
      ['', 'max_pool2d', '1x32x14x14', 0, 0, 32 * 196],
      ['conv2', 'Conv2d', '1x64x14x14', 18_496, 2 * 64 * 196 * 9 * 32, 64 * 196],
      ['', 'max_pool2d', '1x3136', 0, 0, 64 * 49],
      ['fc1', 'Linear', '1x128', 401_536, 2 * 3136 * 128, 128],
      ['fc2', 'Linear', '1x10', 1290, 2 * 128 * 10, 10],
    ],
  );
  assert.is(parameters, 421_642);
  assert.is(
    flops,
    layers.reduce((n, l) => n + l.flops, 0),
  );
  assert.is(
    activationBytes,
    layers.reduce((n, l) => n + l.activationBytes, 0),
  );
});

test('the published work of large networks', () => {
  // torchvision quotes multiply-adds, in 10^9, to two or three digits.
  for (const [name, giga] of [
    ['alexnet', 0.71],
    ['vgg11', 7.61],
    ['vgg16', 15.47],
    ['googlenet', 1.5],
    ['resnet18', 1.81],
    ['resnet34', 3.66],
    ['resnet50', 4.09],
    ['squeezenet1_1', 0.35],
    ['resnext50_32x4d', 4.23],
    ['densenet121', 2.83],
    ['mobilenet_v3_small', 0.06],
    ['mobilenet_v3_large', 0.22],
    ['efficientnet_b0', 0.39],
    ['regnet_y_400mf', 0.4],
    ['convnext_tiny', 4.46],
    ['vit_b_16', 17.56],
  ] as const) {
    const macs = of(name).flops / 2e9;
    assert.ok(Math.abs(macs - giga) < 0.006, `${name}: ${macs}`);
  }
});

test('every model: parameters of its layers add up, logits come last', () => {
  for (const { name, minimumSize } of MODELS) {
    const size = Math.max(minimumSize, 33);
    const { layers, parameters, flops } = of(name, { channels: 2, height: size, width: size, classes: 7 });
    assert.is(
      layers.reduce((n, l) => n + l.parameters, 0),
      parameters,
      name,
    );
    assert.equal(layers.at(-1)?.output.slice(0, 2), [1, 7], name);
    assert.ok(flops > 0, name);
  }
});

test('an LSTM’s products', () =>
  assert.is(of('lstm').layers.find((l) => l.type === 'LSTM')?.flops, 2 * 28 * 4 * 128 * (28 + 128)));

test.run();

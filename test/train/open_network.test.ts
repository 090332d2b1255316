/** A network laid open: its windows make its maps, and the gradients shown are those of its loss. */
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { buildModel } from '../../src/nn/models/registry.js';
import { LiveTraining } from '../../src/train/live/live_training.js';
import { windowOf, type Maps, type OpenLayer } from '../../src/train/live/open_layer.js';
import { openNetwork } from '../../src/train/live/open_network.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('open network');
const { train: garments } = syntheticGarments({ train: 4, test: 1, seed: 2 });
const input: Maps = {
  channels: 1,
  height: 28,
  width: 28,
  values: Float32Array.from(garments.images.subarray(0, 784), (v) => v / 255),
};
const spec = { channels: 1, height: 28, width: 28, classes: 10 };

/** Every so many numbers of a layer's output: (map, row, column, index). */
function* places({ output: { channels, height, width } }: OpenLayer): Generator<[number, number, number, number]> {
  for (let i = 0; i < channels * height * width; i += 37)
    yield [Math.floor(i / height / width), Math.floor(i / width) % height, i % width, i];
}

const close = (got: number, expected: number, room: number, what: string): void =>
  assert.ok(Math.abs(got - expected) <= room, `${what}: ${got}, expected ${expected}`);

const largest = (values: ArrayLike<number>): number => Array.from(values).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

/** d loss / d w[o, c, ky, kx] of a convolution, from the gradient of its maps: the loops. */
function weightGradient(
  { input: x, output: y, dOutput, kernel: [kH, kW], padding, activation }: OpenLayer,
  at: number,
): number {
  const [o, c, ky, kx] = [
    Math.floor(at / (x.channels * kH * kW)),
    Math.floor(at / kH / kW) % x.channels,
    Math.floor(at / kW) % kH,
    at % kW,
  ];
  let sum = 0;
  for (let i = 0; i < y.height * y.width; i++) {
    const [row, column] = [Math.floor(i / y.width) + ky - padding[0], (i % y.width) + kx - padding[1]];
    if (row < 0 || row >= x.height || column < 0 || column >= x.width) continue;
    const value = y.values[o * y.height * y.width + i];
    const slope = activation === 'tanh' ? 1 - value ** 2 : 1;
    sum += dOutput.values[o * y.height * y.width + i] * slope * x.values[(c * x.height + row) * x.width + column];
  }
  return sum;
}

for (const name of ['lenet5', 'cnn']) {
  test(`${name}: every window gives its number, layer after layer; gradients of filters follow from those of maps`, async () => {
    const model = buildModel(name, spec).to(await testDevice(), { seed: 1 });
    const { layers, loss } = await openNetwork(model, input, 3);
    assert.equal(
      layers.map((layer) => layer.name),
      name === 'lenet5'
        ? ['conv1', 'pool1', 'conv2', 'pool2', 'fc1', 'fc2', 'fc3']
        : ['conv1', 'pool1', 'conv2', 'pool2', 'fc1', 'fc2'],
    );
    assert.ok(loss > 1 && loss < 4, String(loss));
    for (const [i, layer] of layers.entries()) {
      assert.is(layer.input, i === 0 ? input : layers[i - 1].output);
      for (const [map, row, column, at] of places(layer)) {
        const { after, before, parts, bias } = windowOf(layer, map, row, column);
        close(after, layer.output.values[at], 1e-4, `${layer.name}[${map}, ${row}, ${column}]`);
        close(
          parts.reduce((s, p) => s + p.sum, bias),
          before,
          1e-9,
          'the sum of its parts',
        );
      }
      if (layer.kind !== 'conv2d' || layer.weights === null) continue;
      const { grad } = layer.weights;
      for (let at = 0; at < grad.length; at += 71)
        close(grad[at], weightGradient(layer, at), 1e-3 * largest(grad), `gradient ${at} of ${layer.name}`);
    }
    model.release();
  });
}

test('the gradient is the slope of the loss, along itself', async () => {
  const model = buildModel('lenet5', spec).to(await testDevice(), { seed: 1 });
  const { weights } = model.memory;
  const { layers } = await openNetwork(model, input, 3);
  const before = (await weights.read()).slice();
  const grad = await model.memory.grads.read();
  const square = Array.from(grad).reduce((s, g) => s + g * g, 0);
  const step = 0.01 / Math.sqrt(square);
  const losses: number[] = [];
  for (const sign of [1, -1]) {
    weights.write(Float32Array.from(before, (w, i) => w + sign * step * grad[i]));
    losses.push((await openNetwork(model, input, 3)).loss);
  }
  close((losses[0] - losses[1]) / (2 * step), square, 0.01 * square, 'slope');
  assert.ok(largest(layers[0].dOutput.values) > 0);
  model.release();
});

test('training goes on as if the network had not been laid open, and no memory stays behind', async () => {
  const device = await testDevice();
  const losses: number[][] = [];
  for (const isOpened of [false, true]) {
    const live = new LiveTraining(device, 'lenet5', { train: 64, test: 10, batch: 16, seed: 3 });
    const own: number[] = [];
    let before = 0;
    for (let i = 0; i < 5; i++) {
      live.advance(1);
      own.push((await live.read()).loss);
      if (!isOpened) continue;
      const values = live.normalized(live.test.images.subarray(0, 784));
      await openNetwork(live.model, { ...input, values }, live.test.labels[0]);
      const { inUse } = device.statistics();
      if (i > 2) assert.is(inUse, before);
      before = inUse;
    }
    losses.push(own);
    live.release();
  }
  assert.equal(losses[0], losses[1]);
});

test.run();

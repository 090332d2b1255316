/** Models of inverted residuals, groups, dense connections and attention: small images, training, halves. */
import * as assert from 'uvu/assert';
import { autocast } from '../../../src/autograd/autocast.js';
import { backward, noGrad } from '../../../src/autograd/graph.js';
import { crossEntropy } from '../../../src/autograd/ops/index.js';
import { shapesOnlyDevice } from '../../../src/device/shapes_only.js';
import { buildModel, Dropout, MODELS, StochasticDepth, type Module } from '../../../src/nn/index.js';
import { Adam } from '../../../src/optim/optim.js';
import { empty, tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { noise } from '../noise.js';

const test = gpuSuite('new models');

/** One of each kind, with a learning rate that a few steps of Adam get along with. */
const RATES: Readonly<Record<string, number>> = {
  densenet121: 1e-3,
  mobilenet_v3_small: 3e-3,
  efficientnet_b0: 3e-4,
  regnet_y_400mf: 1e-3,
  convnext_tiny: 1e-3,
  vit_tiny_16: 1e-3,
};

test('every model runs at its smallest size, and no model names one that is larger than it need be', () => {
  const device = shapesOnlyDevice();
  for (const { name, input, minimumSize, build } of MODELS) {
    const run = (side: number): readonly number[] =>
      device.step(() => {
        const model = build({ ...input, height: side, width: side, classes: 5 })
          .to(device)
          .eval();
        return noGrad(() => model.forward(empty(device, [2, input.channels, side, side])));
      }).shape;
    assert.equal(run(minimumSize), [2, 5], name);
    if (minimumSize > 1) assert.throws(() => run(minimumSize - 1), /\[|cannot|at least/, name);
  }
  device.destroy();
});

const STEPS = 8;

/** Without what is drawn: a few steps show then whether gradients lead down. */
function settled(model: Module): void {
  for (const [, m] of model.namedModules()) if (m instanceof Dropout || m instanceof StochasticDepth) m.eval();
}

for (const [name, lr] of Object.entries(RATES))
  test(`${name}: four images of 32x32 are learnt, and halves give the same logits but for rounding`, async () => {
    const device = await testDevice();
    const input = { channels: 3, height: 32, width: 32, classes: 2 };
    const model = buildModel(name, input).to(device, { seed: 1 }).train();
    settled(model);
    const optimizer = new Adam(model, { lr });
    const x = tensor(device, noise(4 * 3 * 32 * 32, 1), { shape: [4, 3, 32, 32] });
    const label = tensor(device, Uint32Array.of(0, 1, 1, 0));
    const losses: number[] = [];
    for (let i = 0; i < STEPS; i++) {
      const loss = device.step(() => {
        optimizer.zeroGrad();
        const l = crossEntropy(model.forward(x), label);
        backward(l);
        optimizer.step();
        return l;
      });
      losses.push(await loss.item());
      loss.release();
    }
    // the least of them: with one pixel left for a batch norm a step may lead up, by rounding that drivers differ in
    assert.ok(Math.min(...losses) < 0.7 * losses[0], losses.map((l) => l.toFixed(3)).join(' '));
    if (device.features.has('shader-f16')) {
      model.eval();
      const logits = async (run: <T>(body: () => T) => T): Promise<number[]> => {
        const y = device.step(() => noGrad(() => run(() => model.forward(x))));
        return [...(await y.read())];
      };
      const [whole, half] = [await logits((body) => body()), await logits(autocast)];
      const scale = Math.max(...whole.map(Math.abs));
      for (const [i, v] of half.entries())
        assert.ok(Math.abs(v - whole[i]) < 0.03 * scale, `${i}: ${v} in halves, ${whole[i]} in f32`);
    }
    model.release();
  });

test.run();

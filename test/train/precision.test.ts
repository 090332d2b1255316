/**
 * Training with activations stored as halves: as good as in f32, replayed and resumed bit for bit, in half the memory;
 * refused elsewhere.
 */
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { backward } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { AdapterError } from '../../src/device/errors.js';
import { rand } from '../../src/kernels/random/random.js';
import { buildModel, DEFAULT_INPUT, MODELS } from '../../src/nn/models/registry.js';
import { SGD } from '../../src/optim/optim.js';
import { measureStepMemory } from '../../src/train/step/step_memory.js';
import { train } from '../../src/train/trainer.js';
import { zeros } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('precision');
const device = await testDevice();
const F16 = { precision: 'f16' } as const;

test('refused where the adapter has no halves, before anything is written', () =>
  withDevice({ without: 'shader-f16' }, (bare) =>
    inRun(async (files) => {
      try {
        await train(bare, { ...CONFIG, ...F16 }, GARMENTS, files, { onStart: async () => assert.unreachable() });
        assert.unreachable();
      } catch (error) {
        assert.instance(error, AdapterError);
      }
      assert.equal(readdirSync(files.folder), []);
    }),
  ));

if (device.features.has('shader-f16')) {
  test('steps that are replayed, or stopped and resumed, give the same bytes', async () => {
    const options = { ...F16, model: 'lenet5', epochs: 2 } as const; // 10 steps, two sizes of batch
    const eager = { ...(await trainWithStops(device, options, [], GARMENTS, { capture: false })), result: null };
    assert.equal({ ...(await trainWithStops(device, options)), result: null }, eager, 'captured');
    assert.equal({ ...(await trainWithStops(device, options, [7])), result: null }, eager, 'resumed');
    assert.ok('optimizer.loss_scale' in eager.last);
  });

  test('lenet5 learns as well as in f32', async () => {
    const data = syntheticGarments({ train: 600, test: 0, seed: 5 }).train;
    const options = { model: 'lenet5', epochs: 3, batch: 32, optimizer: 'adam', lr: 2e-3 } as const;
    const accuracy = async (more: object): Promise<number> =>
      (await trainWithStops(device, { ...options, ...more }, [], data)).history.at(-1)?.valAccuracy ?? 0;
    const [full, half] = [await accuracy({}), await accuracy(F16)];
    assert.ok(full > 0.5, `f32 has learned something: ${full}`);
    assert.ok(half > full - 0.08, `f16 ${half}, f32 ${full}`);
  });

  test('gradients that overflow halves skip the step, and the scale falls until they fit', async () => {
    const model = buildModel('cnn', DEFAULT_INPUT).to(device, { seed: 1 });
    const optimizer = new SGD(model, { lr: 1e-3 });
    const scaling = optimizer.scaleLoss({ initial: 2 ** 24 });
    const x = rand(device, [3, 1, 28, 28], -30, 30);
    const label = zeros(device, [3], 'u32');
    const before = await model.memory.weights.read();
    const step = (): void =>
      device.step(() => {
        optimizer.zeroGrad();
        const logits = F.cast(
          autocast(() => model.forward(x)),
          'f32',
        );
        backward(F.crossEntropy(logits, label), scaling.seed);
        optimizer.step();
      });
    step();
    assert.equal(await scaling.read(), { scale: 2 ** 23, skipped: 1 });
    assert.is(
      (await model.memory.weights.read()).findIndex((w, i) => w !== before[i]),
      -1,
      'the weights stay',
    );
    for (let i = 0; i < 15; i++) step();
    const { skipped, scale } = await scaling.read();
    assert.ok(skipped < 16 && scale === 2 ** (24 - skipped), `${skipped} steps skipped, scale ${scale}`);
    const after = await model.memory.weights.read();
    assert.ok(after.every(Number.isFinite) && after.some((w, i) => w !== before[i]), 'and then they move');
    model.memory.release();
  });

  test('activations take about half the memory', async () => {
    for (const spec of MODELS.filter((m) => ['cnn', 'lenet5'].includes(m.name))) {
      const bytes = async (precision: 'f32' | 'f16'): Promise<number> =>
        withDevice({}, async (own) => (await measureStepMemory(own, spec, DEFAULT_INPUT, { precision })).bytesPerImage);
      const [full, half] = [await bytes('f32'), await bytes('f16')];
      // parts of dw, which are f32 in both, are many for a GPU
      const most = (await testDevice()).adapter.isSoftware ? 0.72 : 0.85;
      assert.ok(half < most * full, `${spec.name}: ${half} bytes per image, ${full} in f32`);
    }
  });
}
test.run();

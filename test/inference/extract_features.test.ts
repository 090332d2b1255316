/** Features of a backbone: what reaches the head, for a whole data set, and batches of them. */
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import { mean } from '../../src/autograd/ops/index.js';
import { DeviceFeatures } from '../../src/data/feature_set.js';
import { DeviceDataset } from '../../src/data/device_dataset.js';
import { ModelError } from '../../src/device/errors.js';
import { headInput } from '../../src/nn/head_input.js';
import { Conv2d, Linear } from '../../src/nn/layers.js';
import type { Module } from '../../src/nn/module.js';
import { buildModel, DEFAULT_INPUT, MODELS, modelSpec, SMALL_MODELS } from '../../src/nn/models/registry.js';
import { tensor } from '../../src/tensor/tensor.js';
import { extractFeatures } from '../../src/inference/extract_features.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS } from '../train/fixtures.js';

const test = gpuSuite('extract_features');
const STATISTICS = { mean: [0.3], std: [0.4] };
const layer = (model: Module, path: string): Module =>
  [...model.namedModules()].find(([name]) => name === path)?.[1] as Module;

test('every model has a head where the registry says', () => {
  for (const spec of MODELS) {
    const head = layer(spec.build({ ...spec.input, classes: 7 }), spec.head);
    assert.ok(head instanceof Linear || head instanceof Conv2d, spec.name);
  }
});

test('the head makes the logits of them, image by image, in the order of the data', async () => {
  const device = await testDevice();
  for (const { name, head } of [...SMALL_MODELS, modelSpec('resnet20')]) {
    const model = buildModel(name, DEFAULT_INPUT).to(device, { seed: 2 });
    const done: number[] = [];
    const set = await extractFeatures(device, model, head, GARMENTS, STATISTICS, (n) => done.push(n));
    assert.equal(
      [set.count, set.features.length, set.labels, done.at(-1)],
      [150, 150 * set.width, GARMENTS.labels, 150],
      name,
    );
    assert.is(model.training, true, 'left as it was');
    const resident = new DeviceDataset(device, GARMENTS, STATISTICS);
    const walk = resident.walk(Uint32Array.of(149, 0, 77));
    model.eval();
    const expected = await device.step(() => noGrad(() => model.forward(walk.next(3).x))).read();
    const rows = new DeviceFeatures(device, set);
    rows.load(Uint32Array.of(149, 0, 77));
    const { x, label } = device.step(() => rows.next(3));
    const given = await device.step(() => noGrad(() => layer(model, head).forward(x))).read();
    for (const [i, v] of given.entries())
      assert.ok(Math.abs(v - expected[i]) < 1e-4, `${name} ${i}: ${v}, not ${expected[i]}`);
    assert.equal(
      [...(await label.read())],
      [149, 0, 77].map((i) => GARMENTS.labels[i]),
    );
    for (const part of [walk, resident, rows, model.memory]) part.release();
  }
});

test('a convolution as head is given a map: the features are its mean', async () => {
  const device = await testDevice();
  const { name, head } = modelSpec('squeezenet1_1');
  const model = buildModel(name, { channels: 3, height: 48, width: 48, classes: 3 }).to(device, { seed: 2 }).eval();
  const x = tensor(
    device,
    Float32Array.from({ length: 2 * 3 * 48 * 48 }, (_, i) => Math.sin(i * i)),
    { shape: [2, 3, 48, 48] },
  );
  const given = await device.step(() => noGrad(() => headInput(model, head, x))).read();
  const backbone = layer(model, 'features');
  const expected = await device.step(() => noGrad(() => mean(backbone.forward(x), { dim: [2, 3] }))).read();
  assert.equal([...given], [...expected]);
  assert.is(given.length, 2 * 512);
  assert.ok([...given].some((v) => v > 0));
});

test('a head that is not there is named', async () => {
  const device = await testDevice();
  const model = buildModel('mlp', DEFAULT_INPUT).to(device);
  assert.throws(
    () => headInput(model, 'fc9', tensor(device, [0], { shape: [1, 1, 1, 1] })),
    (e: unknown) => e instanceof ModelError && /no layer fc9/.test(e.message),
  );
});

test.run();

/** Training with head and loss as one: the same as apart, in less memory; where it is done, and where it cannot be. */
import * as assert from 'uvu/assert';
import type { HeldDataset } from '../../src/data/dataset.js';
import { noGrad } from '../../src/autograd/graph.js';
import { ModelError, UsageError } from '../../src/device/errors.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { layerAt, withoutHead } from '../../src/nn/head_input.js';
import { Linear } from '../../src/nn/layers.js';
import { buildModel, modelSpec, MODELS } from '../../src/nn/models/registry.js';
import { empty, zeros } from '../../src/tensor/tensor.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { evaluateCheckpoint } from '../../src/inference/evaluate_checkpoint.js';
import { fusedHead } from '../../src/train/loss/fused_loss.js';
import { train } from '../../src/train/trainer.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { CONFIG, firstOf, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('fused loss');

/** Relative to the larger of the two. */
const near = (a: number, b: number, share: number): boolean =>
  Math.abs(a - b) <= share * Math.max(Math.abs(a), Math.abs(b));

function weightsOf(hex: string): Float32Array {
  const bytes = Buffer.from(hex, 'hex');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

const RECIPES: readonly Partial<TrainConfig>[] = [
  {},
  // not Adam: it makes whole steps of rounding where a hidden unit is just about on
  { model: 'cnn', labelSmoothing: 0.1, optimizer: 'sgd', lr: 0.02 },
  { model: 'lenet5', classWeights: 'balanced', optimizer: 'sgd', lr: 0.02 },
  // two steps of few images: batch norm makes much of rounding, and resnet20 takes its time
  { model: 'resnet20', optimizer: 'sgd', lr: 0.02, freeze: 'fc', batch: 15, valSplit: 0 },
];

for (const recipe of RECIPES) {
  test(`as apart: ${JSON.stringify(recipe)}`, async () => {
    const device = await testDevice();
    const options = { epochs: 1, ...recipe };
    const data = recipe.model === 'resnet20' ? firstOf(GARMENTS, 30) : GARMENTS;
    const [fused, apart] = [
      await trainWithStops(device, { ...options, fusedLoss: 'on' }, [], data),
      await trainWithStops(device, { ...options, fusedLoss: 'off' }, [], data),
    ];
    const [a, b] = [fused.history[0], apart.history[0]];
    assert.ok(near(a.trainLoss, b.trainLoss, 1e-4), `training losses ${a.trainLoss} and ${b.trainLoss}`);
    assert.is(a.trainAccuracy, b.trainAccuracy);
    for (const [name, hex] of Object.entries(apart.best)) {
      const [w, v] = [weightsOf(fused.best[name]), weightsOf(hex)];
      const scale = v.reduce((m, x) => Math.max(m, Math.abs(x)), 4e-3);
      const off = v.reduce((m, x, i) => Math.max(m, Math.abs(x - w[i])), 0);
      assert.ok(off <= 2e-3 * scale, `${name} is off by ${off}, of ${scale}`);
    }
  });
}

/** 128 pictures of nothing, of so many classes. */
function manyClasses(classes: number): HeldDataset {
  const count = 128;
  return {
    name: 'many',
    images: Uint8Array.from({ length: count * 64 }, (_, i) => (i * 37) % 251),
    labels: Uint32Array.from({ length: count }, (_, i) => (i * 31) % classes),
    count,
    channels: 1,
    height: 8,
    width: 8,
    classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
  };
}

test('with thousands of classes a run holds less memory, and goes on after a stop bit for bit', async () => {
  const data = manyClasses(4096);
  const held = (options: Partial<TrainConfig>): Promise<number> =>
    withDevice({}, (device) =>
      inRun(async (files) => {
        let bytes = 0;
        await train(device, { ...CONFIG, batch: 128, epochs: 2, valSplit: 0, ...options }, data, files, {
          onEpoch: () => void (bytes = device.statistics().bytes),
        });
        return bytes;
      }),
    );
  const [fused, apart] = [await held({}), await held({ fusedLoss: 'off' })];
  const logits = 128 * 4096 * 4;
  const least = (await testDevice()).adapter.isSoftware ? 1.5 : 1.4; // parts of dw, which are the same in both
  assert.ok(
    apart - fused > least * logits,
    `${apart} bytes apart, ${fused} as one: ${((apart - fused) / logits).toFixed(2)} times the logits less`,
  );
  const device = await testDevice();
  const [whole, stopped] = [
    await trainWithStops(device, { epochs: 1, batch: 32, valSplit: 0 }, [], data),
    await trainWithStops(device, { epochs: 1, batch: 32, valSplit: 0 }, [2], data),
  ];
  assert.equal([stopped.last, stopped.history], [whole.last, whole.history]);
});

test('it is done from many classes on where the head is linear, and refused where it cannot be', async () => {
  const device = await testDevice();
  const of = (name: string, classes: number, options: Partial<TrainConfig> = {}): unknown => {
    const spec = modelSpec(name);
    const size = Math.max(spec.minimumSize, 32);
    return fusedHead(
      spec.build({ channels: 3, height: size, width: size, classes }),
      { ...CONFIG, model: name, ...options },
      classes,
    );
  };
  assert.is(of('cnn', 1023), null);
  assert.ok(of('cnn', 1024) !== null);
  assert.ok(of('cnn', 10, { fusedLoss: 'on' }) !== null);
  assert.is(of('cnn', 2048, { fusedLoss: 'off' }), null);
  assert.is(of('squeezenet1_1', 2048), null);
  assert.is(of('cnn', 2048, { augment: 'mixup' }), null);
  assert.is(of('cnn', 2048, { classWeights: 'balanced', labelSmoothing: 0.1 }), null);
  const refused = (model: string, options: Partial<TrainConfig>, says: RegExp): void =>
    assert.throws(
      () => of(model, 10, { fusedLoss: 'on', ...options }),
      (e: unknown) => e instanceof UsageError && says.test(e.message),
    );
  refused('squeezenet1_1', {}, /fusedLoss on: the head of squeezenet1_1 is no linear layer/);
  refused('cnn', { augment: 'flip,mixup' }, /mixup gives each image two labels/);
  refused('cnn', { classWeights: 'balanced', labelSmoothing: 0.1 }, /weigh every class of every image/);
  const squeeze = buildModel('squeezenet1_1', { channels: 3, height: 32, width: 32, classes: 3 }).to(device);
  assert.throws(
    () => withoutHead(squeeze, modelSpec('squeezenet1_1').head, zeros(device, [1, 3, 32, 32])),
    (e: unknown) => e instanceof ModelError && /is not the last layer/.test(e.message),
  );
});

test('of every model with a linear head the head is the last layer', () => {
  const device = shapesOnlyDevice();
  for (const spec of MODELS) {
    const { channels, height, width } = spec.input;
    const model = spec.build({ ...spec.input, classes: 7 }).to(device);
    if (!(layerAt(model, spec.head) instanceof Linear)) continue;
    assert.is(
      noGrad(() => withoutHead(model, spec.head, empty(device, [2, channels, height, width]))).rank,
      2,
      spec.name,
    );
  }
});

test('thousands of classes are evaluated without a table of them, with top-5 and top-10', async () => {
  const data = manyClasses(1100);
  const device = await testDevice();
  await inRun(async (files) => {
    await train(device, { ...CONFIG, epochs: 1, valSplit: 0 }, data, files);
    const report = await evaluateCheckpoint(device, await readCheckpoint(files.best), data);
    assert.is(report.confusion, null);
    assert.equal(report.perClass, []);
    const { accuracy, top5 = -1, top10 = -1, mostConfused } = report;
    assert.ok(accuracy <= top5 && top5 <= top10 && top10 <= 1 && top5 >= 0, `${accuracy}, ${top5}, ${top10}`);
    assert.is(mostConfused.length, 5);
  });
});

test.run();

/**
 * Training with losses that make embeddings: replayed, resumed, evaluated by cosines, with the head as it is, and
 * refused where it cannot be.
 */
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { noGrad } from '../../src/autograd/graph.js';
import { lossOf } from '../../src/cli/options/train/metric_loss.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { rand } from '../../src/kernels/random/random.js';
import { useCosines } from '../../src/nn/vector_head.js';
import { headInput, layerAt, layerOutput } from '../../src/nn/head_input.js';
import { AdaptiveAvgPool2d, Conv2d, Flatten, type Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { buildModel, modelSpec, type ModelInput } from '../../src/nn/models/registry.js';
import type { Module } from '../../src/nn/module.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { modelOf, readCheckpoint, restore } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { METRIC_LOSSES, type MetricLoss } from '../../src/train/loss/loss_settings.js';
import { isMetricLoss, pairedShare } from '../../src/train/loss/metric_loss.js';
import { buildClassifier } from '../../src/train/model.js';
import { train } from '../../src/train/trainer.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('metric loss');
const ARCFACE: MetricLoss = { name: 'arcface', ...METRIC_LOSSES.arcface };
const SUPCON: MetricLoss = { name: 'supcon', ...METRIC_LOSSES.supcon };

const RECIPES: readonly Partial<TrainConfig>[] = [
  { loss: ARCFACE, labelSmoothing: 0.1, classWeights: 'balanced' },
  { loss: SUPCON, sampling: 'balanced' },
];

for (const recipe of RECIPES) {
  test(`replayed, and resumed after a stop, the same as eager, and the loss falls: ${JSON.stringify(recipe)}`, async () => {
    const device = await testDevice();
    const eager = { ...(await trainWithStops(device, recipe, [], GARMENTS, { capture: false })), result: null };
    assert.equal({ ...(await trainWithStops(device, recipe, [3])), result: null }, eager);
    const [first, last] = [eager.history[0], eager.history.at(-1)];
    assert.ok((last?.trainLoss ?? Infinity) < first.trainLoss, JSON.stringify(eager.history));
  });
}

test('the contrastive loss is the same beside a fused head', async () => {
  const device = await testDevice();
  const run = (fusedLoss: 'on' | 'off'): ReturnType<typeof trainWithStops> =>
    trainWithStops(device, { loss: SUPCON, epochs: 1, fusedLoss, classWeights: 'balanced' });
  const [fused, apart] = [await run('on'), await run('off')];
  assert.ok(
    Math.abs(fused.history[0].trainLoss - apart.history[0].trainLoss) < 1e-4 * apart.history[0].trainLoss,
    `${fused.history[0].trainLoss}, ${apart.history[0].trainLoss}`,
  );
  const { trainLoss, valLoss } = apart.history[0];
  assert.ok(
    trainLoss > (valLoss ?? Infinity) + 1.5,
    `the training loss contains it, the validation loss does not: ${trainLoss}, ${valLoss}`,
  );
});

/** `scale` times the cosines of features (N, D) and weights (C, D). */
function cosines(features: ArrayLike<number>, weights: ArrayLike<number>, width: number, scale: number): number[] {
  const rows = (of: ArrayLike<number>): number[][] =>
    Array.from({ length: of.length / width }, (_, n) => Array.from({ length: width }, (__, d) => of[n * width + d]));
  const unit = (row: number[]): number[] => row.map((v) => v / Math.hypot(...row));
  return rows(features).flatMap((x) =>
    rows(weights).map((w) => scale * unit(x).reduce((sum, v, d) => sum + v * unit(w)[d], 0)),
  );
}

async function expectCosines(
  device: Device,
  model: Module,
  head: string,
  { channels, height, width }: Pick<ModelInput, 'channels' | 'height' | 'width'>,
  scale: number,
): Promise<void> {
  const x = rand(device, [3, channels, height, width]);
  const [logits, features] = noGrad((): Tensor[] => [model.forward(x), headInput(model, head, x)]);
  const weights = (layerAt(model, head) as Linear).weight.value;
  const expected = cosines(await features.read(), await weights.read(), features.shape[1], scale);
  expectClose({
    op: 'cosine_head',
    argument: head,
    got: await logits.read(),
    expected,
    tolerance: 1e-5,
    pair: 'GPU with CPU',
    label: 'logits',
  });
  assert.is(noGrad(() => layerOutput(model, head, x)).shape[1], weights.shape[0], 'the layer itself is as it was');
}

test('a checkpoint of ArcFace is a classifier by cosines; so is a head that is a 1x1 convolution', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    await train(device, { ...CONFIG, loss: ARCFACE, epochs: 1 }, GARMENTS, files);
    const checkpoint = await readCheckpoint(files.best);
    const model = modelOf(checkpoint).to(device).eval();
    restore(checkpoint, model, null);
    await expectCosines(device, model, modelSpec('mlp').head, GARMENTS, ARCFACE.scale);
    model.release();
  });
  const asSqueezeNet = new Sequential(
    new Conv2d(3, 6, 3),
    new ReLU(),
    new Conv2d(6, 5, 1),
    new ReLU(),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
  );
  const model = useCosines(asSqueezeNet, '2', 8).to(device, { seed: 1 }).eval();
  await expectCosines(device, model, '2', { channels: 3, height: 7, width: 5 }, 8);
  if (device.features.has('shader-f16'))
    assert.is(noGrad(() => autocast(() => model.forward(rand(device, [2, 3, 7, 5])))).dtype, 'f32');
  model.release();
});

test('what a loss does not go with is refused', async () => {
  const device = await testDevice();
  const refused = async (options: Partial<TrainConfig>, says: RegExp): Promise<void> => {
    try {
      await inRun((files) => train(device, { ...CONFIG, ...options }, GARMENTS, files));
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, says);
    }
  };
  await refused({ loss: ARCFACE, fusedLoss: 'on' }, /fusedLoss on: the logits of loss arcface are no product/);
  for (const loss of [ARCFACE, SUPCON])
    await refused({ loss, augment: 'flip,mixup' }, /needs images of one class each, mixup makes them of two/);
  assert.throws(
    () => useCosines(buildModel('lenet5', { channels: 1, height: 28, width: 28, classes: 3 }), 'conv1', 8),
    /conv1 is neither a linear layer nor a 1x1 convolution/,
  );
  assert.is(
    buildClassifier({}, 'mlp', { channels: 1, height: 8, width: 8, classes: 2 }).forward,
    Object.getPrototypeOf(buildModel('mlp', { channels: 1, height: 8, width: 8, classes: 2 })).forward,
  );
});

test('options: defaults, settings of the other loss, ranges', () => {
  assert.equal(
    [lossOf({}), lossOf({ loss: 'arcface' }), lossOf({ loss: 'supcon', temperature: 0.5, 'supcon-weight': 2 })],
    [{}, { loss: ARCFACE }, { loss: { name: 'supcon', temperature: 0.5, weight: 2 } }],
  );
  const refused = (o: object, says: RegExp): void =>
    assert.throws(
      () => lossOf(o as Record<string, unknown>),
      (e: unknown) => e instanceof UsageError && says.test(e.message),
      JSON.stringify(o),
    );
  refused({ margin: 0.2 }, /--margin is for --loss arcface; the loss is cross-entropy/);
  refused({ loss: 'arcface', temperature: 0.2 }, /--temperature is for --loss supcon; the loss is arcface/);
  refused({ loss: 'arcface', margin: 2 }, /loss\.margin 2 is no angle from 0 to π \/ 2/);
  refused({ loss: 'arcface', scale: 0 }, /loss\.scale 0 is not above 0/);
  refused({ loss: 'supcon', temperature: 0 }, /loss\.temperature 0 is not above 0/);
  refused({ loss: 'supcon', 'supcon-weight': 0 }, /loss\.weight 0 is not above 0/);
  assert.equal(
    [
      ARCFACE,
      SUPCON,
      { name: 'arcface', margin: 0.5 },
      { ...ARCFACE, scale: -1 },
      { name: 'triplet' },
      'arcface',
      null,
    ].map(isMetricLoss),
    [true, true, false, false, false, false, false],
  );
});

test('how many images share their batch with one of their class', () => {
  assert.is(pairedShare([0, 1, 2, 3, 4], [7, 7, 1, 2, 2], 5), 0.8);
  assert.is(pairedShare([0, 1, 2, 3, 4], [7, 7, 1, 2, 2], 2), 0.4);
  assert.is(pairedShare([0, 1], [3, 4], 2), 0);
});

test.run();

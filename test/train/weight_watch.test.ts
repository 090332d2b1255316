/**
 * A network that has broken down ends the run before anything of it is saved, also where the loss is still a number.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import type { Storage } from '../../src/device/storage.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { train, type TrainHooks } from '../../src/train/trainer.js';
import { buildVae } from '../../src/vae/build.js';
import { FEATURE_VAE } from '../../src/vae/config.js';
import { trainVae } from '../../src/vae/trainer.js';
import { brokenNumbers, requireFiniteNumbers } from '../../src/train/checkpoint/weight_watch.js';
import { LiveTraining } from '../../src/train/live/live_training.js';
import { fails } from '../data/fixtures.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun } from './fixtures.js';

const test = gpuSuite('weight watch');

/**
 * Breaks a number of a model during the last step of an epoch: after the step has been done, when its loss is known to
 * be finite.
 */
type Break = (
  model: Parameters<NonNullable<TrainHooks['onStart']>>[0],
  state: ReadonlyMap<string, { readonly storage: Storage }>,
) => { readonly storage: Storage; readonly byteOffset?: number };

async function run(
  device: Device,
  options: Partial<TrainConfig>,
  where: Break,
  epoch = 2,
): Promise<{
  best: Buffer | null;
  last: Buffer | null;
  before: readonly (Buffer | null)[];
  message: string;
  fix: string;
}> {
  return inRun(async (files) => {
    const read = (file: string): Buffer | null => (existsSync(file) ? readFileSync(file) : null);
    let started: readonly [Parameters<Break>[0], Parameters<Break>[1]] | null = null;
    let before: readonly (Buffer | null)[] = [];
    const error = await fails(
      () =>
        train(device, { ...CONFIG, epochs: 3, ...options }, GARMENTS, files, {
          onStart: async (model, state) => {
            started = [model, state()];
          },
          onStep: (r) => {
            if (r.epoch !== epoch || r.step !== r.steps || started === null) return;
            before = [read(files.best), read(files.last)];
            const { storage, byteOffset = 0 } = where(...started);
            device.write(storage, Float32Array.of(NaN), byteOffset);
          },
        }),
      6,
    );
    if (epoch > 1) for (const file of [files.best, files.last]) await readCheckpoint(file);
    return { best: read(files.best), last: read(files.last), before, message: error.message, fix: error.fix ?? '' };
  });
}

const parameter =
  (name: string): Break =>
  (model) =>
    [...model.namedParameters()].find(([key]) => key === name)![1].value;

test('weights, running statistics, moments, averages: exit 6 by name, and both checkpoints stay as they were', async () => {
  const device = await testDevice();
  const cases: readonly (readonly [Partial<TrainConfig>, Break, RegExp])[] = [
    [
      { model: 'lenet5' },
      parameter('conv2.bias'),
      /^weights became NaN or infinite by the end of epoch 2 \(learning rate 0\.001\): conv2\.bias \(1 NaN of 16\)$/,
    ],
    [{ model: 'mlp' }, (_, state) => state.get('m')!, /optimizer\.m \(1 NaN of \d+\)/],
    [{ model: 'mlp', ema: 0.9 }, (_, state) => state.get('ema')!, /optimizer\.ema \(1 NaN of \d+\)/],
  ];
  for (const [options, where, says] of cases) {
    const { best, last, before, message, fix } = await run(device, options, where);
    assert.match(message, says);
    assert.match(fix, /smaller lr, or clipNorm 1; the checkpoints of earlier epochs are kept/);
    assert.equal([best, last], before);
    assert.ok(best !== null && last !== null);
  }
  const first = await run(
    device,
    { model: 'resnet20', epochs: 1 },
    (model) => [...model.namedBuffers()].find(([key]) => key === 'layer2.0.bn1.running_var')![1].value,
    1,
  );
  assert.match(first.message, /by the end of epoch 1 .*layer2\.0\.bn1\.running_var \(1 NaN of 32\)/);
  assert.equal([first.best, first.last], [null, null], 'nothing is saved of a first epoch that ends so');
});

test('a rate that only the last step of an epoch shows, without validation images: nothing is saved', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const options: TrainConfig = {
      ...CONFIG,
      epochs: 2,
      batch: 1000,
      valSplit: 0,
      optimizer: 'sgd',
      momentum: 0,
      lr: 3e38,
      weightDecay: 1e3,
    };
    await fails(
      () => train(device, options, GARMENTS, files),
      6,
      /weights became NaN or infinite by the end of epoch 1 \(learning rate 3e\+38\): fc1\.weight \(/,
    );
    assert.not.ok(existsSync(files.best) || existsSync(files.last));
  });
});

test('stopped by a signal: what is broken is not saved', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    let steps = 0;
    let broken = (): void => {};
    await fails(
      () =>
        train(device, { ...CONFIG, model: 'lenet5' }, GARMENTS, files, {
          onStart: async (model) => {
            broken = () => device.write(model.memory.weights.storage, Float32Array.of(Infinity));
          },
          interrupted: () => {
            if (steps++ < 3) return null;
            broken();
            return 130;
          },
        }),
      6,
      /in epoch 1, by step 3 .*conv1\.weight \(1 infinite of 150\)/,
    );
    assert.not.ok(existsSync(files.last));
  });
});

test('an auto-encoder, and what is trained in a page', async () => {
  const device = await testDevice();
  const features = {
    name: 'f',
    features: Float32Array.from({ length: 40 }, (_, i) => Math.sin(i)),
    labels: new Uint32Array(10),
    count: 10,
    width: 4,
    classes: ['a'],
  };
  const config = { ...FEATURE_VAE, latent: 2, hidden: 8, epochs: 2, batch: 10, lr: 3e38 };
  let saved = 0;
  await fails(
    () => trainVae(device, config, { train: features, validation: null }, { onEpoch: () => void saved++ }),
    6,
    /weights became NaN or infinite by the end of epoch 1/,
  );
  assert.is(saved, 0);
  const live = new LiveTraining(device, 'lenet5', { train: 64, test: 10, batch: 64, lr: 3e38 });
  live.advance(1);
  const { broken } = await live.read();
  assert.ok(broken > 0);
  live.release();
});

test('sound numbers are sound, and watching takes no memory for itself', async () => {
  const device = await testDevice();
  const model = buildVae({ ...FEATURE_VAE, latent: 2, hidden: 3 }, { features: 4 }, 1).to(device);
  assert.is(await brokenNumbers(model), 0);
  await collectGarbage();
  const { created, inUse } = device.statistics();
  for (let i = 0; i < 3; i++) await requireFiniteNumbers(model, undefined, { when: 'now', fix: '' });
  assert.equal([device.statistics().created, device.statistics().inUse], [created, inUse]);
  model.release();
});

test.run();

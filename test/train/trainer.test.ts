/** The training loop: learning, small cases, divergence, refusals. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { DivergedError } from '../../src/device/errors.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import type { EpochMetrics } from '../../src/train/evaluate/metrics.js';
import { batchWithoutSingle } from '../../src/train/batch_sizes.js';
import { bestEpoch } from '../../src/train/fit.js';
import type { StepReport } from '../../src/train/fit_hooks.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('trainer');

test('a last batch that is smaller counts as its images', async () => {
  const device = await testDevice();
  const reports: StepReport[] = [];
  const { history, result } = await trainWithStops(device, { epochs: 1 }, [], GARMENTS, {
    onStep: (r) => reports.push(r),
  });
  assert.is(result.steps, 5);
  const last = reports.at(-1) as StepReport;
  assert.equal([last.epoch, last.step, last.steps], [1, 5, 5]);
  assert.is(last.eta, 0);
  assert.ok(
    reports.every((r) => r.imagesPerSecond > 0 && r.imagesPerSecond < 1e6 && r.lr === CONFIG.lr),
    'a first report already has a sound speed',
  );
  const right = (history[0].trainAccuracy ?? 0) * 135;
  assert.ok(Math.abs(right - Math.round(right)) < 1e-6, `${right} of 135 right`);
  const validRight = (history[0].valAccuracy ?? 0) * 15;
  assert.ok(Math.abs(validRight - Math.round(validRight)) < 1e-6, `${validRight} of 15 right`);
  const single = await trainWithStops(device, { epochs: 1, batch: 1000 });
  assert.is(single.result.steps, 1, 'a batch larger than the data is one step');
});

test('without validation images the last epoch is the best', async () => {
  const device = await testDevice();
  const { best, last, history, result } = await trainWithStops(device, { valSplit: 0 });
  assert.equal(
    history.map((h) => [h.valLoss, h.valAccuracy]),
    [
      [null, null],
      [null, null],
    ],
  );
  assert.is(result.bestEpoch, 2);
  for (const [name, bytes] of Object.entries(best)) assert.is(last[name], bytes, name);
  assert.equal(
    Object.keys(last).filter((name) => !(name in best)),
    ['optimizer.hyper', 'optimizer.m', 'optimizer.v'],
  );
});

test('learning: the loss falls and garments are told apart', async () => {
  const device = await testDevice();
  const data = syntheticGarments({ train: 600, test: 0, seed: 2 }).train;
  const { history } = await trainWithStops(device, { epochs: 6, lr: 2e-3 }, [], data);
  assert.ok(history[5].trainLoss < 0.6 * history[0].trainLoss, history.map((h) => h.trainLoss.toFixed(3)).join(' '));
  assert.ok((history[5].valAccuracy ?? 0) > 0.6, `${history[5].valAccuracy}`);
});

test('bestEpoch: highest validation accuracy, the first of equals, the last without validation', () => {
  const of = (...values: (number | null)[]): number =>
    bestEpoch(
      values.map((valAccuracy, i): EpochMetrics => ({
        epoch: i + 1,
        trainLoss: 1,
        trainAccuracy: 0,
        valLoss: valAccuracy,
        valAccuracy,
        lr: 1,
        seconds: 1,
      })),
    );
  assert.is(of(0.5, 0.7, 0.6), 2);
  assert.is(of(0.7, 0.5, 0.7), 1);
  assert.is(of(0, 0), 1);
  assert.is(of(null, null), 2);
  assert.is(of(), 0);
});

test('divergence ends with exit code 6 and leaves what was saved before', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    for (const file of [files.last, files.best]) writeFileSync(file, 'earlier');
    const cases = [
      [{}, /the loss became (NaN|Infinity) in epoch 1, by step \d of 5 \(learning rate 1e\+30\)/],
      // an epoch of one step: its own loss is still sound
      [{ batch: 1000 }, /the validation loss became (NaN|Infinity) after epoch 1/],
      [{ optimizer: 'sgd' }, /the loss became (NaN|Infinity)/],
    ] as const;
    for (const [options, message] of cases) {
      const error = await fails(() => train(device, { ...CONFIG, lr: 1e30, ...options }, GARMENTS, files), 6, message);
      assert.instance(error, DivergedError);
      assert.match(error.fix ?? '', /smaller lr/);
      assert.equal(readdirSync(files.folder), ['best.safetensors', 'last.safetensors']);
      for (const file of [files.last, files.best]) assert.is(readFileSync(file, 'utf8'), 'earlier');
    }
  });
});

test('what cannot work is refused before onStart', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const hooks = { onStart: () => Promise.reject(new Error('must not start')) };
    const run =
      (options: object, data = GARMENTS) =>
      () =>
        train(device, { ...CONFIG, ...options }, data, files, hooks);
    await fails(run({ valSplit: 0.999 }), 2, /leaves none to train on/);
    await fails(run({ optimizer: 'sgd', nesterov: true, momentum: 0 }), 2, /Nesterov needs momentum/);
    await fails(run({ model: 'vgg' }), 2, /there is no model "vgg"/);
    await fails(run({ model: 'lenet5' }, { ...GARMENTS, height: 8, width: 98 }), 2, /at least 12x12/);
    // 129 images in steps of 32: the last map of the network is 1x1, and the last step of one image.
    const error = await fails(
      run({ model: 'resnet18', valSplit: 0.14 }),
      2,
      /129 images in steps of 32 leave a step of one.*more than 1 value per channel/,
    );
    assert.is(error.fix, 'e.g. batch 31');
    assert.not(existsSync(files.last));
  });
});

test('a batch without a step of one image', () => {
  assert.equal(
    [
      [129, 32],
      [65, 64],
      [5, 4],
      [7, 2],
      [3, 2],
      [9, 1],
      [2, 64],
      [1, 1],
    ].map(([count, batch]) => batchWithoutSingle(count, batch)),
    [31, 63, 3, 4, 3, 3, 64, null],
  );
});

test.run();

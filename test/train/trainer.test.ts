/** The training loop: determinism, resuming, small cases, divergence. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { DataError, DivergedError, InterruptedError, ModelError } from '../../src/device/errors.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { readCheckpoint } from '../../src/train/checkpoint.js';
import type { EpochMetrics } from '../../src/train/metrics.js';
import { batchWithoutSingle } from '../../src/train/batch_sizes.js';
import { bestEpoch, type StepReport } from '../../src/train/fit.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('trainer');

test('the same seed gives the same bytes, another seed others', async () => {
  const device = await testDevice();
  for (const options of [
    {},
    { model: 'lenet5', optimizer: 'sgd', nesterov: true, weightDecay: 0.01, epochs: 1 },
  ] as const) {
    const first = await trainWithStops(device, options);
    assert.equal({ ...(await trainWithStops(device, options)), result: null }, { ...first, result: null });
    const other = await trainWithStops(device, { ...options, seed: 1 });
    for (const name of Object.keys(first.last))
      if (name !== 'optimizer.hyper') assert.is.not(other.last[name], first.last[name], name);
    assert.not.equal(other.history, first.history);
  }
});

test('a run that is stopped and resumed equals an uninterrupted one, bit for bit', async () => {
  const device = await testDevice();
  const whole = { ...(await trainWithStops(device, {})), result: null };
  // Five steps an epoch: before the first step, inside an epoch, between epochs, in the last, and several times.
  for (const stops of [[0], [2], [5], [7], [3, 4], [5, 0, 1]]) {
    assert.equal(
      { ...(await trainWithStops(device, {}, stops)), result: null },
      whole,
      `stopped after ${stops.join(', ')} steps`,
    );
  }
  const sgd = { optimizer: 'sgd', lr: 0.05, weightDecay: 1e-3 } as const;
  assert.equal(
    { ...(await trainWithStops(device, sgd, [6])), result: null },
    { ...(await trainWithStops(device, sgd)), result: null },
    'sgd',
  );
});

test('more epochs on a finished run equal a longer run', async () => {
  const device = await testDevice();
  const whole = await trainWithStops(device, { epochs: 3 });
  await inRun(async (files) => {
    await train(device, { ...CONFIG, epochs: 1 }, GARMENTS, files);
    const result = await train(device, { ...CONFIG, epochs: 3 }, GARMENTS, files, {}, await readCheckpoint(files.last));
    assert.is(result.steps, 10);
    assert.equal(
      result.history.map(({ seconds, ...rest }) => rest),
      whole.history,
    );
    const again = await train(device, { ...CONFIG, epochs: 3 }, GARMENTS, files, {}, await readCheckpoint(files.last));
    assert.is(again.stepMilliseconds, null, 'no step was left');
    assert.equal(again.history, result.history);
  });
});

test('an interruption saves, and reports which signal it was', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const calls: string[] = [];
    const hooks = {
      onStart: async () => void calls.push('start'),
      interrupted: () => (calls.push('asked'), calls.length > 3 ? (143 as const) : null),
    };
    try {
      await train(device, CONFIG, GARMENTS, files, hooks);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, InterruptedError);
      assert.is((error as InterruptedError).exitCode, 143);
      assert.match((error as InterruptedError).message, /epoch 1 after 2 steps; saved in .*last\.safetensors/);
    }
    assert.equal(calls.slice(0, 2), ['start', 'asked'], 'onStart comes first');
    assert.equal(readdirSync(files.folder), ['last.safetensors']);
    const { step, epoch, totals, seconds, history } = (await readCheckpoint(files.last)).header.progress;
    assert.equal([epoch, step, totals[2], history], [0, 2, 64, []]);
    assert.ok(seconds > 0);
  });
});

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

test('a checkpoint of another model, optimizer or other data is refused before anything is written', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    await train(device, { ...CONFIG, epochs: 1 }, GARMENTS, files);
    const resume = await readCheckpoint(files.last);
    const before = readFileSync(files.last);
    const hooks = { onStart: () => Promise.reject(new Error('must not start')) };
    const again =
      (options: object, data = GARMENTS) =>
      () =>
        train(device, { ...CONFIG, ...options }, data, files, hooks, resume);
    assert.instance(
      await fails(again({ model: 'cnn' }), 7, /last\.safetensors is a checkpoint of mlp, not of cnn/),
      ModelError,
    );
    await fails(again({ optimizer: 'sgd' }), 7, /last\.safetensors holds no velocity/);
    const other = syntheticGarments({ train: 150, test: 0, seed: 2 }).train;
    assert.instance(
      await fails(again({}, other), 3, /synthetic train is not what .*last\.safetensors was trained on/),
      DataError,
    );
    await fails(again({}, { ...GARMENTS, height: 14, width: 56 }), 3, /trained on/);
    await fails(again({}, { ...GARMENTS, classes: GARMENTS.classes.toReversed() }), 3, /classes differ/);
    assert.ok(before.equals(readFileSync(files.last)));
  });
});

test('other images, labels or groups are noticed under fixed statistics too; a checkpoint without digests goes on', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const pixels = Uint8Array.from({ length: 40 * 3 * 64 }, (_, i) => (i * 37) % 251);
    const data: ImageDataset = {
      name: 'dots',
      images: pixels,
      labels: Uint32Array.from({ length: 40 }, (_, i) => i % 2),
      count: 40,
      channels: 3,
      height: 8,
      width: 8,
      classes: ['a', 'b'],
    };
    const config = { ...CONFIG, epochs: 1, normalize: 'imagenet' } as const;
    await train(device, config, data, files);
    const resume = await readCheckpoint(files.last);
    const again =
      (given: ImageDataset, checkpoint = resume) =>
      () =>
        train(device, config, given, files, {}, checkpoint);
    const labels = data.labels.slice();
    [labels[0], labels[1]] = [labels[1], labels[0]];
    const others: Partial<ImageDataset>[] = [
      { images: pixels.map((v, i) => (i === 7 ? v ^ 1 : v)) },
      { labels },
      { groups: Uint32Array.from({ length: 40 }, (_, i) => i >> 1) },
      { validationStart: 36 },
      { images: pixels.subarray(192), labels: data.labels.subarray(1), count: 39 },
    ];
    for (const other of others)
      await fails(
        again({ ...data, ...other }),
        3,
        /dots is not what .*last\.safetensors was trained on: its images, labels or classes differ/,
      );
    const { sources, ...older } = resume.header;
    assert.match(sources?.train ?? '', /^[0-9a-f]{64}$/);
    for (const header of [resume.header, older])
      assert.equal((await again(data, { ...resume, header })()).history, resume.header.progress.history);
    const tested = { ...config, valSplit: 0, validateOnTest: true };
    await train(device, tested, data, files, { test: data });
    const onTest = await readCheckpoint(files.last);
    await fails(
      () => train(device, tested, data, files, { test: { ...data, labels } }, onTest),
      3,
      /test images of dots are not those that .*last\.safetensors was validated on/,
    );
    assert.equal(
      (await train(device, tested, data, files, { test: data }, onTest)).history,
      onTest.header.progress.history,
    );
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

/** Determinism and resuming: the same bytes, whenever a run is stopped; what does not belong together is refused. */
import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { DataError, InterruptedError, ModelError } from '../../src/device/errors.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('resuming');

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

test.run();

/** Recipes in the training loop: schedules step by step, resuming, early stopping, clipping, smoothing, averaging. */
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { makeSchedule, type ScheduleConfig } from '../../src/optim/schedules/schedule.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('recipe');

/** Five steps an epoch, as in the trainer's test. */
const STEPS = 5;

test('every schedule is followed step by step, replayed as recorded anew', async () => {
  const device = await testDevice();
  const schedules: ScheduleConfig[] = [
    { name: 'step', step: 1 },
    { name: 'multistep', milestones: [1], gamma: 0.5 },
    { name: 'exponential' },
    { name: 'cosine', warmup: 0.4 },
    { name: 'onecycle' },
    { name: 'plateau', patience: 0 },
    { name: 'dynamic' },
  ];
  const seen = new Set<string>();
  for (const schedule of schedules) {
    const config: TrainConfig = { ...CONFIG, schedule };
    const replayed = await trainWithStops(device, { schedule });
    const rate = makeSchedule(schedule, { lr: config.lr, epochs: 2, stepsPerEpoch: STEPS, batch: config.batch });
    const losses = replayed.history.map((h) => h.valLoss);
    assert.equal(
      replayed.history.map((h) => h.lr),
      [rate(STEPS - 1, []), rate(2 * STEPS - 1, losses.slice(0, 1))],
      schedule.name,
    );
    seen.add(replayed.last['fc1.weight']);
    if (schedule.name === 'onecycle')
      assert.equal(
        { ...(await trainWithStops(device, { schedule }, [], GARMENTS, { capture: false })), result: null },
        { ...replayed, result: null },
      );
  }
  assert.is(seen.size, schedules.length, 'each leads to other weights');
});

test('a stopped and resumed run equals an uninterrupted one under schedules, clipping, smoothing and averaging', async () => {
  const device = await testDevice();
  const recipes: Partial<TrainConfig>[] = [
    { schedule: { name: 'onecycle', start: 1 }, optimizer: 'adamw', weightDecay: 0.01, ema: 0.9, labelSmoothing: 0.1 },
    // after two steps the rate is the one that was asked for, other than in the checkpoint
    { schedule: { name: 'constant', warmup: 0.4 } },
    { schedule: { name: 'dynamic', patience: 0 }, optimizer: 'sgd', lr: 0.1, clipNorm: 0.5, epochs: 3 },
  ];
  for (const recipe of recipes) {
    const whole = { ...(await trainWithStops(device, recipe)), result: null };
    for (const stops of [[0], [2], [5, 4]])
      assert.equal(
        { ...(await trainWithStops(device, recipe, stops)), result: null },
        whole,
        `${recipe.schedule?.name} stopped after ${stops.join(', ')} steps`,
      );
  }
});

test('patience ends a run whose validation no longer improves; resuming it changes nothing', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const config = { ...CONFIG, epochs: 9, lr: 0, patience: 2 }; // nothing is learned
    const result = await train(device, config, GARMENTS, files);
    assert.equal([result.history.length, result.bestEpoch, result.isStoppedEarly], [3, 1, true]);
    const again = await train(device, config, GARMENTS, files, {}, await readCheckpoint(files.last));
    assert.equal([again.history.length, again.steps, again.isStoppedEarly], [3, 0, true]);
    await fails(
      () => train(device, { ...config, valSplit: 0 }, GARMENTS, files),
      2,
      /patience needs validation images/,
    );
    await fails(
      () => train(device, { ...CONFIG, schedule: { name: 'plateau' }, valSplit: 0 }, GARMENTS, files),
      2,
      /schedule plateau needs validation images/,
    );
  });
  assert.is((await trainWithStops(device, { patience: 2 })).result.isStoppedEarly, false);
});

test(
  'the data’s own validation part is watched whatever the share; where nothing is, the dynamic schedule is not ' +
    'cut, and that is said',
  async () => {
    const device = await testDevice();
    let said = 0;
    const hooks = { onNoValidation: () => void said++ };
    const own = { ...GARMENTS, validationStart: 120 };
    const watched = await trainWithStops(
      device,
      { epochs: 1, valSplit: 0, patience: 2, schedule: { name: 'plateau' } },
      [],
      own,
      hooks,
    );
    assert.not.equal(watched.history[0].valLoss, null);
    await trainWithStops(device, { epochs: 1, valSplit: 0, schedule: { name: 'dynamic' } }, [], own, hooks);
    assert.is(said, 0);
    await trainWithStops(device, { epochs: 1, valSplit: 0, schedule: { name: 'dynamic' } }, [], GARMENTS, hooks);
    assert.is(said, 1);
  },
);

test('averaged weights are validated and kept as best; the weights go on', async () => {
  const device = await testDevice();
  const plain = await trainWithStops(device, { epochs: 1 });
  const averaged = await trainWithStops(device, { epochs: 1, ema: 0.5 });
  assert.is(averaged.last['fc1.weight'], plain.last['fc1.weight'], 'training itself is the same');
  assert.is.not(averaged.best['fc1.weight'], plain.best['fc1.weight']);
  assert.ok('optimizer.ema' in averaged.last && !('optimizer.ema' in averaged.best));
});

test('clipping and label smoothing change the steps, the latter not the validation loss', async () => {
  const device = await testDevice();
  const plain = await trainWithStops(device, { epochs: 1, optimizer: 'sgd', lr: 0 });
  const smoothed = await trainWithStops(device, { epochs: 1, optimizer: 'sgd', lr: 0, labelSmoothing: 0.2 });
  assert.is(smoothed.history[0].valLoss, plain.history[0].valLoss);
  assert.is.not(smoothed.history[0].trainLoss, plain.history[0].trainLoss);
  const [free, clipped] = [
    await trainWithStops(device, { epochs: 1, optimizer: 'sgd', lr: 0.1 }),
    await trainWithStops(device, { epochs: 1, optimizer: 'sgd', lr: 0.1, clipNorm: 1e-4 }),
  ];
  assert.ok(Math.abs(clipped.history[0].trainLoss - plain.history[0].trainLoss) < 0.02, 'hardly a move');
  assert.ok(free.history[0].trainLoss < plain.history[0].trainLoss - 0.02);
});

test('the test images can be measured after every epoch', async () => {
  const device = await testDevice();
  const { train: data, test: held } = syntheticGarments({ train: 150, test: 30, seed: 1 });
  const result = await trainWithStops(device, { valSplit: 0, validateOnTest: true }, [], data, { test: held });
  for (const { valAccuracy } of result.history)
    assert.ok(Math.abs((valAccuracy ?? -1) * 30 - Math.round((valAccuracy ?? -1) * 30)) < 1e-6, `${valAccuracy} of 30`);
  assert.not.equal(result.history[0].valLoss, null);
  await inRun((files) =>
    fails(() => train(device, { ...CONFIG, validateOnTest: true }, data, files), 2, /has no test images/),
  );
});

test.run();

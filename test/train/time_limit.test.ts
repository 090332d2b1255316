/** Training that is to be over by a time. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { durationOf } from '../../src/cli/options/train/duration.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { TimeLimit } from '../../src/train/time_limit.js';
import { train } from '../../src/train/trainer.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops } from './fixtures.js';

const test = gpuSuite('time limit');

const isUsageError = (error: unknown): boolean => error instanceof UsageError;

test('a limit knows what still fits', () => {
  let now = 1000;
  const limit = new TimeLimit(10, () => now);
  assert.is(limit.isUp, false);
  assert.is(limit.hasRoomFor(10), true);
  assert.is(limit.hasRoomFor(10.1), false);
  now = 11_000;
  assert.is(limit.isUp, true);
  assert.is(new TimeLimit().hasRoomFor(1e9), true);
  assert.throws(() => new TimeLimit(0), isUsageError);
});

test('lengths of time as people write them', () => {
  assert.equal(
    ['90s', '30m', '1h30m', '2d', '0.5h'].map((text) => durationOf('max-time', text)),
    [90, 1800, 5400, 172_800, 1800],
  );
  for (const wrong of ['90', '1 h', 'h', '0s', '-1m', '10ms', ''])
    assert.throws(() => durationOf('max-time', wrong), isUsageError);
});

test('cut in its first epoch a run has a result, and goes on as if nothing had been', async () => {
  const device = await testDevice();
  const whole = await trainWithStops(device, {});
  await inRun(async (files) => {
    const cut = await train(device, CONFIG, GARMENTS, files, { maxTime: 1e-6 });
    assert.is(cut.isOutOfTime, true);
    assert.is(cut.isStoppedEarly, false);
    assert.is(cut.history.length, 1);
    assert.ok(Number.isFinite(cut.history[0].trainLoss));
    assert.equal((await readCheckpoint(files.best)).header.progress.history, cut.history);
    const last = await readCheckpoint(files.last);
    assert.is(last.header.progress.step, 1);
    assert.equal(last.header.progress.history, []);
    await train(device, CONFIG, GARMENTS, files, {}, last);
    const { tensors } = await readCheckpoint(files.last);
    for (const [name, hex] of Object.entries(whole.last))
      assert.is(Buffer.from(tensors.get(name)?.data ?? []).toString('hex'), hex, name);
  });
});

test('the short form of train has a limit too, which is no setting; its defaults are those of the command', async () => {
  const device = await testDevice();
  await inRun(async ({ folder, last }) => {
    const options = { model: 'lenet5', optimizer: 'muon', batch: 16, data: GARMENTS, out: folder } as const;
    const { isOutOfTime, steps } = await train(device, { ...options, maxTime: 1e-6 });
    assert.equal([isOutOfTime, steps], [true, 1]);
    const { config } = (await readCheckpoint(last)).header;
    assert.not.ok('maxTime' in config);
    assert.equal([config.lr, config.momentum, config.nesterov, config.weightDecay], [0.02, 0.95, true, 0]);
  });
});

test('no epoch is begun that would take longer than is left', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const result = await train(device, CONFIG, GARMENTS, files, {
      maxTime: 600,
      // the clock of a machine on which an epoch takes an hour
      onEpoch: (history) => Object.assign(history[0], { seconds: 3600 }),
    });
    assert.is(result.history.length, 1);
    assert.is(result.isOutOfTime, true);
    assert.is((await readCheckpoint(files.last)).header.progress.epoch, 1);
  });
});

test.run();

/** Runs with what moves weights since: resumed bit for bit, with and without capture; what their checkpoints hold. */
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { InterruptedError, UsageError } from '../../src/device/errors.js';
import { defineModel } from '../../src/nn/models/registry.js';
import { BatchNorm1d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../../src/train/config.js';
import { train } from '../../src/train/trainer.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, firstOf, inRun, trainWithStops, type Outcome } from './fixtures.js';

const test = gpuSuite('what moves weights');
/** Small, with a batch norm and dropout. */
defineModel({
  name: 'tiny-for-moving',
  head: 'fc3',
  build: ({ channels, height, width, classes }) =>
    new Sequential({
      flat: new Flatten(),
      fc1: new Linear(channels * height * width, 8),
      bn1: new BatchNorm1d(8),
      drop: new Dropout(0.2),
      fc2: new Linear(8, 8),
      relu: new ReLU(),
      fc3: new Linear(8, classes),
    }),
});
const MODEL = 'tiny-for-moving';
const FEW = firstOf(GARMENTS, 60); // 54 to train on: two steps of 32

const RUNS: Readonly<Record<string, Partial<TrainConfig>>> = {
  'muon, averaged from the second epoch on': {
    optimizer: 'muon',
    lr: 0.02,
    momentum: 0.95,
    nesterov: true,
    swa: { start: 2, lr: 0.01, anneal: 2 },
  },
  'lamb, unfrozen gradually, rates by layers': {
    optimizer: 'lamb',
    weightDecay: 0.01,
    decayOn: 'weights',
    unfreeze: 1,
    layerDecay: 0.5,
    headLr: 0.01,
  },
  lion: { optimizer: 'lion', lr: 1e-3, ema: 0.5 },
};

for (const [name, options] of Object.entries(RUNS)) {
  test(`${name}: resumed and recorded anew, the same bits`, async () => {
    const device = await testDevice();
    const run = async (stops: readonly number[], capture: boolean): Promise<Outcome> => ({
      ...(await trainWithStops(device, { ...options, model: MODEL, epochs: 3 }, stops, FEW, { capture })),
      result: null as never,
    });
    const whole = await run([], true);
    assert.ok(isDeepStrictEqual(await run([1, 2], true), whole), 'resumed');
    assert.ok(isDeepStrictEqual(await run([3], false), whole), 'recorded anew');
  });
}

test('gradual unfreezing: the head alone, then one more layer after every epoch', async () => {
  const device = await testDevice();
  const of = (epochs: number) => trainWithStops(device, { model: MODEL, unfreeze: 1, epochs }, [], FEW);
  const [one, two, three] = [await of(1), await of(2), await of(3)];
  const moved = (a: Outcome, b: Outcome): string[] =>
    ['fc1.weight', 'fc2.weight', 'fc3.weight'].filter((key) => a.last[key] !== b.last[key]);
  const start = await trainWithStops(device, { model: MODEL, lr: 0, epochs: 1 }, [], FEW);
  assert.equal(moved(start, one), ['fc3.weight']);
  assert.equal(moved(one, two), ['fc2.weight', 'fc3.weight']);
  assert.equal(moved(two, three), ['fc1.weight', 'fc2.weight', 'fc3.weight']);
});

const tracked = (of: Outcome['best']): number => Buffer.from(of['bn1.num_batches_tracked'], 'hex').readUInt32LE(0);

test('SWA: the best checkpoint holds averages with statistics of one pass over the training images', async () => {
  const device = await testDevice();
  const options = { model: MODEL, valSplit: 0, epochs: 2, swa: { start: 1, lr: 1e-3 } } as const;
  const data = firstOf(GARMENTS, 40);
  const averaged = await trainWithStops(device, options, [], data);
  const plain = await trainWithStops(device, { ...options, swa: undefined }, [], data);
  for (const key of Object.keys(plain.last))
    assert.ok(averaged.last[key] === plain.last[key], `training goes on as without: ${key}`);
  assert.is(tracked(averaged.last), 4);
  assert.is(tracked(averaged.best), 2);
  assert.ok(averaged.best['fc3.weight'] === averaged.last['optimizer.swa'].slice(...placeOf(averaged, 'fc3.weight')));
  assert.ok(averaged.best['fc3.weight'] !== plain.best['fc3.weight']);
});

/** Where the last parameters but one lie in the hex text of flat memory: fc3.bias takes the last 256 bytes. */
function placeOf({ last }: Outcome, key: string): [number, number] {
  const { length } = last[key];
  const start = last['optimizer.swa'].length - 512 * (1 + Math.ceil(length / 512));
  return [start, start + length];
}

test('EMA: a run of an earlier version, without averages of statistics, goes on so', async () => {
  const device = await testDevice();
  const config = { ...CONFIG, model: MODEL, ema: 0.9, epochs: 1, valSplit: 0 };
  const data = firstOf(GARMENTS, 40);
  await inRun(async (files) => {
    let steps = 0;
    const interrupted = (): 130 | null => (steps++ === 1 ? 130 : null);
    await train(device, config, data, files, { interrupted }).catch((error: unknown) =>
      assert.instance(error, InterruptedError),
    );
    const stopped = await readCheckpoint(files.last);
    assert.ok(stopped.tensors.has('optimizer.ema_statistics'));
    const tensors = new Map([...stopped.tensors].filter(([key]) => key !== 'optimizer.ema_statistics'));
    await train(device, config, data, files, {}, { ...stopped, tensors });
    assert.not.ok((await readCheckpoint(files.last)).tensors.has('optimizer.ema_statistics'));
  });
});

test('what does not go together is refused', async () => {
  const device = await testDevice();
  const refused = (options: Partial<TrainConfig>, says: RegExp): Promise<void> =>
    trainWithStops(device, { ...options, epochs: 1 }, [], FEW).then(
      () => assert.unreachable(),
      (e: unknown) => assert.ok(e instanceof UsageError && says.test(e.message), String(e)),
    );
  await refused({ ema: 0.9, swa: { start: 1 } }, /ema and swa.start both/);
  await refused({ swa: { start: 2 } }, /the run has 1 epochs/);
  await refused({ unfreeze: 1, freeze: 'fc3' }, /begins with the head/);
});

test.run();

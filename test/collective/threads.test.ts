/** Ranks that are threads: what they share, and a training on two devices of one process. */
import { Worker } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { ALONE, broadcastText, gatherTexts, type Collective } from '../../src/collective/collective.js';
import { joinThreads, shareRanks } from '../../src/collective/threads.js';
import type { Device } from '../../src/device/device.js';
import { CollectiveError, UsageError } from '../../src/device/errors.js';
import { randomState } from '../../src/kernels/random/random.js';
import { onFastDrivers } from '../cli/weft.js';
import { defaultLr } from '../../src/train/config.js';
import { testDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { trainRank, type Answer, type Task, type ThreadTask } from './rank.js';

const test = suite('ranks that are threads');

/** All ranks in this thread, taking turns. */
function together<T>(size: number, body: (c: Collective) => Promise<T>, window?: number): Promise<T[]> {
  const shared = shareRanks(size, window);
  return Promise.all(Array.from({ length: size }, (_, rank) => body(joinThreads(shared, rank))));
}

test('sums, in pieces too, are the same on all ranks', async () => {
  for (const [size, length, window] of [
    [1, 5, 8],
    [2, 1, 4],
    [3, 10, 16],
    [3, 7, undefined],
  ] as const) {
    const sums = await together(
      size,
      async (c) => {
        const own = Float32Array.from({ length }, (_, i) => (c.rank + 1) * (i + 0.25));
        await c.allReduce(own);
        await c.allReduce(own); // right after one another
        return own;
      },
      window,
    );
    const factor = ((size * (size + 1)) / 2) * size;
    const expected = Float32Array.from({ length }, (_, i) => factor * (i + 0.25));
    for (const sum of sums) assert.equal(sum, expected, `${size} ranks, ${length} numbers`);
  }
});

test('bytes of any rank reach all', async () => {
  const texts = await together(
    3,
    async (c) => [await broadcastText(c, `rank ${c.rank}: é`, 1), ...(await gatherTexts(c, 'x'.repeat(c.rank * 9)))],
    8,
  );
  for (const t of texts) assert.equal(t, ['rank 1: é', '', 'x'.repeat(9), 'x'.repeat(18)]);
  await assert.is(await broadcastText(ALONE, 'a'), 'a');
});

test('who waits for a rank that gave up is told so; a rank that there is not is refused', async () => {
  const shared = shareRanks(2);
  const [first, second] = [joinThreads(shared, 0), joinThreads(shared, 1)];
  const waiting = first.barrier().then(
    () => null,
    (error: unknown) => error,
  );
  second.abort(1);
  assert.instance(await waiting, CollectiveError);
  assert.throws(
    () => joinThreads(shared, 2),
    (error: unknown) => error instanceof UsageError && /no rank 2/.test(error.message),
  );
});

const TASK: Task = {
  model: 'lenet5',
  images: 44,
  epochs: 3,
  batch: 20,
  optimizer: 'sgd',
  lr: 0.02,
  valSplit: 0.1,
  clipNorm: 0.5,
  labelSmoothing: 0.1,
  ema: 0.9,
};

/** Each rank in a worker with a device of its own. */
async function trainInThreads(size: number, task: Task): Promise<Answer[]> {
  const shared = shareRanks(size);
  return Promise.all(
    Array.from({ length: size }, (_, rank) => {
      const worker = new Worker(new URL('rank.js', import.meta.url), {
        workerData: { task, shared, rank } satisfies ThreadTask,
      });
      return new Promise<Answer>((resolve, reject) => {
        worker.on('message', resolve);
        worker.on('error', reject);
      });
    }),
  );
}

onFastDrivers(test, 'two threads with a device each train as one does, in pieces that they add up', async () => {
  const alone = await trainRank(TASK, ALONE);
  const [first, second] = await trainInThreads(2, { ...TASK, batch: 10, accumulate: 2 });
  assert.is(first.ranks, 2);
  assert.equal(first.losses, second.losses);
  for (const [i, loss] of first.losses.entries())
    assert.ok(Math.abs(loss - alone.losses[i]) < 2e-6, `${loss}, alone ${alone.losses[i]}`);
});

onFastDrivers(
  test,
  'lion, LAMB and Muon move the weights of ranks as those of one process, on halves too',
  async () => {
    const precisions = (await testDevice()).features.has('shader-f16') ? (['f32', 'f16'] as const) : (['f32'] as const);
    for (const optimizer of ['lion', 'lamb', 'muon'] as const)
      for (const precision of precisions) {
        const lr = defaultLr(optimizer) / 4;
        const task: Task = { model: 'mlp', images: 24, epochs: 3, batch: 8, optimizer, lr, precision };
        const alone = await trainRank(task, ALONE);
        const answers = await together(2, (c) => trainRank(task, c));
        // lion moves by the sign alone, also where a gradient is nothing but rounding
        const tolerance = precision === 'f16' ? 5e-3 : optimizer === 'lion' ? 1e-4 : 2e-6;
        for (const { losses } of answers)
          for (const [i, loss] of losses.entries()) {
            const label = `${optimizer}, ${precision}, epoch ${i + 1}: ${loss}, alone ${alone.losses[i]}`;
            assert.ok(Math.abs(loss - alone.losses[i]) < tolerance, label);
          }
        assert.ok(alone.losses[2] < alone.losses[0], `${optimizer}, ${precision}: ${alone.losses.join()}`);
      }
  },
);

onFastDrivers(test, 'a callback of one rank ends the training of all', async () => {
  const stop = { onStepEnd: ({ epoch }: { epoch: number }) => ({ stop: epoch === 2 }) };
  const task = (rank: number): Task => ({ ...TASK, model: 'mlp', batch: 10, callbacks: rank === 1 ? [stop] : [] });
  const shared = shareRanks(2);
  const answers = await Promise.all([0, 1].map((rank) => trainRank(task(rank), joinThreads(shared, rank))));
  assert.equal(
    answers.map(({ losses }) => losses.length),
    [1, 1],
  );
  assert.equal(
    answers.map(({ isOutOfTime }) => isOutOfTime),
    [false, false],
    'there was no limit',
  );
});

onFastDrivers(test, 'ranks with pieces of a step more than others draw on from one place', async () => {
  const shared = shareRanks(2);
  const states: number[][] = [];
  const note = (rank: number) => ({
    onTrainEnd: async ({ device }: { device: Device }) => void (states[rank] = await randomState(device)),
  });
  // 13 images: four times 2, and 3 and 2, which are two pieces and one
  const task = { ...TASK, model: 'mlp', images: 13, valSplit: 0, epochs: 1, batch: 4, accumulate: 2, augment: 'flip' };
  await Promise.all([0, 1].map((rank) => trainRank({ ...task, callbacks: [note(rank)] }, joinThreads(shared, rank))));
  assert.equal(states[1], states[0]);
  assert.is(states[0][2], 4);
});

onFastDrivers(
  test,
  'local steps: weights are averaged every so often, at the end of an epoch in any case',
  async () => {
    const [every, third] = [
      await trainInThreads(2, { ...TASK, optimizer: 'adam', lr: 0.002 }),
      await trainInThreads(2, { ...TASK, optimizer: 'adam', lr: 0.002, syncEvery: 3 }),
    ];
    // the losses are those of all ranks, and the digests of epochs were the same or train would have failed
    assert.equal(third[0].losses, third[1].losses);
    assert.is.not(third[0].digest, every[0].digest);
    assert.ok(Math.abs(third[0].losses[2] - every[0].losses[2]) < 0.2, `${third[0].losses} ${every[0].losses}`);
  },
);

onFastDrivers(test, 'one local step of even parts is a step on the sum of the gradients', async () => {
  const step = { ...TASK, images: 20, valSplit: 0, clipNorm: undefined, epochs: 5 }; // one step an epoch
  const [every, local] = [await trainInThreads(2, step), await trainInThreads(2, { ...step, syncEvery: 8 })];
  for (const [i, loss] of local[0].losses.entries())
    assert.ok(Math.abs(loss - every[0].losses[i]) < 2e-6, `${loss}, by sums ${every[0].losses[i]}`);
});

test.run();

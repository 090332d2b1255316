/** The classifier on features of an auto-encoder. */
import * as assert from 'uvu/assert';
import { DivergedError } from '../../src/device/errors.js';
import { trainLatentHead, type LatentRows } from '../../src/imbalance/latent_head.js';
import { repeatClasses } from '../../src/data/tables/class_factors.js';
import { hostRandom } from '../../src/data/host_random.js';
import { inOrder } from '../../src/vae/batches.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('latent head');

/** Two classes of vectors around (1, 0) and (-1, 0), and their z around (0, 2) and (0, -2). */
function rows(counts: readonly [number, number], latent: number, logVar: number, key: number): LatentRows {
  const random = hostRandom(key);
  const labels = Uint32Array.from({ length: counts[0] + counts[1] }, (_, i) => (i < counts[0] ? 0 : 1));
  const width = 2 + 2 * latent;
  const features = Float32Array.from(
    [...labels].flatMap((c) => {
      const sign = c === 0 ? 1 : -1;
      const noise = (): number => 0.8 * random.normal();
      return [
        sign + noise(),
        noise(),
        ...Array.from({ length: latent }, (_, d) => (d === 1 ? 2 * sign : 0)),
        ...new Array<number>(latent).fill(logVar),
      ];
    }),
  );
  return { name: 'made', features, labels, count: labels.length, width, classes: ['a', 'b'], latent };
}

const HEAD = { epochs: 4, batch: 32, lr: 0.05, momentum: 0.9, weightDecay: 0 };

/** The rows of an epoch in which each class comes so many times. */
const repeated = ({ train }: Parameters<typeof trainLatentHead>[2], factor: readonly number[]): Uint32Array =>
  repeatClasses(inOrder(train.count), train.labels, factor);

const partsOf = (latent: number, logVar: number): Parameters<typeof trainLatentHead>[2] => ({
  train: rows([200, 8], latent, logVar, 1),
  validation: rows([50, 50], latent, logVar, 2),
  test: rows([100, 100], latent, logVar, 3),
});

test('oversampling lets the rare class through, the same seed gives the same classifier', async () => {
  const device = await testDevice();
  const train = (factor: readonly number[], seed = 0): ReturnType<typeof trainLatentHead> =>
    trainLatentHead(device, HEAD, partsOf(0, 0), { sampled: repeated(partsOf(0, 0), factor), draws: 'never', seed });
  const recall = ({ predictions }: Awaited<ReturnType<typeof train>>): number =>
    predictions.slice(100).filter((c) => c === 1).length;
  const [plain, even, again] = [await train([1, 1]), await train([1, 25]), await train([1, 25])];
  assert.ok(recall(even) > recall(plain) + 10, `${recall(even)} of 100 rare ones with, ${recall(plain)} without`);
  assert.equal([again.history, again.predictions], [even.history, even.predictions]);
  assert.is(even.history.length, 4);
  const best = Math.max(...even.history.map((h) => h.valAccuracy));
  assert.is(even.bestEpoch, even.history.find((h) => h.valAccuracy === best)?.epoch);
});

test('z helps where it tells the classes apart, and is drawn anew with each image', async () => {
  const device = await testDevice();
  const train = (latent: number, logVar: number, isDrawn: boolean): ReturnType<typeof trainLatentHead> => {
    const parts = partsOf(latent, logVar);
    const draws = isDrawn ? 'always' : 'never';
    return trainLatentHead(device, HEAD, parts, { sampled: repeated(parts, [1, 25]), draws, seed: 0 });
  };
  const right = ({ predictions }: Awaited<ReturnType<typeof train>>): number =>
    predictions.filter((c, i) => c === (i < 100 ? 0 : 1)).length;
  const [without, mean, certain, noisy] = [
    await train(0, 0, false),
    await train(3, 0, false),
    await train(3, -20, true),
    await train(3, 2, true),
  ];
  assert.ok(
    right(mean) > 195 && right(mean) > right(without),
    `${right(mean)} of 200 with the mean, ${right(without)} without z`,
  );
  for (const [e, { trainLoss }] of certain.history.entries())
    assert.ok(Math.abs(trainLoss - mean.history[e].trainLoss) < 1e-2, 'without variance a drawn z is the mean');
  assert.ok(noisy.history[3].trainLoss > mean.history[3].trainLoss + 0.05, 'with variance it is not');
});

test('a classifier that diverges says so', async () => {
  const device = await testDevice();
  try {
    await trainLatentHead(device, { ...HEAD, lr: 1e38 }, partsOf(0, 0), {
      sampled: inOrder(208),
      draws: 'never',
      seed: 0,
    });
    assert.unreachable();
  } catch (error) {
    assert.ok(error instanceof DivergedError && /classifierLr/.test(String(error.fix)), String(error));
  }
});

test.run();

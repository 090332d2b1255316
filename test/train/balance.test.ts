/** Classes of different sizes: images that come several times an epoch, losses that count more. */
import * as assert from 'uvu/assert';
import { parseClassFactors, factorOfClasses, repeatClasses } from '../../src/data/class_factors.js';
import { UsageError } from '../../src/device/errors.js';
import { balancedWeights } from '../../src/train/balance.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS, trainWithStops } from './fixtures.js';

const test = gpuSuite('balance');
const refused = (text: string, says: RegExp): void => assert.throws(() => factorOfClasses(parseClassFactors(text, 'oversample'), ['hat', 'shoes=x'], 'oversample'), (e: unknown) => e instanceof UsageError && says.test(e.message), text);

test('factors of classes are read, and what is none is refused', () => {
  const factors = (text: string): number[] => factorOfClasses(parseClassFactors(text, 'oversample'), ['hat', 'shoes=x', 'top'], 'oversample');
  assert.equal(factors('top=3, hat=30'), [30, 1, 3]);
  assert.equal(factors('shoes=x=2'), [1, 2, 1]);
  for (const text of ['', 'hat', 'hat=', 'hat=0', 'hat=1.5', 'hat=-1', '=3', 'hat=2,']) refused(text, /is not CLASS=K/);
  refused('hat=2,hat=3', /hat is given twice/);
  refused('cap=2', /--oversample: there is no class "cap"/);
});

test('indices are repeated by the class of their image', () => {
  assert.equal([...repeatClasses(Uint32Array.of(4, 0, 2), Uint32Array.of(1, 0, 2, 0, 0), [2, 5, 1])], [4, 4, 0, 0, 0, 0, 0, 2]);
});

test('balanced weights are the inverse of the counts, and are 1 on the mean over images', () => {
  assert.equal(balancedWeights([0, 0, 0, 1, 3, 3], 4), [0.5, 1.5, 0, 0.75]);
});

test('an oversampled class fills the epoch, and the run goes on after a stop as without one', async () => {
  const device = await testDevice();
  const name = GARMENTS.classes[2];
  const options = { oversample: `${name}=9`, classWeights: 'balanced', model: 'lenet5', epochs: 1 } as const;
  const whole = await trainWithStops(device, options);
  const held = Math.round(150 * 0.1);
  const own = GARMENTS.labels.filter((c) => c === 2).length;
  const least = Math.ceil((150 - held + 8 * (own - held)) / 32);
  assert.ok(whole.result.steps > least - 1 && whole.result.steps <= Math.ceil((150 - held + 8 * own) / 32), `${whole.result.steps} steps`);
  const stopped = await trainWithStops(device, options, [3]);
  assert.equal([stopped.last, stopped.history], [whole.last, whole.history]);
});

test('the mean of weighted losses is divided by the weights’ sum: equal classes train as without weights', async () => {
  const device = await testDevice();
  // The first 5 of each class, so that all weights are 1.
  const kept = GARMENTS.classes.flatMap((_, c) => [...GARMENTS.labels.keys()].filter((i) => GARMENTS.labels[i] === c).slice(0, 5));
  const size = GARMENTS.images.length / GARMENTS.count;
  const even = { ...GARMENTS, images: Uint8Array.from(kept.flatMap((i) => [...GARMENTS.images.subarray(i * size, (i + 1) * size)])), labels: Uint32Array.from(kept, (i) => GARMENTS.labels[i]), count: kept.length };
  const run = (options: object): ReturnType<typeof trainWithStops> => trainWithStops(device, { epochs: 1, valSplit: 0, ...options }, [], even);
  const [plain, weighted] = [await run({}), await run({ classWeights: 'balanced' })];
  const difference = Math.abs(plain.history[0].trainLoss - weighted.history[0].trainLoss);
  assert.ok(difference < 1e-5, `training losses differ by ${difference}`);
});

test.run();

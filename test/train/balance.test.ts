/** Classes of different sizes: images that come several times an epoch, losses that count more. */
import * as assert from 'uvu/assert';
import {
  factorOfClasses,
  formatClassFactors,
  parseClassFactors,
  repeatClasses,
} from '../../src/data/tables/class_factors.js';
import { selectImages } from '../../src/data/select_images.js';
import { UsageError } from '../../src/device/errors.js';
import { balancedOrder } from '../../src/data/sampler.js';
import { balancedWeights } from '../../src/train/balance.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS, trainWithStops } from './fixtures.js';

const test = gpuSuite('balance');
const refused = (text: string, says: RegExp): void =>
  assert.throws(
    () => factorOfClasses(parseClassFactors(text, 'oversample'), ['hat', 'shoes=x'], 'oversample'),
    (e: unknown) => e instanceof UsageError && says.test(e.message),
    text,
  );

test('factors of classes are read, and what is none is refused', () => {
  const factors = (text: string): number[] =>
    factorOfClasses(parseClassFactors(text, 'oversample'), ['hat', 'shoes=x', 'top'], 'oversample');
  assert.equal(factors('top=3, hat=30'), [30, 1, 3]);
  assert.equal(factors('shoes=x=2'), [1, 2, 1]);
  for (const text of ['', 'hat', 'hat=', 'hat=0', 'hat=1.5', 'hat=-1', '=3', 'hat=2,']) refused(text, /is not CLASS=K/);
  refused('hat=2,hat=3', /hat is given twice/);
  refused('hat=2, =3', /"=3" is not CLASS=K/);
  refused('"tops, long=3', /"\\"tops" is not CLASS=K/);
  refused('cap=2', /oversample: there is no class "cap"/);
});

test('factors of classes of any name are written so that they are read again', () => {
  const factors = [
    ['tops, long', 3],
    ['hat', 1],
    ['"quoted", here', 20],
    ['"', 2],
    ['5" heel', 7],
    ['a=b', 4],
    [' blank ', 5],
  ] as const;
  const text = formatClassFactors(factors);
  assert.is(text, '"tops, long"=3,hat=1,"""quoted"", here"=20,""""=2,5" heel=7,a=b=4," blank "=5');
  assert.equal([...parseClassFactors(text, 'oversample')], factors);
  assert.equal(
    [...parseClassFactors(' "tops, long"=3 , hat=2', 'oversample')],
    [
      ['tops, long', 3],
      ['hat', 2],
    ],
  );
});

test('indices are repeated by the class of their image', () => {
  assert.equal(
    [...repeatClasses(Uint32Array.of(4, 0, 2), Uint32Array.of(1, 0, 2, 0, 0), [2, 5, 1])],
    [4, 4, 0, 0, 0, 0, 0, 2],
  );
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
  assert.ok(
    whole.result.steps > least - 1 && whole.result.steps <= Math.ceil((150 - held + 8 * own) / 32),
    `${whole.result.steps} steps`,
  );
  const stopped = await trainWithStops(device, options, [3]);
  assert.equal([stopped.last, stopped.history], [whole.last, whole.history]);
});

test('one step on weighted classes is one step on classes made equal by repeating their images', async () => {
  const device = await testDevice();
  // 5 images of one class and 10 of another: balanced weights are 1.5 and 0.75, and their mean that over 10 and 10
  // images.
  const of = (c: number, n: number): number[] =>
    [...GARMENTS.labels.keys()].filter((i) => GARMENTS.labels[i] === c).slice(0, n);
  const uneven = selectImages(GARMENTS, Uint32Array.from([...of(1, 5), ...of(9, 10)]));
  const weights = async (options: object): Promise<Float32Array> => {
    const { last } = await trainWithStops(
      device,
      { epochs: 1, valSplit: 0, batch: 20, optimizer: 'sgd', lr: 0.1, ...options },
      [],
      uneven,
    );
    const bytes = Uint8Array.from(
      Buffer.from(
        Object.entries(last)
          .filter(([key]) => key.startsWith('fc'))
          .map(([, hex]) => hex)
          .join(''),
        'hex',
      ),
    );
    return new Float32Array(bytes.buffer);
  };
  const [weighted, repeated, plain] = [
    await weights({ classWeights: 'balanced' }),
    await weights({ oversample: `${GARMENTS.classes[1]}=2` }),
    await weights({}),
  ];
  const apart = (a: Float32Array, b: Float32Array): number =>
    a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
  assert.ok(apart(weighted, repeated) < 1e-6, `apart by ${apart(weighted, repeated)}`);
  assert.ok(apart(weighted, plain) > 1e-4, `from no weights at all only ${apart(weighted, plain)}`);
});

test('weights and mixup are refused before anything is trained: a mixed image is of two classes', async () => {
  const device = await testDevice();
  const refusal = (augment: string): Promise<unknown> =>
    trainWithStops(device, { classWeights: 'balanced', epochs: 1, augment }).catch((error: unknown) => error);
  const error = await refusal('flip,mixup');
  assert.ok(error instanceof UsageError && /classWeights cannot weigh/.test(error.message), String(error));
  assert.not.instance(await refusal('flip,mixup=0'), Error);
});

test('balanced sampling: all classes equally often, no image again before its class is through, by seed and epoch', () => {
  // 90, 20, 7, 3; others have none
  const labels = Uint32Array.from({ length: 120 }, (_, i) => (i < 90 ? 0 : i < 110 ? 1 : i < 117 ? 3 : 9));
  const among = Uint32Array.from({ length: 120 }, (_, i) => i).filter((i) => i !== 95);
  const order = balancedOrder(labels, among, 0, 7);
  assert.is(order.length, 119);
  const drawn = new Map<number, number>();
  for (const i of order) drawn.set(i, (drawn.get(i) ?? 0) + 1);
  assert.not(drawn.has(95));
  const counts = [0, 1, 3, 9].map((c) => [...order].filter((i) => labels[i] === c).length);
  assert.equal(counts.toSorted(), [29, 30, 30, 30]);
  for (const c of [0, 1, 3, 9]) {
    const times = [...among].filter((i) => labels[i] === c).map((i) => drawn.get(i) ?? 0);
    assert.ok(Math.max(...times) - Math.min(...times) <= 1, `class ${c}: ${times}`);
  }
  assert.equal(balancedOrder(labels, among, 0, 7), order);
  for (const other of [balancedOrder(labels, among, 1, 7), balancedOrder(labels, among, 0, 8)])
    assert.not.equal(other, order);
  assert.is(balancedOrder(labels, Uint32Array.of(0, 90, 110), 0, 0).length, 3);
});

test('a balanced run goes on after a stop as without one', async () => {
  const device = await testDevice();
  const options = { sampling: 'balanced', model: 'lenet5', epochs: 2 } as const;
  const [whole, stopped] = [await trainWithStops(device, options), await trainWithStops(device, options, [3, 4])];
  assert.equal([stopped.last, stopped.history], [whole.last, whole.history]);
  assert.not.equal((await trainWithStops(device, { ...options, sampling: undefined })).last, whole.last);
});

test.run();

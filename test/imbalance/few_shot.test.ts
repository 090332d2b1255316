/** The setting: few images of some classes, by seed and cap. */
import * as assert from 'uvu/assert';
import { DataError, UsageError } from '../../src/device/errors.js';
import { fewShot, type FewShotConfig } from '../../src/imbalance/few_shot.js';
import { imagesOf } from '../../src/imbalance/stages.js';
import { trainingSplit } from '../../src/data/sampler.js';
import { suite } from '../support/harness.js';

const test = suite('few shot');

/** 400 images of 8 classes, evenly. */
const EVEN = {
  name: 'even',
  count: 400,
  labels: Uint32Array.from({ length: 400 }, (_, i) => i % 8),
  classes: [...'abcdefgh'],
};

const SETTING: FewShotConfig = { minority: 3, nF: 5, cap: null, valSplit: 0.2, seed: 0 };

const countsOf = (indices: Uint32Array): number[] =>
  EVEN.classes.map((_, c) => indices.filter((i) => EVEN.labels[i] === c).length);

test('minority classes keep n_f images in training and in validation, the others what they have', () => {
  const { train, validation, isMinority } = fewShot(EVEN, SETTING);
  const [few, many] = [countsOf(train), countsOf(validation)];
  assert.is(isMinority.filter(Boolean).length, 3);
  const whole = trainingSplit(EVEN, SETTING.valSplit, SETTING.seed);
  for (const [c, isFew] of isMinority.entries())
    assert.equal(
      [few[c], many[c]],
      isFew ? [5, 5] : [countsOf(whole.train)[c], countsOf(whole.validation)[c]],
      EVEN.classes[c],
    );
  assert.is(whole.train.length + whole.validation.length, 400);
  assert.ok(![...train].some((i) => validation.includes(i)));
  assert.equal(train, Uint32Array.from(train).sort());
});

test('the seed decides classes and images; n_f adds images to those of a smaller one; a cap holds for the majority', () => {
  assert.equal(fewShot(EVEN, SETTING), fewShot(EVEN, SETTING));
  const drawn = new Set(Array.from({ length: 20 }, (_, seed) => fewShot(EVEN, { ...SETTING, seed }).isMinority.join()));
  assert.ok(drawn.size > 10, `${drawn.size} of 20 seeds draw other classes`);
  const [five, ten] = [fewShot(EVEN, SETTING).train, fewShot(EVEN, { ...SETTING, nF: 10 }).train];
  assert.ok([...five].every((i) => ten.includes(i)));
  const capped = fewShot(EVEN, { ...SETTING, minority: ['b', 'g'], cap: 20, nF: 3 });
  assert.equal(countsOf(capped.train), [20, 3, 20, 20, 20, 20, 3, 20]);
  assert.equal(capped.isMinority.map(Number), [0, 1, 0, 0, 0, 0, 1, 0]);
});

test('a setting may have more images than what a call takes as arguments', () => {
  const images = imagesOf({
    train: Uint32Array.from({ length: 200_000 }, (_, i) => i),
    validation: Uint32Array.of(7, 8),
    isMinority: [],
  });
  assert.equal([images.length, ...images.subarray(199_999)], [200_002, 199_999, 7, 8]);
});

test('a setting that cannot be is refused', () => {
  const refused = (change: Partial<FewShotConfig>, says: RegExp, data: Parameters<typeof fewShot>[0] = EVEN): void =>
    assert.throws(
      () => fewShot(data, { ...SETTING, ...change }),
      (e: unknown) => (e instanceof UsageError || e instanceof DataError) && says.test(e.message),
    );
  refused({ minority: 0 }, /of 8 classes 1 to 7/);
  refused({ minority: 8 }, /of 8 classes 1 to 7/);
  refused({ minority: ['a', 'z'] }, /no class "z"/);
  refused({ minority: [...'abcdefgh'] }, /names all classes/);
  refused({ valSplit: 0 }, /no validation images/);
  refused({ minority: ['b'], nF: 60 }, /b has \d+ images for training, n_f 60 \(seed 0\) wants 60/);
  refused({}, /no image of h is left/, { ...EVEN, labels: EVEN.labels.map((c) => (c === 7 ? 0 : c)) });
});

test.run();

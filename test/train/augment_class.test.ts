/**
 * K-fold augmentation of a class: which images get variants, that these differ, and that a stopped run has the same.
 */
import * as assert from 'uvu/assert';
import { trainingSplit } from '../../src/data/sampler.js';
import { isClassFactors, parseClassFactors } from '../../src/data/tables/class_factors.js';
import { augmentClasses, checkClassAugmentation, type AugmentedTraining } from '../../src/train/augment_class.js';
import { meanStd } from '../../src/data/normalize.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { bytesOf, fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS, trainWithStops } from './fixtures.js';

const test = gpuSuite('augmentation of a class');

const SIZE = 784;
const { train: OWN, validation: HELD } = trainingSplit(GARMENTS, 0.1, 0);

function image(data: ImageDataset, n: number): string {
  return Buffer.from(bytesOf(data).subarray(n * SIZE, (n + 1) * SIZE)).toString('hex');
}

async function augment(
  augmentClass: string | undefined,
  spec?: string,
  seed = 0,
  data = GARMENTS,
): Promise<AugmentedTraining> {
  const config = { augmentClass, ...(spec === undefined ? {} : { augmentClassSpec: spec }) };
  return augmentClasses(await testDevice(), config, seed, data, OWN, meanStd(GARMENTS, OWN));
}

test('K - 1 variants of each training image of the class follow the images, which stay as they are', async () => {
  const bags = [...OWN].filter((n) => GARMENTS.labels[n] === 8);
  const coats = [...OWN].filter((n) => GARMENTS.labels[n] === 4);
  const { data, indices, classes } = await augment('Bag=4,Coat=2');
  assert.equal(
    classes,
    [
      { class: 'Coat', from: coats.length, to: 2 * coats.length },
      { class: 'Bag', from: bags.length, to: 4 * bags.length },
    ],
    'in the order of the classes',
  );
  assert.is(data.count, 150 + 3 * bags.length + coats.length);
  assert.equal([data.images.length, data.labels.length], [data.count * SIZE, data.count]);
  assert.equal([...indices], [...OWN, ...Array.from({ length: data.count - 150 }, (_, i) => 150 + i)]);
  assert.ok(
    HELD.every((n) => !indices.includes(n)),
    'validation images are left alone',
  );
  assert.equal(
    [bytesOf(data).subarray(0, 150 * SIZE), data.labels.subarray(0, 150)],
    [GARMENTS.images, GARMENTS.labels],
  );
  assert.equal(
    [...data.labels.subarray(150)],
    [...new Array<number>(coats.length).fill(4), ...new Array<number>(3 * bags.length).fill(8)],
  );
  const seen = new Set(Array.from({ length: data.count }, (_, n) => image(data, n)));
  assert.is(seen.size, data.count, 'no variant is the image itself, or another variant');
});

test('variants are of the images they are said to be, drawn by the seed', async () => {
  const bags = [...OWN].filter((n) => GARMENTS.labels[n] === 8);
  const [still, again, other] = [
    await augment('Bag=3', 'flip=1'),
    await augment('Bag=3', 'flip=1'),
    await augment('Bag=3', 'rotate=20', 5),
  ];
  const mirrored = (n: number): string =>
    Buffer.from(
      Uint8Array.from({ length: SIZE }, (_, i) => GARMENTS.images[n * SIZE + Math.floor(i / 28) * 28 + 27 - (i % 28)]),
    ).toString('hex');
  for (const [i, n] of [...bags, ...bags].entries()) assert.is(image(still.data, 150 + i), mirrored(n), `variant ${i}`);
  assert.equal(still.data.images, again.data.images);
  const turned = await augment('Bag=3', 'rotate=20', 0);
  assert.not.equal(other.data.images, turned.data.images, 'another seed');
});

test('crop and groups: variants are whole images; nothing asked for, nothing done', async () => {
  const cropped = { ...GARMENTS, crop: 20, groups: new Uint32Array(150) };
  const { data } = await augment('Bag=2', 'flip=1', 0, cropped);
  assert.equal([data.crop, data.groups, data.images.length], [20, undefined, data.count * SIZE]);
  assert.is((await augment(undefined)).data, GARMENTS);
});

test('training with variants is the same when stopped and resumed', async () => {
  const device = await testDevice();
  const options = { augmentClass: 'Bag=4', augment: 'shift=1' };
  const { result, ...whole } = await trainWithStops(device, options);
  const { result: _, ...stopped } = await trainWithStops(device, options, [3, 4]);
  assert.equal(stopped, whole);
  const plain = await trainWithStops(device, { augment: 'shift=1' });
  assert.not.equal(plain.last, whole.last);
  assert.ok(result.steps > plain.result.steps, 'there are more images');
});

test('what is no CLASS=K is refused', async () => {
  assert.equal(
    [...parseClassFactors('outerwear=4, a=b=2', 'augmentClass', 2)],
    [
      ['outerwear', 4],
      ['a=b', 2],
    ],
  );
  for (const spec of ['', 'hat', 'hat=', '=4', 'hat=1', 'hat=1.5', 'hat=x', 'hat=1001', 'hat=2,'])
    await fails(() => parseClassFactors(spec, 'augmentClass', 2), 2, /augmentClass .*is not CLASS=K/);
  await fails(() => parseClassFactors('hat=2,hat=3', 'augmentClass', 2), 2, /hat is given twice/);
  assert.equal([isClassFactors('hat=2', 2), isClassFactors('hat=1', 2)], [true, false]);
  await fails(() => checkClassAugmentation('flip,mixup'), 2, /mixup mixes in images of other classes/);
  await fails(() => checkClassAugmentation('cutmix'), 2, /cutmix mixes in images of other classes/);
  await fails(() => checkClassAugmentation('crop'), 2, /crop has nowhere to move/);
  await fails(() => checkClassAugmentation('flip=0'), 2, /leaves every image as it is/);
  const { fix } = await fails(() => augment('Hat=4'), 2, /there is no class "Hat"/);
  assert.match(fix ?? '', /T-shirt\/top, Trouser/);
  const onlyHeld = { ...GARMENTS, labels: GARMENTS.labels.map((label, n) => (OWN.includes(n) ? 0 : label)) };
  await fails(() => augment('Bag=4', undefined, 0, onlyHeld), 2, /Bag has no training images/);
});

test.run();

import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { doubtsAbout, requireTwoClasses } from '../../src/data/learnable.js';
import { DataError } from '../../src/device/errors.js';
import { suite } from '../support/harness.js';

const test = suite('learnable');

/** Images of 2x2 grey pixels, each made of one number: its own picture, unless two numbers are alike. */
function images(
  labels: readonly number[],
  pictures: readonly number[] = labels.map((_, i) => i),
  classes = ['a', 'b', 'c'],
): ImageDataset {
  return {
    name: 'd',
    images: Uint8Array.from(pictures.flatMap((p) => [p, 255 - p, p >> 1, 7])),
    labels: Uint32Array.from(labels),
    count: labels.length,
    channels: 1,
    height: 2,
    width: 2,
    classes,
  };
}

function all(data: ImageDataset): { data: ImageDataset; indices: Uint32Array } {
  return { data, indices: Uint32Array.from({ length: data.count }, (_, i) => i) };
}

test('one class is refused, whatever classes there are by name', () => {
  for (const data of [images([0, 0], [1, 2], ['only']), images([2, 2, 2])]) {
    const error = assert.throws(
      () => requireTwoClasses(data, all(data).indices),
      (e: unknown) =>
        e instanceof DataError &&
        e.exitCode === 3 &&
        /all \d training images are of one class, (only|c)/.test(e.message) &&
        e.fix !== undefined,
    );
    assert.is(error, undefined);
  }
  requireTwoClasses(images([0, 1]), Uint32Array.of(0, 1));
  assert.throws(() => requireTwoClasses(images([0, 1, 0]), Uint32Array.of(0, 2)), /one class, a/);
});

test('sound data make no words', () => {
  const own = all(images([0, 1, 2, 0, 1, 2]));
  assert.equal(doubtsAbout(own, { validation: all(images([0, 1, 2], [10, 11, 12])), test: all(images([], [])) }), []);
});

for (const [name, own, part, says] of [
  [
    'the same picture',
    images([0, 1, 2, 0, 1, 2], [3, 3, 3, 3, 3, 3]),
    images([0, 1], [10, 11]),
    /all 6 training images are the same picture/,
  ],
  ['a class without images', images([0, 1, 0, 1]), images([0, 2], [10, 11]), /one class has no training image.*: c/],
  [
    'a class that only the test has',
    images([0, 1, 0, 1]),
    images([0, 2], [10, 11]),
    /1 of 2 test images are of classes without a training image \(c\): they can only be wrong/,
  ],
  ['a class of one image', images([0, 1, 2, 0, 1]), images([0, 1], [10, 11]), /a single training image: c/],
  [
    'a part of one class',
    images([0, 1, 2, 0, 1, 2]),
    images([1, 1], [10, 11]),
    /all 2 test images are of one class, b/,
  ],
  [
    'copies of training images',
    images([0, 1, 2, 0, 1, 2]),
    images([0, 1, 2], [0, 1, 12]),
    /2 of 3 test images are training images too/,
  ],
] as const) {
  test(`warns of ${name}`, () => assert.match(doubtsAbout(all(own), { test: all(part) }).join('\n'), says));
}

test('warns of flat colours', () => {
  const flat = { ...images([0, 1, 2, 0, 1, 2]), images: Uint8Array.from({ length: 24 }, (_, i) => Math.floor(i / 4)) };
  assert.match(doubtsAbout(all(flat), {}).join('\n'), /every training image is of one colour/);
});

test.run();

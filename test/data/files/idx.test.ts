import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { FASHION_CLASSES } from '../../../src/data/dataset.js';
import { parseIdx, readIdx, readIdxFolder } from '../../../src/data/files/idx.js';
import { suite, testWithData } from '../../support/harness.js';
import { fails, fill, idx, inFolder } from '../fixtures.js';

const test = suite('idx');

const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';
const TEST_IMAGES = 't10k-images-idx3-ubyte';
const TEST_LABELS = 't10k-labels-idx1-ubyte';

test('dims and data', () => {
  const { dims, data } = parseIdx(idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), 'f');
  assert.equal(dims, [2, 1, 3]);
  assert.equal(Array.from(data), [1, 2, 3, 4, 5, 6]);
});

test('bytes at an offset of their buffer', () => {
  const whole = new Uint8Array(40);
  whole.set(idx([3], [7, 8, 9]), 13);
  assert.equal(Array.from(parseIdx(whole.subarray(13, 24), 'f').data), [7, 8, 9]);
});

const damaged: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['empty', new Uint8Array(0), /^f: 0 bytes/],
  ['no magic', new Uint8Array([80, 75, 3, 4, 0]), /^f: opens with 50 4b 03 04/],
  ['another type', Uint8Array.from([0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0]), /float32/],
  ['four dimensions', idx([1, 1, 1, 1], [5]), /4 dimensions, expected 1 to 3/],
  ['no dimensions', Uint8Array.from([0, 0, 8, 0]), /0 dimensions/],
  ['255 dimensions', Uint8Array.from([0, 0, 8, 255]), /255 dimensions/],
  ['ends in the header', Uint8Array.from([0, 0, 8, 3, 0, 0]), /10 of 16 bytes are missing/],
  ['a dimension of 0', idx([2, 0, 3], []), /dimension 1 of \(2, 0, 3\) is 0/],
  ['too short', idx([2, 2], [1, 2, 3]), /needs 4 bytes after the header, 1 are missing/],
  ['too long', idx([2], [1, 2, 3]), /1 bytes are left over/],
  ['absurd dimensions', idx([0xffffffff, 0xffffffff, 0xffffffff], [1]), /are missing/],
];
for (const [name, bytes, message] of damaged)
  test(`refused: ${name}`, async () => void (await fails(() => parseIdx(bytes, 'f'), 3, message)));

test('gzip is known by its bytes, whatever the name', () =>
  inFolder(async (folder) => {
    const plain = idx([2], [4, 5]);
    fill(folder, { 'plain.gz': plain, packed: gzipSync(plain) });
    for (const name of ['plain.gz', 'packed'])
      assert.equal(Array.from((await readIdx(join(folder, name))).data), [4, 5]);
  }));

test('truncated and damaged gzip name the file', () =>
  inFolder(async (folder) => {
    const packed = gzipSync(
      idx(
        [5000],
        Array.from({ length: 5000 }, (_, i) => (i * i) % 251),
      ),
    );
    const bent = Uint8Array.from(packed);
    bent[packed.length - 6] ^= 0xff; // in the checksum
    fill(folder, { 'short.gz': packed.subarray(0, packed.length / 2), 'bent.gz': bent });
    await fails(() => readIdx(join(folder, 'short.gz')), 3, /short\.gz: the gzip file is truncated or damaged/);
    await fails(() => readIdx(join(folder, 'bent.gz')), 3, /bent\.gz: the gzip file is truncated or damaged/);
    await fails(() => readIdx(join(folder, 'none.gz')), 3, /none\.gz: no such file/);
    await fails(() => readIdx(folder), 3, /is a folder, expected a file/);
  }));

test('a folder, mixed names, with and without a test part', () =>
  inFolder(async (folder) => {
    fill(folder, {
      [IMAGES.replace('-idx', '.idx')]: idx([3, 1, 2], [1, 2, 3, 4, 5, 6]),
      [`${LABELS}.gz`]: gzipSync(idx([3], [9, 0, 1])),
    });
    const alone = await readIdxFolder(folder);
    assert.is(alone.test, null);
    assert.equal([alone.train.count, alone.train.channels, alone.train.height, alone.train.width], [3, 1, 1, 2]);
    assert.equal(
      [Array.from(alone.train.labels), alone.train.classes],
      [
        [2, 0, 1],
        ['0', '1', '9'],
      ],
    );
    assert.equal(alone.notes, ['the labels are 3 classes, in this order: 0, 1, 9']);
    fill(folder, { [TEST_IMAGES]: idx([1, 1, 2], [7, 8]), [TEST_LABELS]: idx([1], [9]) });
    const both = await readIdxFolder(folder);
    assert.equal([Array.from(both.test?.images ?? []), Array.from(both.test?.labels ?? [])], [[7, 8], [2]]);
  }));

test('ten digits are digits: garments are Fashion-MNIST’s own labels only', () =>
  inFolder(async (folder) => {
    const digits = Array.from({ length: 10 }, (_, i) => i);
    fill(folder, { [IMAGES]: idx([10, 1, 1], digits), [LABELS]: idx([10], digits) });
    const { train, notes } = await readIdxFolder(folder);
    assert.equal([train.classes, notes], [digits.map(String), undefined]);
  }));

test('a packed file is unpacked no further than its header promises', () =>
  inFolder(async (folder) => {
    fill(folder, {
      'bomb.gz': gzipSync(new Uint8Array(2 ** 24)),
      'more.gz': gzipSync(Buffer.concat([idx([2], [1, 2]), new Uint8Array(2 ** 24)])),
    });
    const before = process.memoryUsage().rss;
    await fails(() => readIdx(join(folder, 'bomb.gz')), 3, /bomb\.gz: opens with 00 00 00 00/);
    await fails(() => readIdx(join(folder, 'more.gz')), 3, /more\.gz: unpacks to more than 10 bytes/);
    assert.ok(process.memoryUsage().rss - before < 2 ** 24);
  }));

test('more than ten classes are numbered', () =>
  inFolder(async (folder) => {
    const labels = Array.from({ length: 12 }, (_, i) => i);
    fill(folder, { [IMAGES]: idx([12, 1, 1], labels), [LABELS]: idx([12], labels) });
    const { train } = await readIdxFolder(folder);
    assert.is(train.classes.length, 12);
    assert.is(train.classes[11], '11');
  }));

const wrong: [name: string, files: Record<string, Uint8Array>, message: RegExp][] = [
  ['nothing there', {}, /no train-images-idx3-ubyte.*looked for train-images-idx3-ubyte\[\.gz\], train-labels/],
  ['no labels', { [IMAGES]: idx([1, 1, 1], [1]) }, /: no train-labels-idx1-ubyte;/],
  [
    'half a test part',
    { [IMAGES]: idx([1, 1, 1], [1]), [LABELS]: idx([1], [1]), [TEST_LABELS]: idx([1], [1]) },
    /: no t10k-images-idx3-ubyte;/,
  ],
  [
    'counts disagree',
    { [IMAGES]: idx([2, 1, 1], [1, 1]), [LABELS]: idx([3], [1, 1, 1]) },
    /labels-idx1-ubyte: 3 labels, but .*images-idx3-ubyte has 2 images/,
  ],
  ['labels for images', { [IMAGES]: idx([2], [1, 1]), [LABELS]: idx([2], [1, 1]) }, /dimensions \(2\), images have 3/],
  [
    'images for labels',
    { [IMAGES]: idx([1, 1, 1], [1]), [LABELS]: idx([1, 1], [1]) },
    /dimensions \(1, 1\), labels have 1/,
  ],
  [
    'another size in the test part',
    {
      [IMAGES]: idx([1, 1, 2], [1, 2]),
      [LABELS]: idx([1], [1]),
      [TEST_IMAGES]: idx([1, 2, 1], [1, 2]),
      [TEST_LABELS]: idx([1], [1]),
    },
    /images of 2x1, but the train images are 1x2/,
  ],
];
for (const [name, files, message] of wrong) {
  test(`folder refused: ${name}`, () =>
    inFolder(async (folder) => void (await fails(() => readIdxFolder(fill(folder, files)), 3, message))));
}

test('a folder that is not there, or is a file', () =>
  inFolder(async (folder) => {
    await fails(() => readIdxFolder(join(folder, 'none')), 3, /none: no such folder/);
    writeFileSync(join(folder, 'file'), 'x');
    await fails(() => readIdxFolder(join(folder, 'file')), 3, /is a file, expected a folder/);
  }));

testWithData(test, 'the real Fashion-MNIST', 'fashion-mnist', async (folder) => {
  const { train, test: heldOut } = await readIdxFolder(folder);
  assert.is(train.count, 60000);
  assert.equal(train.classes, FASHION_CLASSES);
  assert.is(heldOut?.count, 10000);
  assert.equal([train.height, train.width, train.images.length], [28, 28, 60000 * 784]);
  assert.equal(Array.from(train.labels.subarray(0, 5)), [9, 0, 0, 3, 0]);
  assert.equal(Array.from(heldOut?.labels.subarray(0, 5) ?? []), [9, 2, 1, 1, 6]);
  for (const part of [train, heldOut]) {
    const counts = new Array<number>(10).fill(0);
    for (const label of part?.labels ?? []) counts[label]++;
    assert.equal(counts, new Array(10).fill((part?.count ?? 0) / 10));
  }
});

testWithData(test, 'the real files, one of them cut short', 'fashion-mnist', (real) =>
  inFolder(async (folder) => {
    const images = `${TEST_IMAGES}.gz`;
    fill(folder, {
      [`${IMAGES}.gz`]: readFileSync(join(real, images)).subarray(0, 1_000_000),
      [`${LABELS}.gz`]: readFileSync(join(real, `${TEST_LABELS}.gz`)),
    });
    await fails(() => readIdxFolder(folder), 3, /train-images-idx3-ubyte\.gz: the gzip file is truncated/);
  }),
);

test.run();

import * as assert from 'uvu/assert';
import { drawRows, tileSheet } from '../../../src/data/pictures/contact_sheet.js';
import type { HeldDataset } from '../../../src/data/dataset.js';
import { decodeRgba } from '../../../src/data/pictures/picture.js';
import { encodePng } from '../../../src/data/pictures/png.js';
import { suite } from '../../support/harness.js';
import { decodePng, readPngHeader } from '../../support/png.js';
import { fails, png } from '../fixtures.js';

const test = suite('png');

/** Rows of `bytes` samples each, with the filter byte 0 in front of each. */
function rows(height: number, bytes: number, value = 100): Uint8Array {
  return Uint8Array.from({ length: height * (bytes + 1) }, (_, i) => (i % (bytes + 1) === 0 ? 0 : value));
}

for (const [name, channels] of [
  ['grey', 1],
  ['RGB', 3],
  ['RGBA', 4],
] as const) {
  test(`${name} there and back`, async () => {
    const pixels = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => (i * 37) % 256);
    const bytes = encodePng(pixels, 5, 3);
    assert.equal(readPngHeader(bytes).colorType, [0, 0, 0, 2, 6][channels]);
    const image = decodePng(bytes);
    assert.ok(
      Buffer.from((await decodeRgba(bytes, 'f')).data).equals(image.data as Buffer),
      'both libraries read the same',
    );
    assert.equal([image.width, image.height], [5, 3]);
    for (let i = 0; i < 15; i++) {
      const p = pixels.subarray(i * channels, (i + 1) * channels);
      const expected = channels === 1 ? [p[0], p[0], p[0], 255] : [p[0], p[1], p[2], channels === 4 ? p[3] : 255];
      assert.equal(Array.from(image.data.subarray(4 * i, 4 * i + 4)), expected);
    }
  });
}

test('bytes after the end chunk are ignored', async () => {
  assert.is((await decodeRgba(Buffer.concat([png(2, 2, rows(2, 2)), Buffer.from('tail')]), 'f')).data[0], 100);
});

test('interlaced', async () => {
  // One pixel: only the first of the seven passes has a row.
  assert.equal(
    Array.from((await decodeRgba(png(1, 1, rows(1, 1), { interlaced: true }), 'f')).data),
    [100, 100, 100, 255],
  );
});

const good = png(
  40,
  40,
  Uint8Array.from({ length: 40 * 41 }, (_, i) => (i % 41 === 0 ? 0 : (i * i) % 251)),
);
function bent(at: number): Uint8Array {
  const copy = Uint8Array.from(good);
  copy[at] ^= 0xff;
  return copy;
}

const refused: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['only a signature', good.subarray(0, 20), /^f: is damaged or truncated/],
  ['4e9 x 4e9', png(4e9, 4e9, rows(1, 1)), /^f: has 4000000000x4000000000 pixels, at most 64 million/],
  ['20000 x 20000', png(20000, 20000, rows(1, 1)), /has 20000x20000 pixels, at most 64 million/],
  ['8000 x 8000 in a few bytes', png(8000, 8000, rows(1, 1)), /^f: is damaged or truncated$/],
  ['0 wide', png(0, 5, rows(1, 1)), /says that it has 0x5 pixels/],
  ['colour type 5', png(1, 1, rows(1, 1), { colorType: 5 }), /is damaged or truncated/],
  ['cut in its data', good.subarray(0, good.length - 200), /is damaged or truncated$/],
  ['cut before its end chunk', good.subarray(0, good.length - 12), /is damaged or truncated$/],
  ['a bit wrong in its data', bent(200), /is damaged or truncated \(/],
  ['a bit wrong in its header', bent(27), /is damaged or truncated \(/],
  ['fewer rows than its header says', png(40, 41, rows(40, 40)), /is damaged or truncated \(/],
  ['no data at all', png(3, 3, new Uint8Array(0)), /is damaged or truncated/],
];
for (const [name, bytes, message] of refused)
  test(`refused: ${name}`, async () => void (await fails(() => decodeRgba(bytes, 'f'), 3, message)));

test('every way of cutting a file is a DataError', async () => {
  const small = png(2, 2, rows(2, 2));
  for (let n = 0; n < small.length; n++) await fails(() => decodeRgba(small.subarray(0, n), 'f'), 3, /^f: /);
});

function dataset(classes: number, count: number, channels: number, side: number): HeldDataset {
  return {
    name: 't',
    images: new Uint8Array(count * channels * side * side).fill(200),
    labels: Uint32Array.from({ length: count }, (_, i) => i % classes),
    count,
    channels,
    height: side,
    width: side,
    classes: Array.from({ length: classes }, (_, i) => String(i)),
  };
}

/** A row of up to 12 images, or so many, for each class. */
function contactSheet(set: HeldDataset, { perClass = 12, seed = 0 } = {}): Uint8Array {
  return tileSheet(set, drawRows(set, perClass, seed), perClass);
}

test('contact sheet: a row a class, doubled, gaps', () => {
  const sheet = decodePng(contactSheet(dataset(3, 7, 1, 4), { perClass: 5 }));
  assert.equal([sheet.width, sheet.height], [5 * 10 + 2, 3 * 10 + 2]);
  const grey = (x: number, y: number) => sheet.data[4 * (y * sheet.width + x)];
  assert.is(grey(0, 0), 64);
  assert.is(grey(2, 2), 200);
  assert.is(grey(2 + 2 * 10, 2), 200); // class 0 has three images,
  assert.is(grey(2 + 3 * 10, 2), 64); // not four
  assert.is(grey(2 + 2 * 10, 12), 64); // class 1 has two
});

test('contact sheet: colour keeps its channels, 100 classes are cut at 40, large images are shrunk', () => {
  const set = dataset(100, 100, 3, 2);
  set.images.fill(10, 0, 4);
  const sheet = decodePng(contactSheet(set));
  assert.is(sheet.height, 40 * 6 + 2);
  assert.equal(
    Array.from(sheet.data.subarray(4 * (2 * sheet.width + 2), 4 * (2 * sheet.width + 2) + 3)),
    [10, 200, 200],
  );
  assert.is(decodePng(contactSheet(dataset(1, 1, 1, 300), { perClass: 1 })).width, 104);
});

test('contact sheet: the seed draws', () => {
  const set = dataset(1, 50, 1, 1);
  set.images.forEach((_, i) => (set.images[i] = i));
  const sheets = [1, 1, 2].map((seed) => Buffer.from(contactSheet(set, { seed })));
  assert.ok(sheets[0].equals(sheets[1]));
  assert.not.ok(sheets[0].equals(sheets[2]));
});

test.run();

import * as assert from 'uvu/assert';
import { contactSheet } from '../../src/data/contact_sheet.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { decodePng, encodePng, readPngHeader } from '../../src/data/png.js';
import { suite } from '../support/harness.js';
import { fails, png } from './fixtures.js';

const test = suite('png');

/** Rows of `bytes` samples each, with the filter byte 0 in front of each. */
function rows(height: number, bytes: number, value = 100): Uint8Array {
  return Uint8Array.from({ length: height * (bytes + 1) }, (_, i) => (i % (bytes + 1) === 0 ? 0 : value));
}

for (const [name, channels] of [['grey', 1], ['RGB', 3], ['RGBA', 4]] as const) {
  test(`${name} there and back`, () => {
    const pixels = Uint8Array.from({ length: 5 * 3 * channels }, (_, i) => (i * 37) % 256);
    const bytes = encodePng(pixels, 5, 3);
    assert.equal(readPngHeader(bytes, 'f').colorType, [0, 0, 0, 2, 6][channels]);
    const image = decodePng(bytes, 'f');
    assert.equal([image.width, image.height], [5, 3]);
    for (let i = 0; i < 15; i++) {
      const p = pixels.subarray(i * channels, (i + 1) * channels);
      const expected = channels === 1 ? [p[0], p[0], p[0], 255] : [p[0], p[1], p[2], channels === 4 ? p[3] : 255];
      assert.equal(Array.from(image.data.subarray(4 * i, 4 * i + 4)), expected);
    }
  });
}

test('header', () => {
  assert.equal(readPngHeader(png(7, 4, rows(4, 7)), 'f'), { width: 7, height: 4, bitDepth: 8, colorType: 0, interlaced: false });
});

test('bytes after the end chunk are ignored', () => {
  assert.is(decodePng(Buffer.concat([png(2, 2, rows(2, 2)), Buffer.from('tail')]), 'f').data[0], 100);
});

test('interlaced', () => {
  // One pixel: only the first of the seven passes has a row.
  assert.equal(Array.from(decodePng(png(1, 1, rows(1, 1), { interlaced: true }), 'f').data), [100, 100, 100, 255]);
});

const good = png(40, 40, Uint8Array.from({ length: 40 * 41 }, (_, i) => (i % 41 === 0 ? 0 : (i * i) % 251)));
function bent(at: number): Uint8Array {
  const copy = Uint8Array.from(good);
  copy[at] ^= 0xff;
  return copy;
}

const refused: [name: string, bytes: Uint8Array, message: RegExp][] = [
  ['empty', new Uint8Array(0), /^f: is not a PNG file/],
  ['a JPEG', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70]), /^f: is not a PNG file/],
  ['only a signature', good.subarray(0, 20), /ends in the PNG header/],
  ['4e9 x 4e9', png(4e9, 4e9, rows(1, 1)), /says 4000000000x4000000000 pixels, at most 32768 a side/],
  ['50000 x 50000', png(50000, 50000, rows(1, 1)), /says 50000x50000 pixels, at most 32768 a side/],
  ['20000 x 20000', png(20000, 20000, rows(1, 1)), /says 20000x20000 pixels, at most 64000000 in all/],
  ['8000 x 8000 in a few bytes', png(8000, 8000, rows(1, 1)), /more than its \d+ bytes of data can hold/],
  ['0 wide', png(0, 5, rows(1, 1)), /says 0x5 pixels/],
  ['colour type 5', png(1, 1, rows(1, 1), { colorType: 5 }), /colour type 5 at 8 bits/],
  ['cut in its data', good.subarray(0, good.length - 200), /truncated or damaged: chunk "IDAT" at byte 33 needs \d+ bytes more/],
  ['cut before its end chunk', good.subarray(0, good.length - 12), /truncated: it ends at byte \d+ without its end chunk/],
  ['a bit wrong in its data', bent(200), /the PNG is damaged/],
  ['a bit wrong in its header', bent(27), /filter/],
  ['fewer rows than its header says', png(40, 41, rows(40, 40)), /the PNG is damaged: 41 bytes of its pixels are missing/],
  ['no data at all', png(3, 3, new Uint8Array(0)), /the PNG is damaged/],
  ['an interlaced bomb', png(1000, 1000, new Uint8Array(30e6), { interlaced: true }), /the PNG is damaged/],
];
for (const [name, bytes, message] of refused) test(`refused: ${name}`, async () => void (await fails(() => decodePng(bytes, 'f'), 3, message)));

test('maxPixels', async () => void (await fails(() => decodePng(good, 'f', { maxPixels: 1599 }), 3, /40x40 pixels, at most 1599 in all/)));

test('every way of cutting a file is a DataError', async () => {
  const small = png(2, 2, rows(2, 2));
  for (let n = 0; n < small.length; n++) await fails(() => decodePng(small.subarray(0, n), 'f'), 3, /^f: /);
});

function dataset(classes: number, count: number, channels: number, side: number): ImageDataset {
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

test('contact sheet: a row a class, doubled, gaps', () => {
  const sheet = decodePng(contactSheet(dataset(3, 7, 1, 4), { perClass: 5 }), 'f');
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
  const sheet = decodePng(contactSheet(set), 'f');
  assert.is(sheet.height, 40 * 6 + 2);
  assert.equal(Array.from(sheet.data.subarray(4 * (2 * sheet.width + 2), 4 * (2 * sheet.width + 2) + 3)), [10, 200, 200]);
  assert.is(decodePng(contactSheet(dataset(1, 1, 1, 300), { perClass: 1 }), 'f').width, 104);
});

test('contact sheet: the seed draws', () => {
  const set = dataset(1, 50, 1, 1);
  set.images.forEach((_, i) => (set.images[i] = i));
  const sheets = [1, 1, 2].map((seed) => Buffer.from(contactSheet(set, { seed })));
  assert.ok(sheets[0].equals(sheets[1]));
  assert.not.ok(sheets[0].equals(sheets[2]));
});

test.run();

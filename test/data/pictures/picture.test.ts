/** Decoding pictures: colours, orientation, transparency, sizes, and files that are none. */
import * as assert from 'uvu/assert';
import { decodeRgba, decodeSquare } from '../../../src/data/pictures/picture.js';
import { suite } from '../../support/harness.js';
import { fails, png } from '../fixtures.js';
import { halves, noise, plain, type Rgb } from '../picture_files.js';

const test = suite('pictures');

/** The planes' values at a pixel. */
const at = (planes: Uint8Array, side: number, y: number, x: number): number[] =>
  [0, 1, 2].map((c) => planes[(c * side + y) * side + x]);

/** JPEG and WebP are lossy. */
function near(got: readonly number[], expected: Rgb, name: string): void {
  assert.ok(
    got.every((v, c) => Math.abs(v - expected[c]) <= 4),
    `${name}: ${got.join()}, expected ${expected.join()}`,
  );
}

const RED: Rgb = [200, 30, 40];
const BLUE: Rgb = [20, 40, 210];

test('PNG, JPEG and WebP of any size and kind become squares of three planes', async () => {
  const files: Record<string, Buffer> = {
    png: await plain(9, 7, RED).png().toBuffer(),
    jpeg: await plain(9, 7, RED).jpeg().toBuffer(),
    webp: await plain(9, 7, RED).webp({ lossless: true }).toBuffer(),
    '1x1': await plain(1, 1, RED).png().toBuffer(),
    palette: await plain(30, 30, RED).png({ palette: true }).toBuffer(),
    wide: await plain(20000, 1, RED).png().toBuffer(),
  };
  for (const [name, bytes] of Object.entries(files)) {
    const planes = await decodeSquare(bytes, name, 8);
    assert.is(planes.length, 3 * 64, name);
    for (const [y, x] of [
      [0, 0],
      [7, 7],
      [3, 4],
    ])
      near(at(planes, 8, y, x), RED, name);
  }
  const grey = await plain(5, 9, [90, 90, 90]).toColourspace('b-w').png().toBuffer();
  near(at(await decodeSquare(grey, 'grey', 6), 6, 2, 2), [90, 90, 90], 'grey');
});

test('the shorter side is resized, the middle of the longer one kept', async () => {
  // 60 wide: left 30 red, right 30 blue; the middle square of 20 is half and half.
  const planes = await decodeSquare(await halves(60, 20, RED, BLUE).png().toBuffer(), 'halves', 10);
  near(at(planes, 10, 5, 0), RED, 'left');
  near(at(planes, 10, 5, 3), RED, 'left of the middle');
  near(at(planes, 10, 5, 6), BLUE, 'right of the middle');
  near(at(planes, 10, 5, 9), BLUE, 'right');
});

test('the EXIF orientation is followed', async () => {
  // 6: to be turned by 90 degrees clockwise, which puts the left half on top; 3: by 180.
  const turned = await decodeSquare(
    await halves(20, 20, RED, BLUE).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer(),
    'turned',
    20,
  );
  near(at(turned, 20, 2, 15), RED, 'top');
  near(at(turned, 20, 17, 4), BLUE, 'bottom');
  const upside = await decodeSquare(
    await halves(20, 20, RED, BLUE).jpeg({ quality: 100 }).withMetadata({ orientation: 3 }).toBuffer(),
    'upside',
    20,
  );
  near(at(upside, 20, 5, 2), BLUE, 'left');
  const rgba = await decodeRgba(
    await halves(30, 10, RED, BLUE).jpeg().withMetadata({ orientation: 6 }).toBuffer(),
    'rgba',
  );
  assert.equal([rgba.width, rgba.height, rgba.data.length], [10, 30, 1200]);
});

test('transparency is flattened on white', async () => {
  near(
    at(await decodeSquare(await plain(6, 6, RED, 0).png().toBuffer(), 'clear', 4), 4, 1, 1),
    [255, 255, 255],
    'clear',
  );
  near(
    at(await decodeSquare(await plain(6, 6, [0, 0, 0], 128).webp({ lossless: true }).toBuffer(), 'half', 4), 4, 1, 1),
    [127, 127, 127],
    'half',
  );
});

test('what is no whole picture is refused by name', async () => {
  const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
  for (const [format, bytes] of Object.entries({
    jpeg: await noise(90, 60).jpeg().toBuffer(),
    png: await noise(90, 60).png().toBuffer(),
    webp: await noise(90, 60).webp().toBuffer(),
  })) {
    await fails(
      () => decodeSquare(half(bytes), `cut.${format}`, 8),
      3,
      new RegExp(`^cut\\.${format}: is damaged or truncated`),
    );
  }
  await fails(() => decodeSquare(Buffer.from('hello'), 'a.jpg', 8), 3, /^a\.jpg: is no JPEG, PNG or WebP/);
  await fails(
    () => decodeSquare(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), 'a.png', 8),
    3,
    /is no JPEG/,
  );
  await fails(() => decodeSquare(Buffer.alloc(0), 'a.png', 8), 3, /a\.png: is empty/);
  await fails(
    () => decodeSquare(png(20000, 20000, new Uint8Array(100)), 'bomb.png', 8),
    3,
    /^bomb\.png: has 20000x20000 pixels, at most 64 million/,
  );
});

test.run();

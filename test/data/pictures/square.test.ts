/** The resize that pages and `weft predict` share, against libvips and against arithmetic by hand. */
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { decodeRgba, decodeSquare } from '../../../src/data/pictures/picture.js';
import { middleOf, toColourSquare } from '../../../src/data/pictures/square.js';
import { suite } from '../../support/harness.js';

const test = suite('square');

/** A smooth coloured picture, so that a wrong phase or crop shows in every pixel. */
async function picture(width: number, height: number): Promise<Uint8Array> {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return 127.5 + 120 * Math.sin(x / (3 + c)) * Math.cos(y / (5 - c));
  });
  return new Uint8Array(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}

for (const [width, height, side] of [
  [64, 64, 64],
  [100, 75, 64],
  [75, 101, 64],
  [97, 256, 64],
  [33, 90, 32],
  [41, 41, 20],
  [40, 40, 64],
  [100, 80, 128],
  [35, 50, 64],
  [28, 28, 100],
  [51, 33, 64],
]) {
  test(`${width}x${height} to ${side}: as libvips within 2 levels`, async () => {
    const bytes = await picture(width, height);
    const expected = await decodeSquare(bytes, 'drawn', side);
    const got = toColourSquare(await decodeRgba(bytes, 'drawn'), side);
    assert.is(got.length, expected.length);
    assert.ok(Math.max(...got.map((v, i) => Math.abs(v - expected[i]))) <= 2);
  });
}

test('transparency lies on white', () => {
  const data = Uint8Array.of(0, 0, 0, 255, 255, 0, 0, 0, 100, 100, 100, 102, 0, 0, 0, 0);
  assert.equal(
    [...toColourSquare({ width: 2, height: 2, data }, 2)],
    [0, 255, 193, 255, 0, 255, 193, 255, 0, 255, 193, 255],
  );
});

test('the middle of planes', () => {
  assert.equal(
    [
      ...middleOf(
        Uint8Array.from({ length: 48 }, (_, i) => i),
        4,
        2,
      ),
    ],
    [5, 6, 9, 10, 21, 22, 25, 26, 37, 38, 41, 42],
  );
});

test.run();

import * as assert from 'uvu/assert';
import type { RgbaImage } from '../../../src/data/pictures/rgba_image.js';
import { toGreySquare } from '../../../src/data/pictures/predict_image.js';
import { suite } from '../../support/harness.js';

const test = suite('predict image');

type Colour = readonly [r: number, g: number, b: number, a: number];
const WHITE: Colour = [255, 255, 255, 255];
const BLACK: Colour = [0, 0, 0, 255];
const CLEAR: Colour = [0, 0, 0, 0];

/** A picture of one colour with a box (x0, y0, x1, y1) of another. */
function picture(
  width: number,
  height: number,
  back: Colour,
  front: Colour,
  [x0, y0, x1, y1]: readonly number[],
): RgbaImage {
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      data.set(x >= x0 && x < x1 && y >= y0 && y < y1 ? front : back, 4 * (y * width + x));
  }
  return { width, height, data };
}

/** Where the result is at least half bright: [left, top, right, bottom). */
function extent(grey: Uint8Array, side: number): number[] {
  const xs: number[] = [];
  const ys: number[] = [];
  grey.forEach((v, i) => {
    if (v < 128) return;
    xs.push(i % side);
    ys.push(Math.floor(i / side));
  });
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
}

test('a 28x28 picture with a dark background passes unchanged', () => {
  const image = picture(28, 28, [3, 3, 3, 255], [90, 90, 90, 255], [10, 10, 14, 12]);
  const grey = toGreySquare(image, 28);
  assert.is(grey.length, 784);
  assert.is(grey[0], 3);
  assert.is(grey[10 * 28 + 10], 90);
});

const scenes: [name: string, back: Colour, front: Colour][] = [
  ['dark on white', WHITE, [40, 30, 20, 255]],
  ['light on black', BLACK, [200, 210, 190, 255]],
  ['mid grey on white', WHITE, [128, 128, 128, 255]],
  ['dark on nothing', CLEAR, [20, 20, 20, 255]],
  ['light on nothing', CLEAR, [230, 230, 230, 255]],
  ['white on clear white', [255, 255, 255, 0], [250, 250, 250, 255]],
];
for (const [name, back, front] of scenes) {
  test(`${name}: background 0, object 255, upright, centred`, () => {
    // 60 x 120 somewhere in 400 x 300: fills the height, half the width.
    const grey = toGreySquare(picture(400, 300, back, front, [300, 20, 360, 140]), 28);
    assert.is(grey[0], 0);
    assert.is(grey[14 * 28 + 14], 255);
    assert.equal(extent(grey, 28), [7, 0, 21, 28]);
  });
}

test('a wide object fills the width; another size', () => {
  const grey = toGreySquare(picture(100, 90, WHITE, BLACK, [10, 40, 90, 60]), 32);
  assert.is(grey.length, 1024);
  assert.equal(extent(grey, 32), [0, 12, 32, 20]);
});

test('a small object is enlarged', () => {
  assert.equal(extent(toGreySquare(picture(10, 10, BLACK, WHITE, [4, 4, 6, 6]), 28), 28), [0, 0, 28, 28]);
});

test('half-transparent is half as bright', () => {
  const image = picture(60, 60, BLACK, WHITE, [10, 10, 50, 30]);
  for (let y = 30; y < 50; y++) for (let x = 10; x < 50; x++) image.data.set([255, 255, 255, 128], 4 * (y * 60 + x));
  const grey = toGreySquare(image, 28);
  assert.is(grey[7 * 28 + 14], 255);
  assert.is(grey[21 * 28 + 14], 128);
});

test('contrast is stretched', () => {
  const grey = toGreySquare(picture(60, 60, [240, 240, 240, 255], [200, 200, 200, 255], [10, 10, 50, 50]), 28);
  assert.is(grey[14 * 28 + 14], 255);
});

test('a picture of nothing is black; of one pixel, too', () => {
  assert.ok(toGreySquare(picture(50, 40, WHITE, WHITE, [0, 0, 0, 0]), 28).every((v) => v === 0));
  assert.ok(toGreySquare(picture(1, 1, CLEAR, CLEAR, [0, 0, 0, 0]), 28).every((v) => v === 0));
});

test.run();

/** Photographs told from what small grey networks have learned. */
import * as assert from 'uvu/assert';
import type { RgbaImage } from '../../src/data/pictures/rgba_image.js';
import { isPhotoForSmallNetwork } from '../../src/inference/photo_doubt.js';
import { suite } from '../support/harness.js';

const test = suite('photographs for small networks');

function picture(side: number, colourAt: (x: number, y: number) => readonly [number, number, number]): RgbaImage {
  const data = new Uint8Array(4 * side * side);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) data.set([...colourAt(x, y), 255], 4 * (y * side + x));
  return { width: side, height: side, data };
}

const GREY_28 = { channels: 1, side: 28 };
const inMiddle = (x: number, y: number): boolean => x > 50 && x < 150 && y > 50 && y < 150;

test('a large coloured picture, or a grey one that is no drawing on a plain ground', () => {
  const shoe = picture(200, (x, y) => (inMiddle(x, y) ? [180, 60, 40] : [250, 250, 250]));
  const room = picture(200, (x) => [x, x, x]);
  assert.ok(isPhotoForSmallNetwork(shoe, GREY_28));
  assert.ok(isPhotoForSmallNetwork(room, GREY_28));
});

test('a garment on a plain ground, an icon, and networks on photographs have no doubt', () => {
  const drawn = picture(200, (x, y) => (inMiddle(x, y) ? [200, 200, 200] : [0, 0, 0]));
  const icon = picture(28, (x, y) => [x * 9, y * 9, 0]);
  const photo = picture(200, (x, y) => [x, y, 128]);
  assert.not.ok(isPhotoForSmallNetwork(drawn, GREY_28));
  assert.not.ok(isPhotoForSmallNetwork(icon, GREY_28));
  assert.not.ok(isPhotoForSmallNetwork(photo, { channels: 3, side: 28 }));
  assert.not.ok(isPhotoForSmallNetwork(photo, { channels: 1, side: 64 }));
});

test.run();

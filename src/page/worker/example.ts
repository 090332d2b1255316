/** Pictures to try a network with that has learned grey garments: drawn here, as the page has none of anybody's. */
import { GARMENT_SIDE, syntheticGarments } from '../../data/drawn/garments.js';

/** They begin anew after so many: ten kinds, twice each. */
const COUNT = 20;
/** Another than those of trainings, so that no network has learned these. */
const SEED = 20_000;
/** Pixels of the picture for each that is drawn. */
const ZOOM = 8;

/** The n-th picture, a PNG. */
export async function drawnExample(n: number): Promise<Blob> {
  const { images } = syntheticGarments({ train: 1, test: COUNT, seed: SEED }).test;
  const first = (n % COUNT) * GARMENT_SIDE ** 2;
  const side = ZOOM * GARMENT_SIDE;
  const pixels = new ImageData(side, side);
  for (let i = 0; i < side ** 2; i++) {
    const [row, column] = [Math.floor(Math.floor(i / side) / ZOOM), Math.floor((i % side) / ZOOM)];
    const grey = images[first + row * GARMENT_SIDE + column];
    pixels.data.set([grey, grey, grey, 255], 4 * i);
  }
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext('2d')?.putImageData(pixels, 0, 0);
  return canvas.convertToBlob();
}

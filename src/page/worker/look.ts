/** What a network sees of a picture, and where it finds a class there. */
import type { RgbaImage } from '../../data/pictures/rgba_image.js';
import { modelInput, type Classifier } from '../../inference/classifier.js';
import { occlusionMap } from '../../inference/occlusion.js';
import type { Work } from './calls.js';

/** Places that are covered, each way. */
const GRID = 8;

export interface Look {
  /** (C, side, side) bytes. */
  readonly planes: Uint8ClampedArray;
  readonly side: number;
  /** See occlusionMap. */
  readonly map: Float32Array;
}

/** Tells how many places are done, and of how many. @param name of the class. */
export async function lookAt(
  classifier: Classifier,
  pixels: RgbaImage,
  name: string,
  { turn, progress, signal }: Work,
): Promise<Look> {
  const { header } = classifier;
  const input = modelInput(pixels, header);
  const map = await occlusionMap(classifier, input, header.classes.indexOf(name), GRID, (done, total) => {
    signal.throwIfAborted();
    progress([done, total]);
    return turn();
  });
  const side = header.input.width;
  const { mean, std } = header.normalization;
  const plane = (i: number): number => Math.floor(i / side ** 2);
  return { planes: Uint8ClampedArray.from(input, (v, i) => 255 * (v * std[plane(i)] + mean[plane(i)])), side, map };
}

/** Copies of training images among those that a run is judged by: the same bytes, or pictures that look the same. */
import type { ImageDataset } from '../data/dataset.js';
import { imageReader } from '../data/images.js';
import { hashDistance, perceptualHashes } from '../data/pictures/perceptual_hash.js';
import { selectImages } from '../data/select_images.js';

export interface Copies {
  /** Images that were looked for, and how many have the same bytes as a training image. */
  readonly searched: number;
  readonly equal: number;
  /** How many are nearly the same: see `isNearly`. */
  readonly near: number;
  /** Some of the pairs, by file name or place in the data set. */
  readonly pairs: readonly (readonly [judged: string, training: string])[];
}

/** Hashes that differ in so many bits of 64 are compared pixel by pixel. */
const HASH_BITS = 4;
/** Mean difference of the pixels, of 255, below which two pictures are the same one. */
const PIXEL_DIFFERENCE = 4;
const NAMED = 3;

/** Some images of a data set, and by what copies of them are found. */
export interface HashedImages {
  readonly data: ImageDataset;
  /** Their places in the whole data set. */
  readonly places: Uint32Array;
  readonly hashes: Uint32Array;
}

export function hashed(whole: ImageDataset, places: Uint32Array): HashedImages {
  const data = selectImages(whole, places);
  return { data, places, hashes: perceptualHashes(data) };
}

/** @param of what a run is judged by. @param among training images. */
export function findCopies(of: HashedImages, among: HashedImages): Copies {
  const [judged, own] = [of.data, among.data];
  const readers = [judged, own].map((d) => imageReader(d.images, d.channels * d.height * d.width));
  const all = new Uint32Array(of.hashes.length + among.hashes.length);
  all.set(of.hashes);
  all.set(among.hashes, of.hashes.length);
  const pairs: (readonly [string, string])[] = [];
  let [equal, near] = [0, 0];
  for (let n = 0; n < judged.count; n++) {
    const bytes = readers[0](n).slice();
    let best = Infinity;
    let twin = -1;
    for (let m = 0; m < own.count && best > 0; m++) {
      if (hashDistance(all, n, judged.count + m) > HASH_BITS) continue;
      const difference = meanDifference(bytes, readers[1](m));
      if (difference < best) [best, twin] = [difference, m];
    }
    if (best >= PIXEL_DIFFERENCE) continue;
    if (best === 0) equal++;
    else near++;
    if (pairs.length < NAMED) pairs.push([nameOf(of, n), nameOf(among, twin)]);
  }
  return { searched: judged.count, equal, near, pairs };
}

function nameOf({ data: { origins }, places }: HashedImages, n: number): string {
  return origins?.[n].file ?? `image ${places[n]}`;
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

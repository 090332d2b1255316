/** Drawn garments as files of a folder: few, because the 7,000 of `--data synthetic` take two seconds to draw. */
import { mkdirSync } from 'node:fs';
import type { HeldDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { fill, idx } from '../data/fixtures.js';

/** Draws garments into a new folder, in Fashion-MNIST's layout; the training part. */
export function writeGarments(folder: string, counts: { train: number; test: number; seed: number }): HeldDataset {
  const garments = syntheticGarments(counts);
  mkdirSync(folder);
  for (const [part, data] of [
    ['train', garments.train],
    ['t10k', garments.test],
  ] as const) {
    if (data === null) continue;
    fill(folder, {
      [`${part}-images-idx3-ubyte`]: idx([data.count, 28, 28], data.images),
      [`${part}-labels-idx1-ubyte`]: idx([data.count], data.labels),
    });
  }
  return garments.train;
}

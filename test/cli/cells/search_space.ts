/** A search of six trials over a few drawn garments. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGarments } from '../garments.js';

/** As text, for tests that change it. */
export const SPACE = `
data: garments
model: mlp
epochs: 4
val-split: 0.2
space:
  lr: { log: [0.0001, 0.1] }
  batch: [16, 32]
search: { trials: 6, eta: 2, width: 3 }
`;

/** Writes the images and `space.yaml` into a folder. */
export function writeSpace(folder: string): void {
  writeGarments(join(folder, 'garments'), { train: 200, test: 20, seed: 1 });
  writeFileSync(join(folder, 'space.yaml'), SPACE);
}

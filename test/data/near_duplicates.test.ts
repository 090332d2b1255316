/** Groups of pictures that look the same, and whether parts or labels come between them. */
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/garments.js';
import { nearDuplicates } from '../../src/data/near_duplicates.js';
import { selectImages } from '../../src/data/select_images.js';
import { suite } from '../support/harness.js';

const test = suite('near duplicates');

/** Some of the garments, as if they were files. */
function pictures(indices: readonly number[], name: string): ImageDataset {
  const data = selectImages(syntheticGarments({ train: 40, test: 0, seed: 3 }).train, Uint32Array.from(indices));
  return { ...data, origins: indices.map((n, i) => ({ file: `${name}${i}-${n}`, hash: `${n}`, fields: {} })) };
}

test('a brighter copy is found, in both parts and with another label', () => {
  const train = pictures([0, 7, 0, 23, 30], 'a');
  for (let i = 2 * 784; i < 3 * 784; i++) train.images[i] = Math.min(255, Math.round(train.images[i] * 0.9) + 6);
  const other = pictures([7, 31], 'b');
  other.labels[0]++;
  assert.equal(nearDuplicates({ train, test: other }, 3), [
    { files: ['a0-0', 'a2-0'], isAcrossParts: false, isConflict: false },
    { files: ['a1-7', 'b0-7'], isAcrossParts: true, isConflict: true },
  ]);
  assert.equal(nearDuplicates({ train: { ...train, validationStart: 2 }, test: null }, 3).map((d) => d.isAcrossParts), [true]);
  assert.equal(nearDuplicates({ train: syntheticGarments({ train: 40, test: 0, seed: 3 }).train, test: null }, 64), [], 'not of files');
});

test.run();

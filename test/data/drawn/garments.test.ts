import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FASHION_CLASSES, type HeldDataset } from '../../../src/data/dataset.js';
import { syntheticGarments } from '../../../src/data/drawn/garments.js';
import { loadDataset } from '../../../src/data/load.js';
import { suite, testWithData } from '../../support/harness.js';
import { fails, fill, idx, inFolder } from '../fixtures.js';

const test = suite('garments, load');

function sha(set: HeldDataset): string {
  return createHash('sha256').update(set.images).update(Uint8Array.from(set.labels)).digest('hex').slice(0, 16);
}

test('counts, shape, balance, shuffled', () => {
  const { train, test: heldOut } = syntheticGarments({ train: 300, test: 50 });
  assert.equal(
    [train.count, train.channels, train.height, train.width, train.images.length],
    [300, 1, 28, 28, 300 * 784],
  );
  assert.is(heldOut?.count, 50);
  assert.is(train.classes, FASHION_CLASSES);
  const counts = new Array<number>(10).fill(0);
  for (const label of train.labels) counts[label]++;
  assert.equal(counts, new Array(10).fill(30));
  assert.not.equal(Array.from(train.labels.subarray(0, 10)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test('the same seed gives the same bytes on every platform', () => {
  const { train, test: heldOut } = syntheticGarments({ train: 200, test: 200, seed: 0 });
  assert.is(sha(train), '35be94bcfae07ab4');
  assert.is.not(sha(train), sha(heldOut!));
  assert.is.not(sha(train), sha(syntheticGarments({ train: 200, test: 0, seed: 1 }).train));
});

test('every image has a black background and a bright garment', () => {
  const { train } = syntheticGarments({ train: 1000, test: 0 });
  for (let i = 0; i < train.count; i++) {
    const image = train.images.subarray(i * 784, (i + 1) * 784);
    const black = image.reduce((n, v) => n + (v === 0 ? 1 : 0), 0);
    assert.ok(black > 60 && black < 770, `image ${i}, ${train.classes[train.labels[i]]}: ${black} black pixels`);
    assert.ok(Math.max(...image) > 25, `image ${i} is dark`);
  }
});

test('nearest class means do better than chance, and are far from right', () => {
  // Too easy teaches nothing; too hard cannot show that training works. (k-NN is near 0.79, LeNet-5 near 0.93.)
  const { train, test: heldOut } = syntheticGarments({ train: 2000, test: 500 });
  const means = Array.from({ length: 10 }, () => new Float64Array(784));
  train.labels.forEach((label, i) =>
    means[label].forEach((_, p) => (means[label][p] += train.images[i * 784 + p] / 200)),
  );
  let right = 0;
  heldOut!.labels.forEach((label, i) => {
    const distance = means.map((m) => m.reduce((sum, v, p) => sum + (v - heldOut!.images[i * 784 + p]) ** 2, 0));
    if (distance.indexOf(Math.min(...distance)) === label) right++;
  });
  assert.ok(right / 500 > 0.5 && right / 500 < 0.8, String(right / 500));
});

test('counts are checked', async () => {
  await fails(() => syntheticGarments({ train: 0 }), 2, /0 train images/);
  await fails(() => syntheticGarments({ test: 1.5 }), 2, /1.5 test images/);
  assert.is(syntheticGarments({ train: 1, test: 0 }).test, null);
});

test('load: synthetic by seed, a folder, a CSV file', () =>
  inFolder(async (folder) => {
    assert.is((await loadDataset('synthetic')).train.count, 6000);
    fill(folder, {
      'train-images-idx3-ubyte': idx([1, 1, 1], [5]),
      'train-labels-idx1-ubyte': idx([1], [3]),
      rows: '0,0,0,0,4\n',
    });
    const [files, rows] = [
      await loadDataset(folder),
      await loadDataset(join(folder, 'rows'), { labelColumn: 'last' }),
    ].map((splits) => splits.train);
    assert.equal([[...files.labels], files.classes], [[0], ['3']], 'the values are the classes');
    assert.equal([[...rows.labels], rows.classes], [[0], ['4']]);
  }));

test('load: nothing there; an IDX file instead of its folder', () =>
  inFolder(async (folder) => {
    await fails(() => loadDataset(join(folder, 'none')), 3, /none: no such file or folder/);
    await fails(() => loadDataset(folder), 3, /is empty/);
    fill(folder, { 'train-images-idx3-ubyte': idx([1, 1, 1], [5]) });
    const error = await fails(() => loadDataset(join(folder, 'train-images-idx3-ubyte')), 3, /is a binary file/);
    assert.is(error.fix, 'give a CSV file; for IDX files their folder');
  }));

async function withCache<T>(folder: string, body: () => Promise<T>): Promise<T> {
  const before = process.env['WEFT_CACHE'];
  process.env['WEFT_CACHE'] = folder;
  try {
    return await body();
  } finally {
    if (before === undefined) delete process.env['WEFT_CACHE'];
    else process.env['WEFT_CACHE'] = before;
  }
}

test('load: fashion-mnist before its download says what to do', () =>
  inFolder(async (folder) => {
    const error = await withCache(folder, () =>
      fails(() => loadDataset('fashion-mnist'), 3, /train-images-idx3-ubyte\.gz is not in .*fashion-mnist/),
    );
    assert.is(error.fix, 'weft data download fashion-mnist');
  }));

testWithData(test, 'load: fashion-mnist from the cache', 'fashion-mnist', async (folder) => {
  const { train } = await withCache(join(folder, '..'), () => loadDataset('fashion-mnist'));
  assert.is(train.count, 60000);
});

test.run();

/** Drawn shoes: what is asked for, names, and that pictures are what they should be. */
import * as assert from 'uvu/assert';
import { loadDataset } from '../../../src/data/load.js';
import { designOf } from '../../../src/data/drawn/shoe_design.js';
import { brandName, parseShoes, productName, syntheticShoes } from '../../../src/data/drawn/shoes.js';
import { imageReader } from '../../../src/data/images.js';
import { suite } from '../../support/harness.js';
import { fails } from '../fixtures.js';

const test = suite('shoes');

test('what is asked for', async () => {
  assert.equal(parseShoes('shoes:8192'), { brands: 20, products: 8192 });
  assert.equal(parseShoes('shoes:7'), { brands: 7, products: 7 });
  assert.equal(parseShoes('shoes:20x410'), { brands: 20, products: 8200 });
  for (const other of ['shoes', './shoes:8', 'shoes:', 'shoes:8x', 'shoes:-3'])
    assert.is(parseShoes(other), null, other);
  for (const wrong of ['shoes:0', 'shoes:1', 'shoes:100000', 'shoes:300x300'])
    await fails(() => loadDataset(wrong), 2, /expected 2 to 65536/);
});

test('names say brand and model', () => {
  const counts = { brands: 20, products: 8192 };
  assert.is(productName(0, counts), 'Brand 01 Model 001');
  assert.is(productName(8191, counts), 'Brand 12 Model 410');
  assert.ok(productName(8191, counts).startsWith(`${brandName(8191, counts)} `));
  assert.is(new Set(Array.from({ length: 8192 }, (_, p) => productName(p, counts))).size, 8192);
});

test('brand and kind of every product', async () => {
  const { train, test: held } = await loadDataset('shoes:3x2', { imageSize: 8 });
  const fields = train.classFields ?? [];
  assert.equal(
    fields.map((own) => own['brand']),
    ['Brand 01', 'Brand 02', 'Brand 03', 'Brand 01', 'Brand 02', 'Brand 03'],
  );
  assert.equal(
    fields.map((own) => own['kind']),
    [0, 1, 2, 3, 4, 5].map((p) => designOf(0, p % 3, Math.floor(p / 3)).kind),
  );
  assert.equal(held?.classFields, fields);
  const merged = await loadDataset('shoes:3x2', {
    imageSize: 8,
    classes: { some: train.classes.slice(0, 3), others: train.classes.slice(3) },
  });
  assert.is(merged.train.classFields, undefined, 'classes that are no more have none');
});

test('8 views of every product for training and 2 others for testing; a seed gives the same bytes', async () => {
  const { train, test: held } = await loadDataset('shoes:30');
  assert.equal(
    [train.count, held?.count, train.channels, train.height, train.width, train.classes.length],
    [240, 60, 3, 32, 32, 30],
  );
  for (const [part, views] of [
    [train, 8],
    [held, 2],
  ] as const) {
    const counts = new Array<number>(30).fill(0);
    for (const label of part?.labels ?? []) counts[label]++;
    assert.equal(counts, new Array<number>(30).fill(views));
  }
  const again = syntheticShoes({ brands: 20, products: 30 });
  assert.equal(again.train.images, train.images);
  assert.not.equal(syntheticShoes({ brands: 20, products: 30 }, { seed: 1 }).train.images, train.images);
  const pictures = new Set(
    [train, held].flatMap((d) =>
      Array.from({ length: d?.count ?? 0 }, (_, i) => d && imageReader(d.images, 3072)(i).join()),
    ),
  );
  assert.is(pictures.size, 300, 'no picture twice');
});

test('a product is the same however many there are; --image-size draws larger ones', async () => {
  assert.equal(designOf(0, 3, 5), designOf(0, 3, 5));
  const { train } = await loadDataset('shoes:4', { imageSize: 48 });
  assert.equal([train.height, train.width, train.images.length], [48, 48, 32 * 3 * 48 * 48]);
});

test('a shoe is in every picture: neither empty nor full, on light ground', () => {
  const { train } = syntheticShoes({ brands: 20, products: 200 });
  for (let i = 0; i < train.count; i++) {
    const pixels = train.images.subarray(i * 3072, (i + 1) * 3072);
    let inked = 0;
    for (let p = 0; p < 1024; p++)
      if (
        Math.abs(pixels[p] - pixels[0]) +
          Math.abs(pixels[1024 + p] - pixels[1024]) +
          Math.abs(pixels[2048 + p] - pixels[2048]) >
        60
      )
        inked++;
    assert.ok(inked > 20 && inked < 800, `image ${i} of ${train.classes[train.labels[i]]}: ${inked} pixels`);
    assert.ok(pixels[0] > 200, `image ${i}: the corner is ${pixels[0]}`);
  }
});

test.run();

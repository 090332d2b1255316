/** Similar products for a page: what is said of them, the same search as on the command line, the small pictures. */
import * as assert from 'uvu/assert';
import { decodePng } from '../support/png.js';
import { imagePng } from '../../src/data/pictures/contact_sheet.js';
import { toSquare } from '../../src/data/pictures/picture_form.js';
import { syntheticShoes } from '../../src/data/drawn/shoes.js';
import { encodeSealed, fromFloat32 } from '../../src/nn/state/safetensors.js';
import { buildIndex } from '../../src/retrieval/build_index.js';
import { catalogueOf, describeSimilar, pictureOf } from '../../src/retrieval/catalogue.js';
import { makeFeatures, type FeatureSource } from '../../src/retrieval/feature_source.js';
import type { IndexManifest } from '../../src/retrieval/index_manifest.js';
import { RowPictures } from '../../src/retrieval/row_pictures.js';
import { findSimilar, matchingRows } from '../../src/retrieval/similar.js';
import { SimilarFinder } from '../../src/retrieval/similar_finder.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('similar products for a page');

const MANIFEST: IndexManifest = {
  format: 'weft-index-1',
  source: { kind: 'pixels', channels: 1, imageSize: 2 },
  reading: { data: 'shop.csv', seed: 0 },
  count: 3,
  trainCount: 3,
  width: 4,
  ids: ['/shop/0.jpg', '/shop/1.jpg', '/shop/2.jpg'],
  areFiles: true,
  hashes: ['a', 'b', 'c'],
  perceptual: ['', '', ''],
  labels: ['heel', 'boot', 'heel'],
  label: 'type',
  columns: { name: ['X One', 'Two', 'X Three'], brand: ['X', '', 'X'] },
};
const FOUND = [
  { row: 2, score: 0.9 },
  { row: 0, score: 0.8 },
  { row: 1, score: 0.7 },
];
const catalogueWith = (other: Partial<IndexManifest>): ReturnType<typeof catalogueOf> =>
  catalogueOf({ ...MANIFEST, ...other }, 'pictures/ab/*.webp', '');

test('names, brands and pictures of what was found, and nothing of where the files lie', () => {
  const catalogue = catalogueWith({});
  const { items, recognised, ofBrand } = describeSimilar(catalogue, { class: 'heel', probability: 0.6 }, FOUND);
  assert.equal(items[0], {
    row: 2,
    score: 0.9,
    name: 'X Three',
    brand: 'X',
    label: 'heel',
    picture: 'pictures/ab/2.webp',
  });
  assert.equal(
    [items.map((item) => item.name), recognised, ofBrand],
    [['X Three', 'X One', 'Two'], null, 2],
    'a heel is a kind and no product',
  );
  assert.not.match(JSON.stringify(catalogue), /shop/);
  assert.is(
    describeSimilar(catalogue, { class: 'heel', probability: 0.6 }, FOUND.slice(2)).ofBrand,
    null,
    'the first has no brand',
  );
  assert.equal(describeSimilar(catalogue, { class: 'heel', probability: 0.6 }, []), {
    items: [],
    recognised: null,
    ofBrand: null,
  });
});

for (const [what, index, known] of [
  ['names of products', {}, ['X One', 'X']],
  ['classes that are names', { label: 'name', labels: MANIFEST.columns['name'], columns: {} }, ['X One', '']],
  [
    'drawn shoes',
    { reading: { data: 'shoes:3', seed: 0 }, label: 'class', labels: MANIFEST.columns['name'], columns: {} },
    ['X One', ''],
  ],
  ['kinds only', { label: 'type', labels: MANIFEST.columns['name'], columns: {} }, null],
] as const) {
  test(`a class is a product where the index has ${what}: ${known === null ? 'no' : 'yes'}`, () => {
    const { recognised } = describeSimilar(catalogueWith(index), { class: 'X One', probability: 0.6 }, FOUND);
    assert.equal(recognised, known === null ? null : { name: known[0], brand: known[1], probability: 0.6 });
  });
}

test('an index of drawn pictures: the ten of weft similar, and pictures that are drawn again', async () => {
  const device = await testDevice();
  const data = 'shoes:6';
  const splits = syntheticShoes({ brands: 6, products: 6 });
  const source: FeatureSource = { kind: 'pixels', channels: 3, imageSize: splits.train.width };
  const { contents, rows } = await buildIndex(makeFeatures(device, source), splits);
  const manifest: IndexManifest = { format: 'weft-index-1', source, reading: { data, seed: 0 }, ...contents };
  const missing: string[] = [];
  const pictures = new RowPictures(manifest, 'ab', (why) => missing.push(why));
  const catalogue = catalogueOf(manifest, pictures.pattern, '');
  const features = encodeSealed('weft-index', [['features', fromFloat32(rows, [contents.count, contents.width])]]);
  const finder = new SimilarFinder(device, { catalogue, features, weights: undefined });
  const row = splits.train.count + 2; // a further view, in the second part
  const png = await pictures.get(row);
  assert.equal(
    [png, pictures.rowOf(pictureOf(catalogue, row)), pictures.rowOf(`pictures/ab/${contents.count}.png`), missing],
    [imagePng(splits.test ?? splits.train, 2), row, null, []],
  );
  const square = toSquare(decodePng(png ?? new Uint8Array()), finder.form);
  const vector = rows.slice(row * contents.width, (row + 1) * contents.width);
  for (const hash of [contents.hashes[row], 'another']) {
    const { items, recognised } = await finder.find(
      { file: 'drawn', hash, square },
      { class: contents.labels[row], probability: 1 },
    );
    const index = { path: 'drawn', manifest, rows: rows as Float32Array<ArrayBuffer> };
    const [expected] = await findSimilar(device, index, matchingRows(index, []), [{ vector, hashes: [hash] }], 10);
    assert.equal(
      items.map((item) => item.row),
      expected.map((e) => e.row),
    );
    assert.ok(items.every((item, i) => Math.abs(item.score - expected[i].score) < 1e-6));
    assert.equal([items[0].row === row, recognised?.name], [hash === 'another', contents.labels[row]]);
  }
  const index = { path: 'drawn', manifest, rows: rows as Float32Array<ArrayBuffer> };
  const [brand, label] = [catalogue.brands?.[7] ?? '', contents.labels[7]];
  for (const where of [{ brand }, { brand, label }, { brand: 'nobody' }]) {
    const conditions = [
      { column: 'brand', value: where.brand },
      ...(where.label === undefined ? [] : [{ column: manifest.label, value: label }]),
    ];
    const query = { file: 'drawn', hash: contents.hashes[row], square };
    const { items, ofBrand } = await finder.find(query, { class: label, probability: 1 }, where);
    const among = matchingRows(index, conditions);
    const [expected] = await findSimilar(device, index, among, [{ vector, hashes: [query.hash] }], 10);
    assert.equal([items.map((item) => item.row), ofBrand], [expected.map((e) => e.row), null]);
    assert.is(items.length > 0, where.brand === brand);
  }
  await fails(
    () => new SimilarFinder(device, { catalogue: { ...catalogue, count: 5 }, features, weights: undefined }),
    7,
    /vectors of shape \(60, 3072\), the manifest is of \(5, 3072\)/,
  );
});

test.run();

/** Search against plain loops on the host; queries, filters, and the folder of an index. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { DataError } from '../../src/device/errors.js';
import { sealJson } from '../../src/device/files/integrity.js';
import { encodeSafetensors, fromFloat32 } from '../../src/nn/state/safetensors.js';
import {
  checkIndexFolder,
  columnOf,
  readIndex,
  writeIndex,
  type ImageIndex,
} from '../../src/retrieval/index_folder.js';
import type { IndexManifest } from '../../src/retrieval/index_manifest.js';
import { normalizeRows_, RowSearch, type Found } from '../../src/retrieval/row_search.js';
import { findSimilar, matchingRows, meanQuery, type Query } from '../../src/retrieval/similar.js';
import { fails, inFolder } from '../data/fixtures.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { randomNumbers } from '../../src/cases/draw.js';
import { scoresOf, wholeRows } from './rows.js';

const test = gpuSuite('retrieval');

function unitRows(count: number, width: number, seed: number): Float32Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  const rows = Float32Array.from({ length: count * width }, () => random() - 0.5);
  normalizeRows_(rows, width);
  return rows;
}

function expectFound({ scores, indices, k }: Found, expected: readonly (readonly number[])[], wanted: number): void {
  const kept = Math.min(wanted, expected[0].length);
  assert.is(k, kept);
  for (const [q, all] of expected.entries()) {
    const order = all
      .map((_, n) => n)
      .sort((a, b) => all[b] - all[a] || a - b)
      .slice(0, kept);
    assert.equal([...indices.subarray(q * kept, (q + 1) * kept)], order, `query ${q}`);
    assert.equal(
      [...scores.subarray(q * kept, (q + 1) * kept)],
      order.map((n) => all[n]),
    );
  }
}

test('exact, with ties, whatever the windows: all at once, in windows, streamed from the host', async () => {
  const [width, rows, queries] = [16, wholeRows(700, 16, 1), wholeRows(260, 16, 2)]; // two batches of queries
  const expected = scoresOf(queries, rows, width);
  const search = async (device: Device, residentBytes?: number): Promise<void> => {
    const s = new RowSearch(device, rows, width, residentBytes);
    expectFound(await s.search(queries, 10), expected, 10);
    expectFound(await s.search(queries.subarray(0, width), 200), expected.slice(0, 1), 200);
    assert.equal([...(await s.scores(queries))], expected.flat());
    s.release();
  };
  await search(await testDevice());
  await search(await testDevice(), 0);
  await withDevice({ maxBindingBytes: 65536 }, async (device) => {
    await search(device); // 64 rows a window
    await search(device, 1000);
  });
});

test('fewer rows than k, one row, none', async () => {
  const device = await testDevice();
  for (const count of [3, 1, 0]) {
    const rows = wholeRows(count, 4, 3);
    const s = new RowSearch(device, rows, 4);
    const found = await s.search(wholeRows(2, 4, 5), 10);
    if (count > 0) expectFound(found, scoresOf(wholeRows(2, 4, 5), rows, 4), 10);
    assert.is(found.indices.length, 2 * count);
    s.release();
  }
});

test('a search leaves no memory behind', async () => {
  const device = await testDevice();
  const s = new RowSearch(device, wholeRows(500, 8, 1), 8, 0);
  const live = async (): Promise<number> => {
    await s.search(wholeRows(5, 8, 2), 5);
    return device.statistics().inUse;
  };
  await collectGarbage();
  const first = await live();
  for (let i = 0; i < 3; i++) assert.is(await live(), first);
});

test('rows become of length 1, zeros stay', () => {
  const rows = Float32Array.of(3, 4, 0, 0, -5, 12);
  normalizeRows_(rows, 2);
  assert.equal(rows, Float32Array.of(3 / 5, 4 / 5, 0, 0, -5 / 13, 12 / 13));
});

const MANIFEST: Omit<IndexManifest, 'format'> = {
  source: { kind: 'pixels', channels: 1, imageSize: 2 },
  reading: { data: 'synthetic', seed: 0 },
  count: 5,
  trainCount: 3,
  width: 4,
  ids: ['0', '1', '2', '3', '4'],
  areFiles: false,
  hashes: ['a', 'b', 'c', 'd', 'e'],
  perceptual: new Array<string>(5).fill('0'.repeat(16)),
  labels: ['heel', 'heel', 'boot', 'boot', 'heel'],
  label: 'type',
  columns: { brand: ['X', 'Y', 'X', '', 'Y'] },
};

test('similar: the query itself, filters and brands are left out before the search', async () => {
  const device = await testDevice();
  const rows = unitRows(5, 4, 7);
  const index: ImageIndex = { path: 'i', manifest: { format: 'weft-index-2', ...MANIFEST }, rows };
  const vector = rows.slice(0, 4);
  const [scores] = scoresOf(vector, rows, 4);
  const ranked = (rowsLeft: readonly number[]): number[] => [...rowsLeft].sort((a, b) => scores[b] - scores[a]);
  const find = async (query: Query, filter: Parameters<typeof matchingRows>[1], k: number): Promise<number[]> =>
    (await findSimilar(device, index, matchingRows(index, filter), [query], k))[0].map((s) => s.row);
  assert.equal(await find({ vector, hashes: ['z'] }, [], 9), ranked([0, 1, 2, 3, 4]));
  assert.equal(await find({ vector, hashes: ['a'] }, [], 2), ranked([1, 2, 3, 4]).slice(0, 2));
  assert.equal(await find({ vector, hashes: ['a'] }, [{ column: 'type', value: 'heel' }], 9), ranked([1, 4]));
  assert.equal(
    await find({ vector, hashes: [], without: { column: 'brand', values: ['X'] } }, [], 9),
    ranked([1, 3, 4]),
  );
  assert.equal(
    await find(
      { vector, hashes: [], without: { column: 'brand', values: ['Y'] } },
      [{ column: 'brand', value: 'Y' }],
      9,
    ),
    [],
  );
  assert.throws(
    () => matchingRows(index, [{ column: 'colour', value: 'red' }]),
    (e: unknown) => e instanceof DataError && e.fix === 'it has type, brand',
  );
});

test('of rows with the same value only the nearest is found', async () => {
  const device = await testDevice();
  const rows = unitRows(5, 4, 7);
  const index: ImageIndex = { path: 'i', manifest: { format: 'weft-index-2', ...MANIFEST }, rows };
  const vector = rows.slice(0, 4);
  const [scores] = scoresOf(vector, rows, 4);
  const all = matchingRows(index, []);
  const find = async (query: Query, k: number, column: string): Promise<number[]> =>
    (await findSimilar(device, index, all, [query], k, column))[0].map((s) => s.row);
  const best = (...of: number[]): number => of.sort((a, b) => scores[b] - scores[a])[0];
  const [heel, boot] = [best(1, 4), best(2, 3)]; // row 0 is the query
  assert.equal(
    await find({ vector, hashes: ['a'] }, 9, 'type'),
    [heel, boot].sort((a, b) => scores[b] - scores[a]),
  );
  assert.equal(await find({ vector, hashes: ['a'] }, 1, 'type'), [best(heel, boot)]);
  const without = { column: 'brand', values: ['X'] };
  assert.equal((await find({ vector, hashes: ['a'], without }, 9, 'type')).sort(), [best(1, 4), 3].sort());
  try {
    await find({ vector, hashes: [] }, 1, 'colour');
    assert.unreachable('there is no column colour');
  } catch (error) {
    assert.ok(error instanceof DataError, String(error));
  }
});

test('more copies of the query than a search keeps', async () => {
  const device = await testDevice();
  const count = 300;
  const rows = unitRows(count, 4, 8);
  const hashes = Array.from({ length: count }, (_, n) => (n < 290 ? 'copy' : String(n)));
  const index: ImageIndex = { path: 'i', manifest: { format: 'weft-index-2', ...MANIFEST, count, hashes }, rows };
  const [found] = await findSimilar(
    device,
    index,
    Uint32Array.from({ length: count }, (_, n) => n),
    [{ vector: rows.slice(0, 4), hashes: ['copy'] }],
    12,
  );
  assert.equal(
    found.map((s) => s.row).sort((a, b) => a - b),
    [290, 291, 292, 293, 294, 295, 296, 297, 298, 299],
  );
});

test('several pictures of a product: the mean direction, and none of them is found', () => {
  const mean = meanQuery([
    { vector: Float32Array.of(1, 0), hashes: ['a'], without: { column: 'brand', values: ['X'] } },
    { vector: Float32Array.of(0, 1), hashes: ['b'], without: { column: 'brand', values: ['Y'] } },
  ]);
  assert.ok(mean.vector.every((v) => Math.abs(v - Math.SQRT1_2) < 1e-7));
  assert.equal([mean.hashes, mean.without], [['a', 'b'], { column: 'brand', values: ['X', 'Y'] }]);
});

test('the folder: written and read, replaced only by force, damage is named', () =>
  inFolder(async (folder) => {
    const path = `${folder}/index`;
    const rows = unitRows(5, 4, 7);
    await checkIndexFolder(path, false);
    await writeIndex(path, MANIFEST, rows);
    const index = await readIndex(path);
    assert.equal([index.manifest, index.rows], [{ format: 'weft-index-2', madeIn: process.cwd(), ...MANIFEST }, rows]);
    assert.equal([columnOf(index, 'type'), columnOf(index, 'brand')], [MANIFEST.labels, MANIFEST.columns['brand']]);
    await fails(() => checkIndexFolder(path, false), 2, /holds an index already/);
    await checkIndexFolder(path, true);
    const file = `${path}/manifest.json`;
    const good = readFileSync(file, 'utf8');
    /** Another text, with the digest that belongs to it. */
    const changed = (from: string | RegExp, to: string): string =>
      sealJson(`${good.slice(0, good.indexOf(',"weft_sha256"'))}}`.replace(from, to));
    assert.is(changed('', ''), good);
    for (const [bad, message] of [
      ['{', /manifest\.json: it is not JSON/],
      ['null', /it is null, not an object/],
      ['[]', /not an object/],
      ['{"a":1}', /manifest\.json: source is missing/],
      [changed('"count":5', '"count":4'), /is no list of 4 texts/],
      [changed('"width":4', '"width":3'), /vectors of shape \(5, 4\), the manifest is of \(5, 3\)/],
      [changed('"X","Y"', '"X",3'), /columns is/],
      [changed('pixels', 'magic'), /source is/],
      [changed('"trainCount":3', '"trainCount":9'), /trainCount 9 is more than count 5/],
      [changed('"ids":["0"', '"ids":[7'), /ids is/],
      [changed('"areFiles":false', '"areFiles":1'), /areFiles is 1/],
      [changed('"reading":{"data":"synthetic"', '"reading":{"data":null'), /reading is/],
      [changed('weft-index-2', 'weft-index-3'), /no known version \(format "weft-index-3", expected weft-index-2\)/],
      [good.replace('heel', 'heal'), /manifest\.json is damaged/],
    ] as const) {
      assert.is.not(bad, good);
      writeFileSync(file, bad);
      const error = await fails(() => readIndex(path), 7, message);
      assert.match(error.fix ?? '', /weft index/);
    }
    writeFileSync(file, good);
    const vectors = readFileSync(`${path}/features.safetensors`);
    vectors[vectors.length - 1] ^= 1;
    writeFileSync(`${path}/features.safetensors`, vectors);
    await fails(() => readIndex(path), 7, /features\.safetensors is damaged/);
    await fails(() => writeIndex(path, MANIFEST, rows.with(3, Number.NaN)), 6, /not finite: features \(1 NaN of 20\)/);
    writeFileSync(
      `${path}/features.safetensors`,
      encodeSafetensors([['features', fromFloat32(rows.with(3, Infinity), [5, 4])]], { format: 'weft-index-1' }),
    );
    await fails(() => readIndex(path), 7, /not finite: features \(1 infinite of 20\)/);
    await fails(() => readIndex(folder), 3, /holds no index/);
  }));

test.run();

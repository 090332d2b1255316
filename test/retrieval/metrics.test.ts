/** Measures of a search: by hand, and against whole rankings that are sorted. */
import * as assert from 'uvu/assert';
import { randomNumbers } from '../../src/cases/draw.js';
import { measureRetrieval } from '../../src/retrieval/retrieval_metrics.js';
import { RowSearch } from '../../src/retrieval/row_search.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { scoresOf, wholeRows } from './rows.js';

const test = gpuSuite('retrieval measures');

/** Points on a circle at so many degrees. */
function circle(...degrees: readonly number[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(degrees.flatMap((d) => [Math.cos((d * Math.PI) / 180), Math.sin((d * Math.PI) / 180)]));
}

test('recall and mAP by hand', async () => {
  // Angles on a circle: 0 a, 10 b, 25 a, 26 a (the file of 25 again), 90 c, 91 b.
  const rows = circle(0, 10, 25, 26, 90, 91);
  const labels = ['a', 'b', 'a', 'a', 'c', 'b'];
  const hashes = ['0', '1', '2', '2', '4', '5'];
  // the last two differ in one bit
  const perceptual = Uint32Array.of(0, 0, 0xffff, 0, 0xff0000, 0, 0xff0000, 0, 0, 0xffff, 0, 0xfffe);
  const search = new RowSearch(await testDevice(), rows, 2);
  const all = Uint32Array.of(0, 1, 2, 3, 4, 5);
  const report = await measureRetrieval(search, { rows, labels, hashes, perceptual, brands: null }, all, null);
  // 0: b a a c b, first right at 1, AP (1/2 + 2/3) / 2. 1: a a a c b: at 4, AP 1/5. 2 (without 3): b a c b: at 1, AP
  // 1/2. 3: the same. 4: no other c. 5: c a a b a: at 3, AP 1/4.
  assert.equal([report.queries, report.alone, report.copiesLeftOut], [5, 1, 2]);
  assert.equal(report.recall, { 1: 0, 5: 1, 10: 1 });
  assert.ok(
    Math.abs((report.meanAveragePrecision ?? NaN) - ((1 / 2 + 2 / 3) / 2 + 1 / 5 + 1 / 2 + 1 / 2 + 1 / 4) / 5) < 1e-12,
  );
  assert.ok(Math.abs((report.chance ?? NaN) - (2 / 5 + 1 / 5 + 1 / 4 + 1 / 4 + 1 / 5) / 5) < 1e-12);
  assert.equal(
    report.perLabel.map((own) => [own.label, own.queries]),
    [
      ['a', 3],
      ['b', 2],
    ],
  );
  const near = await measureRetrieval(search, { rows, labels, hashes, perceptual, brands: null }, Uint32Array.of(5), 1);
  assert.equal([near.copiesLeftOut, near.meanAveragePrecision], [1, 1 / 3], 'c is left out: a a b a');
  const alone = await measureRetrieval(
    search,
    { rows, labels, hashes, perceptual, brands: null },
    Uint32Array.of(4),
    null,
  );
  assert.equal(
    [alone.queries, alone.meanAveragePrecision, alone.recall[1], alone.chance],
    [0, null, null, null],
    'nothing was asked',
  );
});

test('among other brands: recall and mAP by hand', async () => {
  // 5 is the picture of 4 again, sold under another name; 7 has no brand.
  const rows = circle(0, 10, 20, 40, 60, 60, 90, 120);
  const labels = ['a', 'a', 'b', 'a', 'b', 'b', 'c', 'b'];
  const brands = ['X', 'X', 'Y', 'Y', 'X', 'Z', 'X', ''];
  const hashes = ['0', '1', '2', '3', '4', '4', '6', '7'];
  const search = new RowSearch(await testDevice(), rows, 2);
  const data = { rows, labels, hashes, perceptual: new Uint32Array(16), brands };
  const report = await measureRetrieval(search, data, Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7), null);
  // 0 (X): 2b 3a 5b 7b: first right at 1, AP 1/2. 1 (X): the same. 2 (Y): 1a 0a 4b 5b 6c 7b: at 2, AP (1/3 + 2/4 + 3/6)
  // / 3. 3 (Y): 4b 5b 1a 0a 6c 7b: at 2, AP (1/3 + 2/4) / 2. 4, and 5: their file's brands are X and Z: 3a 2b 7b: at
  // 1, AP (1/2 + 2/3) / 2. 6 (X): no c of another brand. 7: its brand is not known.
  assert.equal([report.queries, report.alone, report.withoutBrand, report.copiesLeftOut], [6, 1, 1, 2]);
  assert.equal(report.recall, { 1: 0, 5: 1, 10: 1 });
  const [two, three, both] = [(1 / 3 + 2 / 4 + 3 / 6) / 3, (1 / 3 + 2 / 4) / 2, (1 / 2 + 2 / 3) / 2];
  assert.ok(Math.abs((report.meanAveragePrecision ?? NaN) - (1 / 2 + 1 / 2 + two + three + both + both) / 6) < 1e-12);
  assert.ok(Math.abs((report.chance ?? NaN) - (1 / 4 + 1 / 4 + 3 / 6 + 2 / 6 + 2 / 3 + 2 / 3) / 6) < 1e-12);
  const one = { ...data, brands: new Array<string>(8).fill('X') };
  const alone = await measureRetrieval(search, one, Uint32Array.of(0, 2), null);
  assert.equal([alone.queries, alone.alone, alone.recall[1]], [0, 2, null], 'no row is of another brand');
});

test('measures are those of the whole ranking, sorted, with many equal scores', async () => {
  const [count, width] = [300, 3];
  const rows = wholeRows(count, width, 11);
  const random = randomNumbers(12);
  const pick = (names: string): string[] =>
    Array.from({ length: count }, () => names[Math.floor(random() * names.length)]);
  const [labels, brands] = [pick('abcde'), pick('XYZ')];
  const hashes = Array.from({ length: count }, (_, n) => String(n - (n % 50 === 1 ? 1 : 0)));
  const all = Uint32Array.from({ length: count }, (_, n) => n);
  const search = new RowSearch(await testDevice(), rows, width);
  const report = await measureRetrieval(
    search,
    { rows, labels, hashes, perceptual: new Uint32Array(2 * count), brands },
    all,
    null,
  );
  const scores = scoresOf(rows, rows, width);
  const precision: number[] = [];
  const first: number[] = [];
  for (const q of all) {
    const avoided = brands.filter((_, n) => hashes[n] === hashes[q]);
    const order = [...all]
      .filter((n) => hashes[n] !== hashes[q] && !avoided.includes(brands[n]))
      .sort((a, b) => scores[q][b] - scores[q][a] || a - b);
    const ranks = [...order.keys()].filter((rank) => labels[order[rank]] === labels[q]);
    first.push(ranks[0]);
    precision.push(ranks.reduce((sum, rank, i) => sum + (i + 1) / (rank + 1), 0) / ranks.length);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / count;
  assert.is(report.meanAveragePrecision, mean(precision));
  for (const k of [1, 5, 10] as const) assert.is(report.recall[k], mean(first.map((rank) => (rank < k ? 1 : 0))));
});

test.run();

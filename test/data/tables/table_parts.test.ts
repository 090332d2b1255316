/** Parts of a table of pictures: drawn, by groups, by a column, and without copies of a picture in two of them. */
import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import * as assert from 'uvu/assert';
import { trainingSplit } from '../../../src/data/sampler.js';
import { suite, testWithData } from '../../support/harness.js';
import { bytesOf, fails } from '../fixtures.js';
import { inCache, plain, spread } from '../picture_files.js';
import { counts, pictures, read, shown } from './read_table.js';

const test = suite('parts of a labelled CSV');

/** 40 pictures, three quarters of class a. */
const TABLE = [
  'file,use,shop',
  ...Array.from({ length: 40 }, (_, i) => `${i}.png,${i % 4 === 3 ? 'b' : 'a'},shop ${Math.floor(i / 4)}`),
];

test('a drawn test part has its share of each class; neither the seed nor the order of the rows changes it', () =>
  inCache(async (data) => {
    await pictures(data, 42);
    const [first, seeded, turned] = [
      await read(data, TABLE, { label: 'use' }),
      await read(data, TABLE, { label: 'use', seed: 9 }),
      await read(data, [TABLE[0], ...TABLE.slice(1).reverse()], { label: 'use' }),
    ];
    assert.equal(counts(first), { train: [24, 8], test: [6, 2] });
    assert.equal(shown(first.test), shown(seeded.test));
    assert.equal(shown(first.test).sort(), shown(turned.test).sort());
    assert.equal(counts(await read(data, TABLE, { label: 'use', testSplit: 0.5 })), { train: [15, 5], test: [15, 5] });
    assert.equal(
      counts(await read(data, [...TABLE, '40.png,rare,x', '41.png,rare,y'], { label: 'use', testSplit: 0.9 })),
      { train: [3, 1, 1], test: [27, 9, 1] },
      'each class keeps a training picture',
    );
    const more = await read(data, [...TABLE, '40.png,a,x'], { label: 'use' });
    assert.ok(shown(more.test).filter((p) => !shown(first.test).includes(p)).length <= 1, 'another picture moves few');
  }));

test('rows of a group stay in one part: of testing, and of validation', () =>
  inCache(async (data) => {
    await pictures(data, 40);
    const splits = await read(data, TABLE, { label: 'use', group: 'shop' });
    const shopsOf = (colours: readonly number[]): number[] => [...new Set(colours.map((c) => Math.floor(c / 4)))];
    const [train, tested] = [shopsOf(shown(splits.train)), shopsOf(shown(splits.test))];
    assert.equal([train.length + tested.length, tested.length], [10, 2]);
    const parts = [0, 1].map((seed) => trainingSplit(splits.train, 0.25, seed));
    for (const { train: own, validation } of parts) {
      const [a, b] = [own, validation].map((part) => shopsOf([...part].map((n) => bytesOf(splits.train)[192 * n])));
      assert.equal([a.length + b.length, b.length, own.length + validation.length], [8, 2, 32]);
    }
    assert.not.equal(parts[0], parts[1]);
    const merged = await read(data, TABLE, { label: 'use', group: 'shop', classes: { c: ['a'] } });
    assert.equal([merged.train.count, merged.train.groups?.length], [24, 24]);
  }));

test('a column called split says the parts', () =>
  inCache(async (data) => {
    await pictures(data, 6);
    const parts = ['Train', 'test', 'val', 'train', 'testing', ''];
    const table = (names: readonly string[]): string[] => [
      'file,use,split',
      ...names.map((part, i) => `${i}.png,a,${part}`),
    ];
    const { train, test: tested, notes } = await read(data, table(parts), { label: 'use', testSplit: 0.5 });
    assert.equal([shown(train), train.validationStart, shown(tested)], [[0, 3, 2], 2, [1, 4]]);
    assert.equal(notes?.map(String), [
      'left out 1 row without a value of split',
      `testSplit is not used: ${data}/table.csv has parts of its own`,
    ]);
    const folds = await read(data, table(['1', '2', '3', '1', '2', '3']), { label: 'use' });
    assert.equal(
      [folds.train.count, folds.test?.count, folds.notes],
      [5, 1, ['the column split is not used: "1" is none of train, validation and test']],
    );
  }));

test('identical files: left out, counted, and named where their labels differ; kept, they stay in one part', () =>
  inCache(async (data) => {
    await pictures(data, 20);
    const same = await plain(9, 8, [77, 1, 2]).png().toBuffer();
    spread(data, { 'images/x.png': same, 'images/y.png': same, 'images/z.png': same });
    const lines = [
      'file,use',
      ...Array.from({ length: 20 }, (_, i) => `${i}.png,${i % 2 === 0 ? 'a' : 'b'}`),
      'x.png,a',
      'y.png,a',
      'z.png,b',
    ];
    const { train, test: tested, notes, pictures: report } = await read(data, lines, { label: 'use' });
    assert.is([...shown(train), ...shown(tested)].filter((c) => c === 77).length, 1);
    assert.equal(notes?.[0], 'left out 2 byte-identical copies of other pictures');
    assert.match(
      String(notes?.[1]),
      /^identical pictures with different labels: .*x\.png \(a\) = .*y\.png \(a\) = .*z\.png \(b\)$/,
    );
    assert.equal([report?.duplicates.length, report?.keepsDuplicates], [1, false]);
    for (const testSplit of [0.2, 0.5, 0.8]) {
      const kept = await read(data, lines, { label: 'use', testSplit, keepDuplicates: true });
      const times = [kept.train, kept.test].map((part) => shown(part).filter((c) => c === 77).length);
      assert.equal(times.sort(), [0, 3], `--test-split ${testSplit}`);
      assert.equal(kept.notes?.[0], 'kept 2 byte-identical copies of other pictures');
    }
  }));

testWithData(test, 'the first 1,500 of the real products by usage', 'products/products.csv', (file) =>
  inCache(async (data) => {
    const [header, ...rows] = readFileSync(file, 'utf8').split('\n').slice(0, 1501);
    const path = relative(data, dirname(file));
    const lines = [header, ...rows.map((row) => `${path}/${row}`)];
    await fails(() => read(data, lines, { label: 'usage' }), 3, /table\.csv:2: .* leads out of/);
    const splits = await read(data, lines, { label: 'usage', imageRoot: dirname(file) });
    assert.equal(splits.train.classes, ['Casual', 'Ethnic', 'Formal', 'Smart Casual', 'Sports']);
    assert.equal(counts(splits), { train: [554, 210, 250, 2, 170], test: [138, 52, 62, 0, 43] });
    assert.is(splits.notes?.[0], 'left out 19 byte-identical copies of other pictures');
    assert.match(
      String(splits.notes?.[1]),
      /^identical pictures with different labels: \S+12345\.jpg \(Ethnic\) = \S+12346\.jpg \(Formal\)$/,
    );
  }),
);

test.run();

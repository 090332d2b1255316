/** Tables of pictures: fields, columns, rows that are left out, and the parts that they are in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import * as assert from 'uvu/assert';
import { countParts } from '../../src/data/count_parts.js';
import { parseCsv } from '../../src/data/tables/csv_fields.js';
import type { DatasetSplits } from '../../src/data/dataset.js';
import { loadDataset, type LoadOptions } from '../../src/data/load.js';
import { trainingSplit } from '../../src/data/sampler.js';
import { suite, testWithData } from '../support/harness.js';
import { fails, inFolder } from './fixtures.js';
import { inCache, plain, spread } from './picture_files.js';

const test = suite('labelled CSV');

test('fields: quotes, commas, line breaks, line ends, empty ones', () => {
  const rows = parseCsv('a,b,c\r\n"x, y","he said ""no""","two\nlines"\r\n\r\n,,\n1,23,4"5\n"",last,', 'f.csv');
  assert.equal(rows, [
    { line: 1, fields: ['a', 'b', 'c'] },
    { line: 2, fields: ['x, y', 'he said "no"', 'two\nlines'] },
    { line: 5, fields: ['', '', ''] },
    { line: 6, fields: ['1', '23', '4"5'] },
    { line: 7, fields: ['', 'last', ''] },
  ]);
  assert.equal([parseCsv('', 'f'), parseCsv('\n\n', 'f')], [[], []]);
});

test('a quote that is never closed is named', () =>
  fails(() => parseCsv('a,b\n1,"2\n3,4\n', 'f.csv'), 3, /^f\.csv:2: a quote that is never closed/).then(() => {}));

/** Pictures 0.png … (n - 1).png below `images`, each of its own colour. */
async function pictures(folder: string, n: number): Promise<void> {
  for (let i = 0; i < n; i++)
    spread(folder, { [`images/${i}.png`]: await plain(9, 8, [i, 100, 200]).png().toBuffer() });
}

/** Reads a table of these lines; squares of 8. */
async function read(data: string, lines: readonly string[], options: LoadOptions = {}): Promise<DatasetSplits> {
  writeFileSync(`${data}/table.csv`, lines.join('\n'));
  return loadDataset(`${data}/table.csv`, { imageSize: 8, ...options });
}

/** Which pictures a part has: their colours. */
function shown(part: DatasetSplits['test']): number[] {
  return Array.from({ length: part?.count ?? 0 }, (_, n) => part?.images[192 * n] ?? -1);
}

const counts = (splits: DatasetSplits): Record<string, readonly number[]> =>
  Object.fromEntries(countParts(splits).map((p) => [p.part, p.counts]));

test(
  'classes are the sorted values of the column; files lie beside the table or below images, with or without an ' +
    'ending',
  () =>
    inCache(async (data) => {
      await pictures(data, 4);
      spread(data, { 'own/x.jpg': await plain(8, 8, [90, 0, 0]).jpeg({ quality: 100 }).toBuffer() });
      const lines = [
        '\ufeffid,File,"kind, of",colour',
        '7,images/0.png,tops,red',
        '8,1.png,"hats, large",red',
        '9,2,tops,red',
        '4,own/x.jpg,tops,blue',
        '5,3.png,"hats, large",',
      ];
      const splits = await read(data, lines, { label: 'kind, of', testSplit: 0 });
      assert.equal(
        [splits.train.classes, [...splits.train.labels], splits.test, splits.labelColumn],
        [['hats, large', 'tops'], [1, 0, 1, 1, 0], null, 'kind, of'],
      );
      const colours = shown(splits.train);
      assert.equal([colours[0], colours[1], colours[2], colours[4]], [0, 1, 2, 3]);
      assert.ok(Math.abs(colours[3] - 90) < 4);
      assert.equal(splits.notes, []);
      assert.equal((await read(data, lines, { label: 'COLOUR', testSplit: 0 })).notes, [
        'left out 1 row without a value of colour',
      ]);
      assert.equal(
        (await read(data, ['id,label', ...[0, 1, 2].map((i) => `${i},x`)], { imageColumn: 'id', testSplit: 0 })).train
          .count,
        3,
      );
    }),
);

test('rows that name no picture or no class, or have other fields, are left out and counted', () =>
  inCache(async (data) => {
    await pictures(data, 3);
    const {
      train,
      notes,
      pictures: report,
    } = await read(data, ['file,use', '0.png,a', '1.png, ', ',a', '2.png,b,c', 'none.png,a', '1.png,b', 'images,a'], {
      label: 'use',
      testSplit: 0,
    });
    assert.equal([train.count, train.classes, [...train.labels]], [2, ['a', 'b'], [0, 1]]);
    assert.equal(notes?.slice(0, 3), [
      'left out 1 row of other than 2 fields: line 5',
      'left out 1 row without a file',
      'left out 1 row without a value of use',
    ]);
    assert.match(
      String(notes?.[3]),
      /^left out 2 of 4 pictures that cannot be read: .*none\.png is missing; .*images is a folder$/,
    );
    assert.equal(
      [report?.listed, report?.files.length, report?.unreadable.map((u) => u.reason)],
      [4, 2, ['is missing', 'is a folder']],
    );
  }));

test('a class without a picture is refused, unless it is left out', () =>
  inCache(async (data) => {
    await pictures(data, 3);
    const lines = ['file,use', '0.png,a', '1.png,b', 'none.png,c'];
    await fails(
      () => read(data, lines, { label: 'use' }),
      3,
      /class c has no training picture that can be read; left out 1 of 3/,
    );
    assert.equal((await read(data, lines, { label: 'use', classes: { both: ['a', 'b'] } })).train.classes, ['both']);
  }));

const refused: readonly [
  name: string,
  lines: readonly string[],
  options: LoadOptions,
  code: number,
  says: RegExp,
  fix: RegExp,
][] = [
  [
    'no such label column',
    ['file,use', '0.png,a'],
    { label: 'usage' },
    3,
    /table\.csv: has no column "usage"/,
    /file, use/,
  ],
  [
    'no label column named',
    ['file,use', '0.png,a'],
    {},
    2,
    /which column has the classes/,
    /label with one of file, use/,
  ],
  [
    'no image column',
    ['id,use', '0,a'],
    { label: 'use' },
    3,
    /a table of 2 columns, separated by "," \(id, use\); the first row is "0", "a": no column names pictures/,
    /imageColumn with one of id, use/,
  ],
  [
    'no such image column',
    ['id,use', '0.png,a'],
    { label: 'use', imageColumn: 'pic' },
    3,
    /has no column "pic"/,
    /id, use/,
  ],
  [
    'no such group column',
    ['file,use', '0.png,a'],
    { label: 'use', group: 'shop' },
    3,
    /has no column "shop"/,
    /file, use/,
  ],
  ['only a header', ['file,use'], { label: 'use' }, 3, /no rows that name a picture and its use/, /./],
  [
    'only rows that are left out',
    ['file,use', '0.png,'],
    { label: 'use' },
    3,
    /no rows .*; left out 1 row without a value of use/,
    /./,
  ],
];
for (const [name, lines, options, code, says, fix] of refused) {
  test(`refused: ${name}`, () =>
    inFolder(async (data) => assert.match((await fails(() => read(data, lines, options), code, says)).fix ?? '', fix)));
}

test('a CSV of pixels is told by its header', () =>
  inFolder(async (data) => {
    assert.equal((await read(data, ['label,p1,p2,p3,p4', '1,0,10,20,30'], { imageSize: undefined })).train.height, 2);
    assert.equal((await read(data, ['1,0,10,20,30'], { imageSize: undefined })).train.height, 2);
  }));

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
      const [a, b] = [own, validation].map((part) => shopsOf([...part].map((n) => splits.train.images[192 * n])));
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

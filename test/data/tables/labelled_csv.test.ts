/** Tables of pictures: fields, columns, rows that are left out or refused. */
import * as assert from 'uvu/assert';
import { parseCsv } from '../../../src/data/tables/csv_fields.js';
import type { LoadOptions } from '../../../src/data/load.js';
import { suite } from '../../support/harness.js';
import { fails, inFolder } from '../fixtures.js';
import { inCache, plain, spread } from '../picture_files.js';
import { pictures, read, shown } from './read_table.js';

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

test.run();

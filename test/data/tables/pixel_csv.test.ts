import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { readIdx } from '../../../src/data/files/idx.js';
import { loadDataset } from '../../../src/data/load.js';
import {
  type LabelColumn,
  parsePixelCsv,
  readPixelTable,
  type PixelTableOptions,
} from '../../../src/data/tables/pixel_csv.js';
import { suite, testWithData } from '../../support/harness.js';
import { bytesOf, fails, fill, inFolder } from '../fixtures.js';

const test = suite('pixel_csv');

function parse(text: string, labelColumn: LabelColumn = 'auto') {
  return parsePixelCsv(new TextEncoder().encode(text), 'file.csv', { labelColumn }).train;
}

/** Three 2x2 images, labels 1, 0, 2. */
const ROWS = ['1,0,10,20,30', '0,0,255,0,7', '2,0,1,2,3'];
const PIXELS = [0, 10, 20, 30, 0, 255, 0, 7, 0, 1, 2, 3];
const HEADER = 'label,pixel1,pixel2,pixel3,pixel4';

function last(rows: readonly string[]): string[] {
  return rows.map((row) => [...row.split(',').slice(1), row.split(',')[0]].join(','));
}

const forms: [name: string, text: string][] = [
  ['a header', [HEADER, ...ROWS].join('\n')],
  ['no header', `${ROWS.join('\n')}\n`],
  ['CRLF', `${[HEADER, ...ROWS].join('\r\n')}\r\n`],
  ['CRLF without a header, no end of line at the end', ROWS.join('\r\n')],
  ['blank lines at the end', `${ROWS.join('\n')}\n\n\r\n`],
  ['a byte order mark', `\ufeff${[HEADER, ...ROWS].join('\n')}`],
  ['label last by header', [last([HEADER])[0], ...last(ROWS)].join('\n')],
  ['class last, upper case, CRLF', ['1x1,1x2,2x1,2x2,CLASS', ...last(ROWS)].join('\r\n').replace('1x1', 'a')],
  ['label last, no header: the first column is all 0', last(ROWS).join('\n')],
];
for (const [name, text] of forms) {
  test(name, () => {
    const set = parse(text);
    assert.equal(Array.from(set.labels), [1, 0, 2]);
    assert.equal(Array.from(set.images), PIXELS);
    assert.equal([set.count, set.channels, set.height, set.width, set.classes], [3, 1, 2, 2, ['0', '1', '2']]);
  });
}

test('labelColumn decides against the header', () => {
  const set = parse([HEADER, '1,0,10,20,3', '0,0,255,0,7'].join('\n'), 'last');
  assert.equal(
    [set.classes, Array.from(set.labels)],
    [
      ['3', '7'],
      [0, 1],
    ],
  );
  assert.equal(Array.from(set.images), [1, 0, 10, 20, 0, 0, 255, 0]);
});

test('one row, no header: the label is first', () => assert.equal(parse('9,0,0,0,0').classes, ['9']));

test('1,000 rows of label last: a corner that is seldom bright is no label', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => `${i % 100 === 0 ? 3 : 0},0,10,20,${i % 10}`);
  assert.equal(Array.from(parse(rows.join('\n')).labels.subarray(0, 3)), [0, 1, 2]);
});

test('more than ten classes, labels over 255', () => {
  const rows = Array.from({ length: 600 }, (_, i) => `${i >> 1},0,0,0,0`);
  const set = parse(rows.join('\n'));
  assert.is(set.labels[599], 299);
  assert.is(set.classes[299], '299');
});

/** Other forms of the same three images: what is read besides them is said. */
const spelled: [name: string, text: string, options?: PixelTableOptions][] = [
  ['quoted header', ['"label","pixel1","pixel2","pixel3","pixel4"', ...ROWS].join('\n')],
  [
    'all quoted',
    [HEADER, ...ROWS]
      .map((row) =>
        row
          .split(',')
          .map((f) => `"${f}"`)
          .join(','),
      )
      .join('\n'),
  ],
  [
    'floating-point',
    [
      HEADER,
      ...ROWS.map((row) =>
        row
          .split(',')
          .map((f) => `${f}.0`)
          .join(','),
      ),
    ].join('\n'),
  ],
  ['blanks after commas', [HEADER, ...ROWS].join('\n').replaceAll(',', ', ')],
  ['semicolons', [HEADER, ...ROWS].join('\n').replaceAll(',', ';')],
  ['tabs', [HEADER, ...ROWS].join('\r\n').replaceAll(',', '\t')],
  ['the separator said', `sep=;\n${[HEADER, ...ROWS].join('\n').replaceAll(',', ';')}`],
  ['lines that end with CR', [HEADER, ...ROWS].join('\r')],
  ["pandas' index", [`,${HEADER}`, ...ROWS.map((row, i) => `${i},${row}`)].join('\n')],
  ['an index without a header', ROWS.map((row, i) => `${i},${row}`).join('\n')],
  [
    'an identifier before the label',
    [`Image_ID,${HEADER}`, ...ROWS.map((row, i) => `${900 - 7 * i},${row}`)].join('\n'),
  ],
  [
    'the label in the middle',
    ['pixel1,pixel2,class,pixel3,pixel4', '0,10,1,20,30', '0,255,0,0,7', '0,1,2,2,3'].join('\n'),
  ],
  ['the label asked for by name', ['kind,pixel1,pixel2,pixel3,pixel4', ...ROWS].join('\n'), { label: 'KIND' }],
  ['the label asked for by number', last(ROWS).join('\n'), { label: '5' }],
];
for (const [name, text, options] of spelled) {
  test(name, () => {
    const { train } = parsePixelCsv(new TextEncoder().encode(text), 'file.csv', options);
    assert.equal(
      [Array.from(train.labels), Array.from(train.images), train.classes],
      [[1, 0, 2], PIXELS, ['0', '1', '2']],
    );
  });
}

test('UTF-16 and other encodings are the same table', () => {
  const text = 'label,p1,p2,p3,p4\ncafé,1,2,3,4\ncafè,5,6,7,8';
  const wide = new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));
  const latin = new Uint8Array(Buffer.from(text, 'latin1'));
  for (const [bytes, encoding] of [
    [wide, undefined],
    [latin, 'windows-1252'],
    [new TextEncoder().encode(text.normalize('NFD')), undefined],
  ] as const) {
    assert.equal(parsePixelCsv(bytes, 'f.csv', encoding === undefined ? {} : { encoding }).train.classes, [
      'cafè',
      'café',
    ]);
  }
  return fails(() => parsePixelCsv(latin, 'f.csv'), 3, /^f\.csv:2: byte 4 of the line \(0xe9\) is no UTF-8/).then(
    () => {},
  );
});

test('labels that are not 0 to k - 1: the distinct values are the classes, by value, and this is said', () => {
  const classesOf = (labels: readonly string[]) => {
    const { train, notes } = parsePixelCsv(
      new TextEncoder().encode(
        [HEADER, ...labels.flatMap((label) => [`${label},1,2,3,4`, `${label},0,0,0,0`])].join('\n'),
      ),
      'f.csv',
    );
    return [train.classes, [...new Set(train.labels)], notes];
  };
  const letters = Array.from({ length: 26 }, (_, i) => String(i + 1));
  assert.equal(classesOf(letters), [
    letters,
    letters.map((_, i) => i),
    [`the labels are 26 classes, in this order: ${letters.join(', ')}`],
  ]);
  assert.equal(classesOf(['10', '9', '2'])[0], ['2', '9', '10']);
  assert.equal(classesOf(['0', '1']), [['0', '1'], [0, 1], []]);
  assert.equal(classesOf(['ja', 'nein'])[0], ['ja', 'nein']);
});

test('a table without labels is read where none are needed, and named where they are', async () => {
  const text = 'id,pixel1,pixel2,pixel3,pixel4\n7,1,2,3,4\n9,5,6,7,8';
  const table = readPixelTable(new TextEncoder().encode(text), 'f.csv');
  assert.equal([table.labels, Array.from(table.images), table.side], [null, [1, 2, 3, 4, 5, 6, 7, 8], 2]);
  await fails(() => parse(text), 3, /^f?i?l?e?f?\.csv: has no column of labels: 4 pixels a row and id/);
});

test('train and test in one folder are read as a pair, with one mapping of labels', () =>
  inFolder(async (folder) => {
    fill(folder, {
      'digits_train.csv': `${HEADER}\n3,1,2,3,4\n7,0,0,0,0\n5,9,9,9,9`,
      'digits_test.csv': `${HEADER}\n7,1,1,1,1`,
    });
    const { train, test: tested } = await loadDataset(folder);
    assert.equal(
      [train.classes, [...train.labels], [...(tested?.labels ?? [])], [...(tested === null ? [] : bytesOf(tested))]],
      [['3', '5', '7'], [0, 2, 1], [2], [1, 1, 1, 1]],
    );
    fill(folder, { 'digits_test.csv': 'pixel1,pixel2,pixel3,pixel4\n1,1,1,1' });
    const alone = await loadDataset(folder);
    assert.is(alone.test, null);
    assert.match(String(alone.notes?.at(-1)), /digits_test\.csv is not used: it has no column of labels/);
    fill(folder, { 'digits_test.csv': `${HEADER}\n8,1,1,1,1` });
    await fails(() => loadDataset(folder), 3, /class 8 has no training image/);
    fill(folder, { 'more_train.csv': 'x' });
    await fails(() => loadDataset(folder), 3, /digits_train\.csv and more_train\.csv could both be the train part/);
  }));

test('what is no table of either kind is described', () =>
  inFolder(async (folder) => {
    fill(folder, { 'a.csv': 'colour;size\nred;large\nblue;small\n', 'long.csv': '0,'.repeat(2 ** 22 + 9) });
    await fails(
      () => loadDataset(join(folder, 'a.csv')),
      3,
      /a table of 2 columns, separated by ";" \(colour, size\); the first row is "red", "large"/,
    );
    await fails(
      () => loadDataset(join(folder, 'long.csv')),
      3,
      /long\.csv:1: the first line has more than 8388608 bytes/,
    );
    await fails(() => loadDataset(folder), 3, /holds a\.csv; long\.csv, and no folders of classes/);
  }));

const refused: [name: string, text: string, message: RegExp, labelColumn?: LabelColumn][] = [
  ['empty', '', /^file\.csv: the file is empty/],
  ['only a header', HEADER, /^file\.csv: no rows after the header/],
  ['a pixel less', [HEADER, ...ROWS, '1,2,3,4'].join('\n'), /^file\.csv:5: 4 fields, expected 5/],
  ['a pixel more', [...ROWS, '1,2,3,4,5,6'].join('\n'), /^file\.csv:4: 6 fields, expected 5/],
  ['783 pixels', `${'0,'.repeat(784)}1\n${'0,'.repeat(783)}1`, /^file\.csv:2: 784 fields, expected 785/],
  ['784 pixels and no label', `${'0,'.repeat(783)}1`, /^file\.csv: has no column of labels: 784 pixels a row/],
  [
    '786 numbers, the first no index',
    `7${',0'.repeat(785)}\n3${',0'.repeat(785)}`,
    /^file\.csv:1: 785 pixels are no square image/,
  ],
  ['256', '1,0,256,0,0', /^file\.csv:1: field 3: "256" is not an integer from 0 to 255/],
  ['256 in the last column', [...ROWS, '1,0,0,0,256'].join('\n'), /^file\.csv:4: field 5: "256" is not/],
  [
    '256 in the first column, label last',
    [...last(ROWS), '256,0,0,0,1'].join('\n'),
    /^file\.csv:4: field 1: "256" is not/,
    'last',
  ],
  ['a huge number', '1,0,99999999999999999999,0,0', /field 3: "99999999999999999999" is not/],
  ['negative', '1,0,0,-3,0', /^file\.csv:1: field 4: "-3" is not/],
  ['a fraction', '1,0,1.5,0,0\r\n', /^file\.csv:1: field 3: "1\.5" is not/],
  ['a fraction at the end, CRLF', '1,0,0,0,1.5\r\n', /^file\.csv:1: field 5: "1\.5" is not/],
  ['an empty field', '1,0,,0,0', /^file\.csv:1: field 3: "" is not/],
  ['an empty last field', '1,0,0,0,\r\n', /^file\.csv:1: field 5: "" is not/],
  ['a word', '1,0,NaN,0,0', /^file\.csv:1: field 3: "NaN" is not/],
  ['a quote that is not closed', '1,0,0,0,0\n1,"0,0,0,0', /^file\.csv:2: field 2: a quote that is never closed/],
  [
    'text after a closing quote',
    'label,a1,a2,a3,a4\n"1"2,0,0,0,0',
    /^file\.csv:2: field 1: text after a closing quote/,
  ],
  [
    'an identifier for a label',
    ['n,a1,a2,a3,a4', ...Array.from({ length: 40 }, (_, i) => `${i * 3},0,0,0,0`)].join('\n'),
    /^file\.csv: column n has another value in each of its 40 rows/,
  ],
  ['an empty label', 'label,a1,a2,a3,a4\n1,0,0,0,0\n,0,0,0,0', /^file\.csv:3: field 1: no label/],
  ['values from 0 to 1', '1,0.5,0,0,0', /field 2: "0\.5" is not an integer/],
  ['a blank line inside', [ROWS[0], '', ROWS[1]].join('\n'), /^file\.csv:2: blank line/],
  ['binary', '\u0000\u0000\u0008\u0003', /is a binary file/],
];
for (const [name, text, message, labelColumn] of refused)
  test(`refused: ${name}`, async () => void (await fails(() => parse(text, labelColumn), 3, message)));

test('a packed file, by its bytes', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'rows.csv');
    writeFileSync(file, gzipSync(ROWS.join('\n')));
    assert.equal(Array.from(bytesOf((await loadDataset(file)).train)), PIXELS);
    await fails(() => loadDataset(join(folder, 'none.csv')), 3, /none\.csv: no such file/);
  }));

testWithData(
  test,
  'the real sample is the first 2,000 rows of the IDX test part',
  'fashion-mnist-csv/fashion-mnist_sample.csv',
  async (file) => {
    const { train, test: none } = await loadDataset(file);
    assert.is(none, null);
    assert.is(train.count, 2000);
    const folder = join(file, '..', '..', 'fashion-mnist');
    const images = await readIdx(join(folder, 't10k-images-idx3-ubyte.gz'));
    const labels = await readIdx(join(folder, 't10k-labels-idx1-ubyte.gz'));
    assert.ok(Buffer.from(bytesOf(train)).equals(images.data.subarray(0, 2000 * 784)));
    assert.equal(Array.from(train.labels), Array.from(labels.data.subarray(0, 2000)));
  },
);

test.run();

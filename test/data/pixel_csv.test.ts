import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { readIdx } from '../../src/data/idx.js';
import { loadDataset } from '../../src/data/load.js';
import { type LabelColumn, parsePixelCsv } from '../../src/data/pixel_csv.js';
import { suite, testWithData } from '../support/harness.js';
import { fails, inFolder } from './fixtures.js';

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
    assert.equal([set.count, set.channels, set.height, set.width, set.classes.length], [3, 1, 2, 2, 10]);
  });
}

test('labelColumn decides against the header', () => {
  const set = parse([HEADER, '1,0,10,20,3', '0,0,255,0,7'].join('\n'), 'last');
  assert.equal(Array.from(set.labels), [3, 7]);
  assert.equal(Array.from(set.images), [1, 0, 10, 20, 0, 0, 255, 0]);
});

test('one row, no header: the label is first', () => assert.equal(Array.from(parse('9,0,0,0,0').labels), [9]));

test('1,000 rows of label last: a corner that is seldom bright is no label', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => `${i % 100 === 0 ? 3 : 0},0,10,20,${i % 10}`);
  assert.equal(Array.from(parse(rows.join('\n')).labels.subarray(0, 3)), [0, 1, 2]);
});

test('more than ten classes, labels over 255', () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i},0,0,0,0`);
  const set = parse(rows.join('\n'));
  assert.is(set.labels[299], 299);
  assert.is(set.classes[299], '299');
});

const refused: [name: string, text: string, message: RegExp, labelColumn?: LabelColumn][] = [
  ['empty', '', /^file\.csv: the file is empty/],
  ['only a header', HEADER, /^file\.csv: no rows after the header/],
  ['a pixel less', [HEADER, ...ROWS, '1,2,3,4'].join('\n'), /^file\.csv:5: 3 pixels, expected 4/],
  ['a pixel more', [...ROWS, '1,2,3,4,5,6'].join('\n'), /^file\.csv:4: 5 pixels, expected 4/],
  ['783 pixels', `${'0,'.repeat(784)}1\n${'0,'.repeat(783)}1`, /^file\.csv:2: 783 pixels, expected 784/],
  ['783 pixels from the start', `${'0,'.repeat(783)}1`, /^file\.csv:1: 783 pixels are no square image/],
  ['256', '1,0,256,0,0', /^file\.csv:1: field 3: "256" is not an integer from 0 to 255/],
  ['256 in the last column', [...ROWS, '1,0,0,0,256'].join('\n'), /^file\.csv:4: field 5: "256" is not/],
  ['256 in the first column, label last', [...last(ROWS), '256,0,0,0,1'].join('\n'), /^file\.csv:4: field 1: "256" is not/, 'last'],
  ['a huge number', '1,0,99999999999999999999,0,0', /field 3: "99999999999999999999" is not/],
  ['negative', '1,0,0,-3,0', /^file\.csv:1: field 4: "-3" is not/],
  ['a fraction', '1,0,1.5,0,0\r\n', /^file\.csv:1: field 3: "1\.5" is not/],
  ['a fraction at the end, CRLF', '1,0,0,0,1.5\r\n', /^file\.csv:1: field 5: "1\.5" is not/],
  ['an empty field', '1,0,,0,0', /^file\.csv:1: field 3: "" is not/],
  ['an empty last field', '1,0,0,0,\r\n', /^file\.csv:1: field 5: "" is not/],
  ['a word', '1,0,NaN,0,0', /^file\.csv:1: field 3: "NaN" is not/],
  ['a space', '1, 0,0,0,0', /field 2: " 0" is not/],
  ['quotes', '1,0,0,0,0\n1,"0",0,0,0', /^file\.csv:2: field 2: a quote/],
  ['a quoted header', '"label","a","b","c","d"\n1,0,0,0,0', /^file\.csv:1: a quote/],
  ['semicolons', '1;0;0;0;0', /^file\.csv:1: 0 pixels are no square/],
  ['a blank line inside', [ROWS[0], '', ROWS[1]].join('\n'), /^file\.csv:2: blank line/],
  ['a label out of range', [HEADER, ...ROWS, '77,0,0,0,0'].join('\n'), /^file\.csv:5: field 1: label 77, expected 0 to 9/],
  ['a label in the middle', 'a,label,b,c,d\n1,0,0,0,0', /^file\.csv:1: the label is column 2 of 5/],
  ['binary', '\u0000\u0000\u0008\u0003', /is a binary file/],
];
for (const [name, text, message, labelColumn] of refused) test(`refused: ${name}`, async () => void (await fails(() => parse(text, labelColumn), 3, message)));

test('a packed file, by its bytes', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'rows.csv');
    writeFileSync(file, gzipSync(ROWS.join('\n')));
    assert.equal(Array.from((await loadDataset(file)).train.images), PIXELS);
    await fails(() => loadDataset(join(folder, 'none.csv')), 3, /none\.csv: no such file/);
  }));

testWithData(test, 'the real sample is the first 2,000 rows of the IDX test part', 'fashion-mnist-csv/fashion-mnist_sample.csv', async (file) => {
  const { train, test: none } = await loadDataset(file);
  assert.is(none, null);
  assert.is(train.count, 2000);
  const folder = join(file, '..', '..', 'fashion-mnist');
  const images = await readIdx(join(folder, 't10k-images-idx3-ubyte.gz'));
  const labels = await readIdx(join(folder, 't10k-labels-idx1-ubyte.gz'));
  assert.ok(Buffer.from(train.images).equals(images.data.subarray(0, 2000 * 784)));
  assert.equal(Array.from(train.labels), Array.from(labels.data.subarray(0, 2000)));
});

test.run();

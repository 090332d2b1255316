/**
 * Tables of pictures as people have them: which columns are meant, in which encoding they are written, and where their
 * paths may lead.
 */
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { parseCsv } from '../../../src/data/tables/csv_fields.js';
import { mergeClasses } from '../../../src/data/class_map.js';
import { placeBrands } from '../../../src/data/tables/brands.js';
import { factorOfClasses, parseClassFactors } from '../../../src/data/tables/class_factors.js';
import { loadDataset, type LoadOptions } from '../../../src/data/load.js';
import { decodeText } from '../../../src/data/tables/text.js';
import { suite } from '../../support/harness.js';
import { bytesOf, fails, fill, inFolder } from '../fixtures.js';
import { inCache, plain, spread } from '../picture_files.js';

const test = suite('columns of tables');

const COLOURS = [10, 20, 30, 40];

async function pictures(data: string, ending = '.png', folder = 'images'): Promise<void> {
  for (const [i, red] of COLOURS.entries())
    spread(data, { [`${folder}/${i}${ending}`]: await plain(9, 8, [red, 100, 200]).png().toBuffer() });
}

/** Colour and class of what a table names. */
async function shown(path: string, options: LoadOptions = {}): Promise<(readonly [number, string])[]> {
  const { train } = await loadDataset(path, { imageSize: 8, testSplit: 0, ...options });
  return Array.from(
    { length: train.count },
    (_, n) => [bytesOf(train)[192 * n], train.classes[train.labels[n]]] as const,
  );
}

const RIGHT = COLOURS.map((red, i) => [red, i < 2 ? 'hat' : 'shoe'] as const);
const kind = (i: number): string => (i < 2 ? 'hat' : 'shoe');
const four = (line: (i: number) => string): string => COLOURS.map((_, i) => line(i)).join('\n');

const forms: readonly (readonly [name: string, text: string, options?: LoadOptions])[] = [
  ...['image_path', 'filepath', 'Image_Path', 'path', 'file_name', 'img', 'strange'].map(
    (name) => [`files called ${name}`, `${name},label\n${four((i) => `${i}.png,${kind(i)}`)}`] as const,
  ),
  ['identifiers that are names of files', `Image_ID,label\n${four((i) => `${i},${kind(i)}`)}`],
  [
    'id that is a number of the row beside the file',
    `id,filename,label\n${four((i) => `${i + 7},images/${i}.png,${kind(i)}`)}`,
  ],
  ['no header', four((i) => `images/${i}.png,${kind(i)}`)],
  ['no header, columns by number', four((i) => `${i},${kind(i)},${i}.png`), { label: '2' }],
  ['backslashes', `file,label\n${four((i) => `images\\${i}.png,${kind(i)}`)}`],
  ['semicolons', `file;label\n${four((i) => `${i}.png;${kind(i)}`)}`],
  ['tabs', `file\tlabel\n${four((i) => `${i}.png\t${kind(i)}`)}`],
  ['quotes and blanks', `"file", "label"\n${four((i) => `"${i}.png", "${kind(i)}" `)}`],
  ["pandas' index", `,file,label\n${four((i) => `${i},${i}.png,${kind(i)}`)}`],
  ['commas in values of a table of semicolons', `file;title;label\n${four((i) => `${i}.png;a, b;${kind(i)}`)}`],
  ['CR line ends', `file,label\n${four((i) => `${i}.png,${kind(i)}`)}\n\n`.replaceAll('\n', '\r')],
];
test('forms of the same table', () =>
  inCache(async (data) => {
    await pictures(data);
    for (const [name, text, options] of forms) {
      writeFileSync(`${data}/t.csv`, text);
      assert.equal(await shown(`${data}/t.csv`, options).catch((error: unknown) => String(error)), RIGHT, name);
    }
  }));

test('two tables in one folder are its parts', () =>
  inCache(async (data) => {
    await pictures(data);
    fill(data, {
      'shop_train.csv': `file,label\n${four((i) => `${i}.png,${kind(i)}`)}`,
      'shop_test.csv': 'file,label\nimages/3.png,shoe',
    });
    const { train, test: tested, labelColumn } = await loadDataset(data, { imageSize: 8 });
    assert.equal([train.count, tested?.count, labelColumn], [3, 1, 'label']); // the copy in the test part stays
  }));

test('encodings: read by their mark or as it is said, else an error with line and byte; no two values become one', () =>
  inCache(async (data) => {
    await pictures(data);
    const text = `file,label\n${four((i) => `${i}.png,${i < 2 ? 'Jupe é' : 'Jupe è'}`)}`;
    const right = COLOURS.map((red, i) => [red, i < 2 ? 'Jupe é' : 'Jupe è'] as const).sort();
    const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
    const written: readonly [Buffer, string?][] = [
      [Buffer.from(text)],
      [Buffer.from(`\ufeff${text}`)],
      [Buffer.from(text.normalize('NFD'))],
      [wide],
      [Buffer.from(wide).swap16()],
      [Buffer.from(text, 'latin1'), 'windows-1252'],
      [wide.subarray(2), 'utf-16le'],
    ];
    for (const [bytes, encoding] of written) {
      writeFileSync(`${data}/t.csv`, bytes);
      assert.equal(
        (await shown(`${data}/t.csv`, encoding === undefined ? {} : { encoding })).sort(),
        right,
        encoding ?? '',
      );
    }
    writeFileSync(`${data}/t.csv`, Buffer.from(text, 'latin1'));
    await fails(() => shown(`${data}/t.csv`), 3, /t\.csv:2: byte 12 of the line \(0xe9\) is no UTF-8/);
    writeFileSync(`${data}/t.csv`, wide.subarray(2));
    await fails(() => shown(`${data}/t.csv`), 3, /t\.csv: looks like UTF-16 without a byte order mark/);
    await fails(
      () => shown(`${data}/t.csv`, { encoding: 'klingon' }),
      2,
      /encoding klingon: there is no such encoding/,
    );
    for (const bytes of [[0xff, 0xfe, 0, 0, 65, 0, 0, 0], [0xc3], [0xff, 0xfe, 0x00, 0xd8], [65, 0, 0, 0]])
      await fails(() => decodeText(Uint8Array.from(bytes), 'f'), 3, /^f/);
  }));

test('paths stay in the folder of the table, or in the one that is given', () =>
  inCache(async (data) => {
    await pictures(data);
    await pictures(data, '.png', 'table/own');
    for (const path of [
      '../images/0.png',
      '/etc/passwd.png',
      'C:\\x.png',
      'a/../../images/0.png',
      '..\\images\\0.png',
      'http://example.org/a.png',
      'file:///x.png',
    ]) {
      writeFileSync(`${data}/table/t.csv`, `file,label\nown/0.png,hat\n${path},hat`);
      await fails(() => shown(`${data}/table/t.csv`), 3, /t\.csv:3: /);
    }
    writeFileSync(
      `${data}/table/t.csv`,
      `file,label\n../images/0.png,hat\n${data}/images/1.png,hat\nimages/2.png,shoe\nx/../images/3.png,shoe`,
    );
    assert.equal(await shown(`${data}/table/t.csv`, { imageRoot: data }), RIGHT);
    writeFileSync(`${data}/table/t.csv`, 'file,label\n../../x.png,hat');
    await fails(() => shown(`${data}/table/t.csv`, { imageRoot: data }), 3, /leads out of imageRoot/);
  }));

test('what tells rows apart is no class, unless it is asked for', () =>
  inCache(async (data) => {
    const text = `file,class\n${Array.from({ length: 20 }, (_, i) => `images/${i % 4}.png,${1000 + i}`).join('\n')}`;
    await pictures(data);
    writeFileSync(`${data}/t.csv`, text);
    await fails(
      () => shown(`${data}/t.csv`),
      2,
      /the column class has another value in each of 20 rows: it tells rows apart and is no class/,
    );
    const { notes } = await loadDataset(`${data}/t.csv`, { imageSize: 8, label: 'class', keepDuplicates: true });
    assert.match(notes?.join() ?? '', /each class has one picture/);
    writeFileSync(`${data}/t.csv`, 'image,thumb,label\na.jpg,b.jpg,hat');
    // image is called so
    assert.equal((await fails(() => loadDataset(`${data}/t.csv`), 3, /cannot be read/)).exitCode, 3);
    writeFileSync(`${data}/t.csv`, 'large,thumb,label\na.jpg,b.jpg,hat');
    await fails(() => loadDataset(`${data}/t.csv`), 2, /the columns large and thumb both name pictures/);
  }));

test('names are compared in one Unicode form: classes, columns, conditions, factors, brands', () =>
  inCache(async (data) => {
    const [composed, apart] = ['Café', 'Café'.normalize('NFD')];
    await pictures(data);
    writeFileSync(`${data}/t.csv`, `file,${apart}\n0.png,${apart}\n1.png,${composed}\n2.png,x\n3.png,x`);
    const { train } = await loadDataset(`${data}/t.csv`, {
      imageSize: 8,
      testSplit: 0,
      label: composed,
      where: `${composed}=${composed}`,
    });
    assert.equal([train.classes, train.count], [[composed], 2]);
    const merged = mergeClasses({ train: { ...train, classes: [composed] }, test: null }, { y: [apart] });
    assert.is(merged.train.count, 2);
    assert.equal(factorOfClasses(parseClassFactors(`${apart}=3`, 'x'), [composed], 'x'), [3]);
    assert.equal(placeBrands([`${apart} dress`], [composed]).brands, [composed]);
    for (const [part, name] of [
      ['train', composed],
      ['test', apart],
    ] as const)
      spread(data, { [`parts/${part}/${name}/a.png`]: await plain(9, 8, [part.length, 1, 2]).png().toBuffer() });
    const parts = await loadDataset(`${data}/parts`, { imageSize: 8 });
    assert.equal([parts.train.classes, parts.test?.count], [[composed], 1]);
  }));

test('quotes: closed, with nothing after them; of any length', async () => {
  await fails(() => parseCsv('a,b\n"a""b,c', 'f.csv'), 3, /^f\.csv:2: a quote that is never closed/);
  await fails(() => parseCsv('a,b\n"a"b,c', 'f.csv'), 3, /^f\.csv:2: text after a closing quote: "b,c"/);
  const [row] = parseCsv(`"${'""'.repeat(4_000_000)}",x`, 'f.csv');
  assert.equal([row.fields[0].length, row.fields[1]], [4_000_000, 'x']);
  await fails(() => parseCsv(','.repeat(2 ** 20 + 2), 'f.csv'), 3, /^f\.csv:1: more than 1048576 fields/);
});

test('folders that hold something else are described', () =>
  inFolder(async (data) => {
    await fails(() => loadDataset(data), 3, /is empty/);
    fill(data, { 'a.zip': 'x' });
    await fails(() => loadDataset(data), 3, /holds a\.zip, none of which is read/);
    fill(data, { 'a.jpg': 'x', 'b.png': 'x' });
    await fails(() => loadDataset(data), 3, /2 pictures lie directly in it \(a\.jpg; b\.png\)/);
  }));

test.run();

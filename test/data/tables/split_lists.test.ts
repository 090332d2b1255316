/** Folders with lists of their parts, and copies of pictures within and across parts. */
import { mkdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { DatasetSplits } from '../../../src/data/dataset.js';
import { loadDataset } from '../../../src/data/load.js';
import { suite } from '../../support/harness.js';
import { bytesOf, fails } from '../fixtures.js';
import { inCache, plain, spread } from '../picture_files.js';

const test = suite('split lists and copies');

async function colour(red: number): Promise<Uint8Array> {
  return plain(9, 8, [red, 100, 200]).png().toBuffer();
}

/** Pictures by name; a number is the colour of one. */
async function paint(folder: string, files: Readonly<Record<string, number | string>>): Promise<void> {
  for (const [name, what] of Object.entries(files))
    spread(folder, { [name]: typeof what === 'number' ? await colour(what) : what });
}

const read = (data: string): Promise<DatasetSplits> => loadDataset(data, { imageSize: 8 });

/** Colour and class of every image of a part. */
function shown({ train, test: tested }: DatasetSplits, part: 'train' | 'test'): (readonly [number, string])[] {
  const data = part === 'train' ? train : tested;
  return data === null
    ? []
    : Array.from({ length: data.count }, (_, n) => [bytesOf(data)[192 * n], data.classes[data.labels[n]]] as const);
}

test(
  'the lists say the parts, the folders the classes; what is in no list is left out and counted, what is missing ' +
    'named',
  () =>
    inCache(async (data) => {
      await paint(data, {
        'retro/1.png': 1,
        'retro/2.png': 2,
        'street/3.png': 3,
        'street/4.png': 4,
        'street/5.png': 5,
        'street/6.png': 6,
        'gothic/7.png': 7,
        'street/notes.txt': '',
      });
      await paint(data, {
        'train.txt': 'street/3.png\r\n./retro/1.png\r\n\r\nstreet\\4.png\r\nstreet/none.png\r\n',
        'validation.txt': 'retro/2.png\n',
        'test.txt': 'street/5.png',
      });
      const splits = await read(data);
      assert.equal(splits.train.classes, ['retro', 'street']);
      assert.equal(
        [shown(splits, 'train'), splits.train.validationStart, shown(splits, 'test')],
        [
          [
            [3, 'street'],
            [1, 'retro'],
            [4, 'street'],
            [2, 'retro'],
          ],
          3,
          [[5, 'street']],
        ],
      );
      assert.equal(splits.notes, [
        'left out 2 pictures that no list names',
        `left out 1 of 6 pictures that cannot be read: ${data}/street/none.png is missing`,
        `${data}: 9 files: 5 used, 2 in no list, 1 that cannot be read, 1 empty`,
      ]);
    }),
);

const forms: readonly [name: string, file: string, text: string][] = [
  ['a header', 'train.txt', 'path\nstreet/1.png\nretro/2.png\n'],
  ['a label column by name wins over the folder', 'train.csv', 'id,file,label\n7,x/1.png,street\n8,x/2.png,retro\n'],
  ['no header, a label after the path, no folders', 'training.csv', '1.png,street\n"2.png",retro'],
  ['labels after blanks', 'train.txt', '1.png street\n2.png\tretro'],
  ['numbers of classes do not win over folders', 'train.txt', 'street/1.png 0\nretro/2.png 1'],
  ['deeper folders', 'train.csv', 'dataset/street/1.png\ndataset/retro/2.png'],
  ['blanks in names', 'train.txt', 'street/a 1.png\nretro/2.png'],
];
for (const [name, file, text] of forms) {
  test(`a list with ${name}`, () =>
    inCache(async (data) => {
      for (const folder of ['', 'x/', 'street/', 'dataset/street/'])
        await paint(data, { [`${folder}1.png`]: 1, [`${folder}a 1.png`]: 1 });
      for (const folder of ['', 'x/', 'retro/', 'dataset/retro/']) await paint(data, { [`${folder}2.png`]: 2 });
      await paint(data, { [file]: text });
      assert.equal(shown(await read(data), 'train'), [
        [1, 'street'],
        [2, 'retro'],
      ]);
    }));
}

test('lists that are none are refused', () =>
  inCache(async (data) => {
    await paint(data, { 'a/1.png': 1, 'train.txt': 'a/1.png\na/notes\n' });
    await fails(() => read(data), 3, /train\.txt:2: "a\/notes" names no \.jpg/);
    await paint(data, { 'train.txt': 'a/1.png', 'test.csv': '' });
    await fails(() => read(data), 3, /test\.csv: the file is empty/);
    await paint(data, { 'train.txt': '1.png', 'test.csv': 'a/1.png' });
    await fails(() => read(data), 3, /train\.txt:1: 1\.png: nothing says what it shows/);
    await paint(data, { 'train.txt': 'a/1.png', 'test.csv': 'b/2.png', 'b/2.png': 2 });
    await fails(() => read(data), 3, /class b has no training picture/);
    mkdirSync(`${data}/train`);
    await paint(data, { 'train/c/3.png': 3 });
    assert.equal((await read(data)).train.classes, ['c'], 'a folder called train is what is trained on');
  }));

test('of identical pictures the one in the test part stays, else that for validation, else the first', () =>
  inCache(async (data) => {
    const files = {
      'train/a/1.png': 1,
      'train/a/2.png': 2,
      'train/a/3.png': 3,
      'train/a/3b.png': 3,
      'train/a/7.png': 7,
      'train/b/4.png': 4,
      'val/a/2.png': 2,
      'val/b/5.png': 5,
      'val/a/6.png': 6,
      'test/a/1.png': 1,
      'test/a/6.png': 6,
      'test/b/3.png': 3,
    };
    await paint(data, files);
    const splits = await read(data);
    assert.equal(
      [shown(splits, 'train'), splits.train.validationStart],
      [
        [
          [7, 'a'],
          [4, 'b'],
          [2, 'a'],
          [5, 'b'],
        ],
        2,
      ],
    );
    assert.equal(shown(splits, 'test'), [
      [1, 'a'],
      [6, 'a'],
      [3, 'b'],
    ]);
    assert.is(splits.notes?.[0], 'left out 5 byte-identical copies of other pictures; 4 pictures are in two parts');
    assert.match(
      String(splits.notes?.[1]),
      /^identical pictures with different labels: \S*test\/b\/3\.png \(b\) = \S*train\/a\/3\.png \(a\) = \S*3b\.png \(a\)$/,
    );
    const kept = await loadDataset(data, { imageSize: 8, keepDuplicates: true });
    assert.equal([kept.train.count, kept.test?.count], [9, 3]);
  }));

test('broken files are no copies of each other', () =>
  inCache(async (data) => {
    await paint(data, { 'a/1.png': 1, 'a/2.png': '', 'a/3.png': '', 'b/4.png': '', 'b/5.png': 5 });
    const { train, notes, pictures } = await read(data);
    assert.equal([train.count, pictures?.duplicates.length, pictures?.unreadable.length], [2, 0, 3]);
    assert.equal(notes?.length, 1);
    assert.match(
      String(notes?.[0]),
      /left out 3 of 5 pictures that cannot be read: .*a\/2\.png is empty; .*a\/3\.png is empty; .*b\/4\.png is empty/,
    );
  }));

test.run();

/**
 * Every file of a folder of pictures is used, or counted under a reason; nothing that may lie there ends a command or
 * is waited for.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { fileCensus } from '../../../src/data/pictures/census.js';
import { readDataFile } from '../../../src/data/files/data_file.js';
import type { DatasetSplits } from '../../../src/data/dataset.js';
import { formatOfHead } from '../../../src/data/pictures/file_kind.js';
import { loadDataset } from '../../../src/data/load.js';
import { suite } from '../../support/harness.js';
import { fails } from '../fixtures.js';
import { inCache, plain, spread, twoColours } from '../picture_files.js';

const test = suite('files of a folder');

const read = (data: string): Promise<DatasetSplits> => loadDataset(data, { imageSize: 8 });
const why = (splits: DatasetSplits): Record<string, number> =>
  Object.fromEntries(fileCensus(splits)?.leftOut.map((l) => [l.why, l.count]) ?? []);
const folders = (splits: DatasetSplits): Record<string, number> =>
  Object.fromEntries(fileCensus(splits)?.folders.map((l) => [l.why, l.count]) ?? []);

test('contents decide: pictures under any name are used, other formats under a picture’s name are not', () =>
  inCache(async (data) => {
    await twoColours(data, 2);
    const one = (shade: number) => plain(9, 9, [shade, 20, 10]);
    spread(data, {
      'red/a.gif': await one(1).jpeg().toBuffer(),
      'red/B.JPG': await one(2).webp({ lossless: true }).toBuffer(),
      'red/c': await one(3).png().toBuffer(),
      'red/d.PnG': await one(4).png().toBuffer(),
      'red/e.jpg': await one(5).gif().toBuffer(),
      'red/f.gif': await one(6).gif().toBuffer(),
      'red/g.tif': await one(7).tiff().toBuffer(),
      'red/h.png': await one(8).avif().toBuffer(),
      'red/i.svg': '<?xml version="1.0"?>\n<!-- drawn -->\n<svg/>',
      'red/j.jpg': '',
      'red/k': '',
      'red/l.txt': 'words',
    });
    const splits = await read(data);
    assert.is(splits.train.count, 8);
    assert.equal(why(splits), {
      'GIF (not read)': 2,
      empty: 2,
      'TIFF (not read)': 1,
      'AVIF (not read)': 1,
      'SVG (not read)': 1,
      'no picture': 1,
    });
    assert.match(splits.notes?.join('\n') ?? '', /data: 16 files: 8 used, 2 empty, 2 GIF \(not read\)/);
    assert.equal(
      splits.pictures?.unreadable.map((u) => [u.file.slice(data.length), u.reason]),
      [['/red/j.jpg', 'is empty']],
    );
  }));

const heads: readonly [name: string, head: string][] = [
  ['HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
  ['HEIC', '\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf'],
  ['AVIF', '\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'],
  ['MP4', '\0\0\0\x18ftypisom\0\0\0\0'],
  ['BMP', `BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0`],
  ['TIFF', 'MM\0*'],
  ['JPEG XL', '\xff\x0a\x00'],
  ['JPEG 2000', '\0\0\0\x0cjP  \r\n'],
  ['Photoshop', '8BPS\0\x01'],
  ['PDF', '%PDF-1.4'],
  ['ICO', '\0\0\x01\0\x01\0'],
  ['SVG', '\xef\xbb\xbf <svg xmlns="x">'],
  ['PNM', 'P6 3 3 255\n'],
  ['ZIP', 'PK\x03\x04'],
];
for (const [name, head] of heads)
  test(`${name} by its first bytes`, () => assert.equal(formatOfHead(Buffer.from(head, 'latin1')), { other: name }));
test('words that begin like a format are none', () => {
  for (const words of [
    'BM is short for Bench Mark, as everybody knows',
    'Penguin',
    'II',
    'P65',
    '<html><svg></svg></html>',
    '',
  ])
    assert.is(formatOfHead(Buffer.from(words)), null, words);
});

test('what systems and archives leave counts as hidden', () =>
  inCache(async (data) => {
    await twoColours(`${data}/train`, 2);
    const picture = await plain(9, 9, [7, 7, 7]).png().toBuffer();
    spread(data, {
      '__MACOSX/train/red/._0.png': picture,
      'train/__MACOSX/a.png': picture,
      'train/@eaDir/red/0.png': picture,
      'train/red/@eaDir/0.png': picture,
      'train/red/.ipynb_checkpoints/0.png': picture,
      'lost+found/x': '',
      '$RECYCLE.BIN/x.png': picture,
      'train/red/._0.png': 'x',
      'train/red/.DS_Store': 'x',
      'train/red/Thumbs.db': 'x',
      'train/desktop.ini': 'x',
    });
    const splits = await read(data);
    assert.equal(
      [splits.train.classes, splits.train.count, why(splits), folders(splits)],
      [['blue', 'red'], 4, { hidden: 4 }, { hidden: 7 }],
    );
  }));

test('pipes, devices, links that lead nowhere, to themselves, back or away', () =>
  inCache(async (data) => {
    await twoColours(data, 2);
    execFileSync('mkfifo', [`${data}/red/pipe.png`]);
    for (const [name, target] of Object.entries({
      'red/zero.png': '/dev/zero',
      'red/self.png': 'self.png',
      'red/gone.png': 'nowhere',
      'red/loop': '.',
      'red/up': '../..',
      'red/usr': '/usr',
      'blue/back': '../red',
      usr: '/usr',
    }))
      symlinkSync(target, `${data}/${name}`);
    writeFileSync(Buffer.from(`${data}/red/caf\xe9.png`, 'latin1'), await plain(9, 9, [1, 1, 1]).png().toBuffer());
    const started = performance.now();
    const splits = await read(data);
    assert.ok(performance.now() - started < 3000, 'links out of the data are not searched');
    assert.equal([splits.train.classes, splits.train.count], [['blue', 'red'], 4]);
    assert.equal(why(splits), {
      'name that is not UTF-8': 1,
      'broken link': 1,
      pipe: 1,
      'link to itself': 1,
      device: 1,
    });
    assert.equal(folders(splits), {
      'that are links to what they lie in': 2,
      'that are links within the data': 1,
      'that are links out of the data': 1,
      'that are links to no picture': 1,
    });
    await fails(() => readDataFile(`${data}/red/pipe.png`), 3, /is a pipe, expected a file/);
    await fails(() => readDataFile(`${data}/red/self.png`), 3, /is a link to itself/);
    await fails(() => readDataFile(`${data}/${'x'.repeat(300)}`), 3, /has a name that is too long/);
    await fails(() => loadDataset(`${data}/${'x'.repeat(300)}`), 3, /no such file or folder/);
  }));

test('classes and parts may lie elsewhere, and files too; what is reached by a link is counted once', () =>
  inCache(async (data) => {
    await twoColours(`${data}/elsewhere`, 3);
    mkdirSync(`${data}/own/store`, { recursive: true });
    await twoColours(`${data}/own/store`, 1, 5);
    symlinkSync(`${data}/elsewhere`, `${data}/own/train`);
    symlinkSync('store', `${data}/own/test`);
    const splits = await read(`${data}/own`);
    assert.equal([splits.train.count, splits.test?.count, splits.notes], [6, 2, []]);
    mkdirSync(`${data}/linked`);
    symlinkSync(`${data}/elsewhere/red`, `${data}/linked/red`);
    spread(data, { 'linked/blue/1.png': await plain(9, 9, [1, 1, 200]).png().toBuffer() });
    symlinkSync(`${data}/elsewhere/blue/0.jpg`, `${data}/linked/blue/0.jpg`);
    assert.equal([(await read(`${data}/linked`)).train.count], [5]);
  }));

test('a table may name anything', () =>
  inCache(async (data) => {
    await twoColours(data, 2);
    execFileSync('mkfifo', [`${data}/pipe.png`]);
    symlinkSync('self.png', `${data}/self.png`);
    const names = ['red/0.png', 'red/1', 'blue/0.jpg', 'pipe.png', 'self.png', `${'x'.repeat(600)}.png`, 'red'];
    spread(data, {
      'red/UP.PNG': await plain(9, 9, [3, 2, 1]).png().toBuffer(),
      'table.csv': ['file,label', ...names.map((name) => `${name},a`), 'red/UP,b'].join('\n'),
    });
    const { train, pictures } = await loadDataset(`${data}/table.csv`, { imageSize: 8, testSplit: 0 });
    assert.is(train.count, 4);
    assert.equal(
      pictures?.unreadable.map((u) => u.reason),
      ['is a pipe', 'is a link to itself', 'has a name that is too long', 'is a folder'],
    );
  }));

test.run();

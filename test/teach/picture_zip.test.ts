/** Pictures of classes as zip files: out and in, whatever the names are, and what others put in. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { loadDataset } from '../../src/data/load.js';
import { DataError } from '../../src/device/errors.js';
import { unzipPictures, zipPictures, type PictureClass } from '../../src/teach/picture_zip.js';
import { inCache } from '../data/picture_files.js';
import { suite } from '../support/harness.js';

const test = suite('pictures as zip files');

const picture = async (grey: number): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: grey, g: 9, b: 99 } } })
      .png()
      .toBuffer(),
  );

/** Four classes whose names no folder may have. */
async function classes(): Promise<PictureClass[]> {
  let grey = 0;
  const names = ['../up', 'train', '한글 / 셔츠', '__MACOSX', 'a:b', 'a?b'];
  return Promise.all(
    names.map(async (name) => ({
      name,
      pictures: await Promise.all(
        ['x.jpg', 'x.jpg', '/etc/passwd'].map(async (file, i) => ({
          name: file,
          bytes: await picture((grey += 7)),
          group: i < 2 ? `clip of ${name}` : null,
        })),
      ),
    })),
  );
}

test('what goes out comes back: names of any text, recordings and bytes, the same bytes every time', async () => {
  const given = await classes();
  const bytes = zipPictures(given);
  assert.equal(zipPictures(given), bytes);
  const back = unzipPictures(bytes, 'x.zip');
  assert.is(back.leftOut, 0);
  assert.equal(
    back.classes.map(({ name, pictures }) => [name, ...pictures.map((p) => p.group)]),
    given.map(({ name, pictures }) => [name, ...pictures.map((p) => p.group)]),
  );
  assert.equal(
    back.classes.map(({ pictures }) => pictures.map((p) => p.bytes)),
    given.map(({ pictures }) => pictures.map((p) => p.bytes)),
  );
  const paths = Object.keys(unzipSync(bytes)).filter((path) => !path.startsWith('.'));
  assert.is(new Set(paths.map((path) => path.toLowerCase())).size, 18);
  for (const path of paths) assert.match(path, /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*\/[\p{L}\p{N}_][\p{L}\p{N}_.-]*\.png$/u);
});

test('it is a data set, and another program unpacks it', () =>
  inCache(async (folder) => {
    const file = join(folder, 'pictures.zip');
    writeFileSync(file, zipPictures(await classes()));
    const { train, test: held } = await loadDataset(file, { imageSize: 32 });
    assert.is(train.classes.length, 6);
    assert.is(train.count + (held?.count ?? 0), 18);
    const said = spawnSync('unzip', ['-tqq', file], { encoding: 'utf8' });
    if (said.error === undefined) assert.equal([said.status, said.stderr], [0, '']);
  }));

test('files of others: paths that lead out are only names, what is no picture is left out, notes are looked at', async () => {
  const png = await picture(50);
  const { classes: found, leftOut } = unzipPictures(
    zipSync({
      '../../evil/1.png': png,
      'set\\hats\\2.png': png,
      'set/train/shoes/3.png': png,
      'set/test/shoes/3.png': png,
      'constructor/4.png': png,
      'shoes/virus.exe.png': strToU8('MZ not a picture'),
      'top.png': png,
      '__MACOSX/shoes/._3.png': png,
      '.weft-classes.json': strToU8(
        JSON.stringify({ classes: { evil: 'fine', hats: 7, shoes: 'x'.repeat(300) }, groups: [] }),
      ),
    }),
    'x.zip',
  );
  assert.equal(found.map(({ name, pictures }) => [name, pictures.length]).sort(), [
    ['constructor', 1],
    ['fine', 1],
    ['hats', 1],
    ['shoes', 2],
  ]);
  assert.is(leftOut, 2);
  const withNote = (text: string): string =>
    unzipPictures(zipSync({ 'a/1.png': png, '.weft-classes.json': strToU8(text) }), 'x.zip').classes[0].name;
  for (const text of ['', '{', 'null', '[]', '{"classes": null}', '{"classes": {"__proto__": {"a": "b"}}}'])
    assert.is(withNote(text), 'a', text);
});

test('files of others: damaged, empty, and those that unpack to more than they should, are refused', async () => {
  const png = await picture(60);
  const refused = (bytes: Uint8Array, words: RegExp): void =>
    assert.throws(
      () => unzipPictures(bytes, 'x.zip'),
      (e: unknown) => e instanceof DataError && words.test(e.message) && e.fix !== undefined,
      String(words),
    );
  refused(new Uint8Array(0), /damaged/);
  refused(strToU8('PK\x03\x04 and no more'), /damaged/);
  refused(zipSync({ 'a/1.png': png }).subarray(0, 60), /damaged/);
  refused(zipSync({ 'a/readme.txt': strToU8('no picture') }), /no pictures/);
  refused(zipSync({ 'a/1.png': new Uint8Array(40e6) }), /unpack to 40000000/);
  const many = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) => [`a/${i}.png`, new Uint8Array(0)]));
  refused(zipSync(many, { level: 0 }), /20001 files/);
});

test.run();

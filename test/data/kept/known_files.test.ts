/** Digests of files kept from run to run: what is read again, and what is not. */
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { listImageFolder } from '../../../src/data/pictures/image_folder.js';
import { knownFiles, type KnownFile } from '../../../src/data/kept/known_files.js';
import { readPictures } from '../../../src/data/pictures/read_pictures.js';
import { onNotice } from '../../../src/device/notices.js';
import { digest, pathState, readBytes } from '../../../src/platform/node.js';
import { suite } from '../../support/harness.js';
import { inCache, twoColours } from '../picture_files.js';
import { bytesOf } from '../fixtures.js';

const test = suite('known files');

/** A time at which what was written just now is settled. */
const later = (): number => Date.now() + 60_000;

async function look(file: string): Promise<KnownFile> {
  const { stamp } = await pathState(file);
  return { file, stamp, hash: digest('sha256', await readBytes(file)) };
}

test('a file is known until its size, times or number change; what was there is forgotten with it', () =>
  inCache(async (data) => {
    const [a, b] = ['a', 'b'].map((name) => join(data, name));
    for (const file of [a, b]) writeFileSync(file, file);
    const [first, second] = [await look(a), await look(b)];
    await (await knownFiles(data, 'folder', later())).keep([first, second]);
    const known = await knownFiles(data, 'folder');
    assert.equal([known.hashOf(a, first.stamp), known.hashOf(b, second.stamp)], [first.hash, second.hash]);
    assert.is((await knownFiles(data, 'list')).hashOf(a, first.stamp), null, 'what a list names is another matter');
    const { atime, mtime } = statSync(a);
    writeFileSync(a, a.toUpperCase()); // as long as before
    utimesSync(a, atime, mtime);
    assert.is(statSync(a).mtime.getTime(), mtime.getTime());
    assert.is(known.hashOf(a, (await pathState(a)).stamp), null, 'a change whose time was set back');
    writeFileSync(a, a);
    assert.is(known.hashOf(a, (await pathState(a)).stamp), null, 'the same contents, written again');
    await (await knownFiles(data, 'folder', later())).keep([second]);
    assert.is((await knownFiles(data, 'folder')).hashOf(a, first.stamp), null);
    assert.is((await knownFiles(data, 'folder')).hashOf(b, second.stamp), second.hash);
  }));

test('a file that was changed just now is not kept: it could change again unseen', () =>
  inCache(async (data) => {
    const file = join(data, 'a');
    writeFileSync(file, 'new');
    const found = await look(file);
    await (await knownFiles(data, 'folder')).keep([found]);
    assert.is((await knownFiles(data, 'folder')).hashOf(file, found.stamp), null);
  }));

test('damage to what is kept is said, and the files are hashed again', () =>
  inCache(async (data, cache) => {
    const file = join(data, 'a');
    writeFileSync(file, 'contents');
    const found = await look(file);
    const folder = join(cache, '../files');
    const said: string[] = [];
    const silence = onNotice((text) => said.push(text));
    for (const damage of [
      (text: string) => text.replace(found.hash, found.hash.replace(/./g, '0')),
      () => '[]',
      (text: string) => text.slice(0, -9),
    ]) {
      await (await knownFiles(data, 'folder', later())).keep([found]);
      assert.is((await knownFiles(data, 'folder')).hashOf(file, found.stamp), found.hash);
      const [name] = readdirSync(folder).map((n) => join(folder, n));
      writeFileSync(name, damage(readFileSync(name, 'utf8')));
      said.length = 0;
      assert.is((await knownFiles(data, 'folder')).hashOf(file, found.stamp), null);
      assert.match(said.join(), /; the files are hashed again/);
    }
    silence();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file where the folder should be');
    await (await knownFiles(data, 'folder', later())).keep([found]);
    assert.is(statSync(folder).isFile(), true);
  }));

test('a second run looks into no file that is as it was', () =>
  inCache(async (data) => {
    await twoColours(data, 3);
    writeFileSync(join(data, 'red/notes.txt'), 'no picture');
    const run = async (): Promise<{ images: string; asked: number; hits: number }> => {
      const files = await knownFiles(data, 'folder', later());
      let [asked, hits] = [0, 0];
      const counting: typeof files = {
        ...files,
        hashOf: (file, stamp) => {
          const hash = files.hashOf(file, stamp);
          asked++;
          hits += Number(hash !== null);
          return hash;
        },
      };
      const list = await listImageFolder(data, 0, undefined, counting);
      const { train } = await readPictures(list, { imageSize: 8 }, counting);
      return { images: Buffer.from(bytesOf(train)).toString('hex'), asked, hits };
    };
    const first = await run();
    assert.equal([first.asked, first.hits], [13, 0], '7 files looked into, 6 of them read');
    const second = await run();
    assert.equal(second, { images: first.images, asked: 13, hits: 12 });
    writeFileSync(join(data, 'red/0.png'), readFileSync(join(data, 'red/1.png')));
    const edited = await run();
    assert.is(edited.hits, 10);
    assert.is.not(edited.images, first.images);
  }));

test.run();

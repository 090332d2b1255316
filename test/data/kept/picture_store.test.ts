/** Decoded pictures that stay in their file: what is read, what happens to damage, and that memory is used again. */
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { mergeClasses } from '../../../src/data/class_map.js';
import { digestOf, imageReader, isStored, piecesOf, type StoredImages } from '../../../src/data/images.js';
import { joinImages } from '../../../src/data/image_views.js';
import { doubtsAbout } from '../../../src/data/learnable.js';
import { meanStd } from '../../../src/data/normalize.js';
import type { KnownFiles } from '../../../src/data/kept/known_files.js';
import { listImageFolder } from '../../../src/data/pictures/image_folder.js';
import { readPictures } from '../../../src/data/pictures/read_pictures.js';
import { selectImages } from '../../../src/data/select_images.js';
import { onNotice } from '../../../src/device/notices.js';
import { digest } from '../../../src/platform/node.js';
import { imagesDigest } from '../../../src/train/checkpoint/provenance.js';
import { suite } from '../../support/harness.js';
import { bytesOf, fails } from '../fixtures.js';
import { inCache, plain, twoColours } from '../picture_files.js';

const test = suite('stored pictures');

/** From this size on counts of bytes are kept, too. */
const COUNTED = 64;

async function read(folder: string, imageSize: number, known?: KnownFiles): Promise<ImageDataset> {
  const list = await listImageFolder(folder, 0, undefined, known ?? NOTHING);
  return (await readPictures({ ...list, testSplit: 0 }, { imageSize }, known ?? NOTHING)).train;
}
const NOTHING: KnownFiles = { hashOf: () => null, keep: () => Promise.resolve() };

function stored({ images }: ImageDataset): StoredImages {
  assert.ok(isStored(images), 'they are in their file');
  return images as StoredImages;
}

/** The only file of the cache that ends so. */
function fileOf(cache: string, end: string): string {
  const names = readdirSync(cache).filter((name) => name.endsWith(end));
  assert.is(names.length, 1, `${end}: ${names.join()}`);
  return join(cache, names[0]);
}

function damage(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] ^= 1;
  writeFileSync(file, bytes);
}

/** What is said while `body` runs. */
async function saidIn(body: () => Promise<void>): Promise<string> {
  const said: string[] = [];
  const before = onNotice((text) => said.push(text));
  await body().finally(before);
  return said.join('\n');
}

for (const side of [8, COUNTED])
  test(`${side} pixels: what is in the file is what was decoded, and so is all that comes of it`, () =>
    inCache(async (folder, cache) => {
      await twoColours(folder, 4);
      mkdirSync(join(cache, '..'), { recursive: true });
      writeFileSync(cache, 'no folder: nothing can be kept');
      const held = await read(folder, side);
      assert.ok(held.images instanceof Uint8Array);
      rmSync(cache);
      for (const round of ['decoded', 'cached']) {
        const data = await read(folder, side);
        const images = stored(data);
        assert.equal(bytesOf(data), held.images, round);
        assert.is(images.sha256, digest('sha256', bytesOf(held)));
        assert.equal([digestOf(images), imagesDigest(data)], [digestOf(held.images), imagesDigest(held)]);
        for (const indices of [undefined, Uint32Array.of(5, 0, 5), new Uint32Array(0)])
          assert.equal(meanStd(data, indices), meanStd(held, indices), `${round}: ${String(indices)}`);
        assert.is(images.countBytes(new Uint32Array(8), new Float64Array(768)), side === COUNTED, round);
        assert.equal(imageReader(images, images.size)(3, 2), imageReader(held.images, images.size)(3, 2));
      }
    }));

test('views of stored pictures are what copies of them would be', () =>
  inCache(async (folder) => {
    await twoColours(folder, 5);
    const data = await read(folder, COUNTED);
    const held = { ...data, images: bytesOf(data) };
    const order = Uint32Array.of(7, 2, 3, 4, 2, 9, 0);
    const [some, copies] = [selectImages(data, order), selectImages(held, order)];
    const twice = Uint32Array.of(1, 2, 6, 1);
    assert.equal(bytesOf(some), copies.images);
    assert.equal(bytesOf(selectImages(some, twice)), bytesOf(selectImages(copies, twice)));
    assert.equal(meanStd(some, twice), meanStd(copies, twice));
    assert.equal(digestOf(some.images), digestOf(copies.images));
    const size = 3 * COUNTED * COUNTED;
    const joined = joinImages(some.images, copies.images, size);
    const read13 = imageReader(joined, size);
    const both = Uint8Array.from([...bytesOf(copies), ...bytesOf(copies)]);
    for (const [first, count] of [
      [0, 14],
      [5, 4],
      [7, 2],
      [13, 1],
    ])
      assert.equal(read13(first, count), both.subarray(first * size, (first + count) * size), `${first} ${count}`);
    const whole = { ...some, count: 14, images: joined };
    assert.equal(meanStd(whole, twice), meanStd(copies, twice));
    const [merged, moved] = [data, held].map(
      (train) => mergeClasses({ train, test: null }, { crimson: ['red'], navy: ['blue'] }).train,
    );
    assert.is(stored(merged).sha256, stored(data).sha256, 'no picture was left out');
    assert.equal(imagesDigest(merged), imagesDigest(moved));
    const [red, alone] = [data, { ...held, images: bytesOf(held).slice() }].map(
      (train) => mergeClasses({ train, test: null }, { crimson: ['red'] }).train,
    );
    assert.equal(bytesOf(red), alone.images);
    assert.is(red.count, 5);
  }));

test('a pass through all of them takes one piece of memory', () =>
  inCache(async (folder) => {
    await twoColours(folder, 15);
    const data = await read(folder, 512); // 786,432 bytes a picture: 4 in a piece
    const memory = new Set<ArrayBuffer>();
    const lengths: number[] = [];
    for (const piece of piecesOf(data.images)) {
      memory.add(piece.buffer);
      lengths.push(piece.length / 786_432);
    }
    assert.equal(lengths, [4, 4, 4, 4, 4, 4, 4, 2]);
    assert.equal(
      [...memory].map((m) => m.byteLength),
      [4 * 786_432],
    );
  }));

test('damaged pictures are decoded again, and no others', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 3);
    writeFileSync(join(folder, 'blue/1.jpg'), 'no picture'); // files and pictures have other numbers
    const expected = bytesOf(await read(folder, 8));
    const size = 192;
    damage(fileOf(cache, '.u8'), 1 * size + 7);
    damage(fileOf(cache, '.u8'), 4 * size);
    const said = await saidIn(async () => {
      const data = await read(folder, 8);
      assert.equal(bytesOf(data), expected);
      assert.ok(isStored(data.images));
    });
    assert.match(said, /\.u8: 2 of 5 pictures are damaged/);
    assert.equal(new Uint8Array(readFileSync(fileOf(cache, '.u8'))), expected, 'mended');
    assert.is(await saidIn(async () => void (await read(folder, 8))), '');
  }));

test('a damaged picture whose file is another by now is an error', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 2);
    const hashes = new Map<string, string>();
    for (const name of ['blue/0.jpg', 'blue/1.jpg', 'red/0.png', 'red/1.png'])
      hashes.set(join(folder, name), digest('sha256', readFileSync(join(folder, name))));
    const known = { ...NOTHING, hashOf: (file: string) => hashes.get(file) ?? null };
    await read(folder, 8, known);
    writeFileSync(join(folder, 'blue/1.jpg'), await plain(9, 9, [0, 0, 0]).png().toBuffer());
    damage(fileOf(cache, '.u8'), 192);
    await saidIn(async () => void (await fails(() => read(folder, 8, known), 3, /blue\/1\.jpg: has changed/)));
  }));

test('the cache may be deleted while its pictures are in use; damage that comes then is an error', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 3);
    const data = await read(folder, COUNTED);
    const expected = bytesOf(data);
    rmSync(cache, { recursive: true });
    assert.equal(bytesOf(data), expected);
    assert.ok(stored(data).countBytes(new Uint32Array(6), new Float64Array(768)));
    const other = await read(folder, COUNTED);
    const file = fileOf(cache, '.u8');
    damage(file, 2 * stored(other).size);
    await fails(() => bytesOf(other), 3, /picture 2 has been damaged since/);
    const one = imageReader(other.images, stored(other).size);
    assert.equal(one(3), imageReader(expected, stored(data).size)(3), 'the others are as they were');
    truncateSync(file, 10);
    await fails(() => one(3), 3, /can no longer be read: .*shorter/);
  }));

test('damaged counts are counted again', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 3);
    const data = await read(folder, COUNTED);
    const expected = meanStd({ ...data, images: bytesOf(data) });
    damage(fileOf(cache, '.u32'), 5);
    const said = await saidIn(async () => assert.equal(meanStd(await read(folder, COUNTED)), expected));
    assert.match(said, /\.u32 is damaged: the pictures are counted again/);
    rmSync(fileOf(cache, '.u32'));
    const again = await read(folder, COUNTED);
    assert.equal([isStored(again.images), meanStd(again)], [true, expected], 'counts that are gone');
  }));

test('what is doubted of pictures is the same wherever they lie', () =>
  inCache(async (folder) => {
    await twoColours(folder, 6);
    const data = await read(folder, 16);
    const held = { ...data, images: bytesOf(data) };
    const [own, part] = [Uint32Array.of(0, 1, 2, 6, 7, 8), Uint32Array.of(2, 3, 9, 7)];
    const doubts = (train: ImageDataset, tested: ImageDataset): string[] =>
      doubtsAbout({ data: train, indices: own }, { test: { data: tested, indices: part } });
    assert.match(doubts(held, held).join(), /2 of 4 test images are training images too/);
    for (const [train, tested] of [
      [data, data],
      [data, held],
      [held, data],
    ])
      assert.equal(doubts(train, tested), doubts(held, held));
  }));

test.run();

/** Pictures that are decoded when they are needed: the same data and the same runs as of those that are kept. */
import { createTar } from 'nanotar';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { digestOf, imageReader, isStored, type StoredImages } from '../../../src/data/images.js';
import { loadDataset } from '../../../src/data/load.js';
import { meanStd } from '../../../src/data/normalize.js';
import { Prefetch } from '../../../src/data/prefetch.js';
import { selectImages } from '../../../src/data/select_images.js';
import { imagesDigest } from '../../../src/train/checkpoint/provenance.js';
import { suite } from '../../support/harness.js';
import { bytesOf, fails } from '../fixtures.js';
import { inCache, noise, spread, twoColours } from '../picture_files.js';

const test = suite('streamed pictures');
const SIDE = 8;

test('a folder streamed is the folder, and nothing decoded is on the disk', () =>
  inCache(async (folder, cache) => {
    await twoColours(folder, 5);
    const cut = await noise(60, 60).jpeg().toBuffer();
    spread(folder, { 'red/cut.jpg': cut.subarray(0, cut.length / 2) });
    const kept = await loadDataset(folder, { imageSize: SIDE });
    rmSync(cache, { recursive: true });
    for (const round of ['a first pass', 'what is known of it']) {
      const { train, notes } = await loadDataset(folder, { imageSize: SIDE, stream: true, memory: 5000 / 2 ** 20 });
      const images = train.images as StoredImages;
      assert.equal(
        readdirSync(cache).filter((name) => name.endsWith('.u8')),
        [],
        round,
      );
      assert.equal([images.sha256, images.memory], [digestOf(kept.train.images), 5000]);
      assert.equal(imagesDigest(train), imagesDigest(kept.train));
      assert.equal(notes?.map(String), kept.notes?.map(String));
      assert.is(images.countBytes(new Uint32Array(10), new Float64Array(768)), true, 'however small they are');
      assert.equal(meanStd(train, Uint32Array.of(1, 7, 1)), meanStd(kept.train, Uint32Array.of(1, 7, 1)));
      assert.equal(bytesOf(train), bytesOf(kept.train), round);
      const some = new Uint8Array(3 * images.size);
      await images.load(Uint32Array.of(9, 0, 9), some);
      const read = imageReader(kept.train.images, images.size);
      assert.equal(some, Uint8Array.from([9, 0, 9].flatMap((n) => [...read(n)])));
      const few = selectImages(train, Uint32Array.of(4, 2));
      assert.is(imagesDigest(few), imagesDigest(selectImages(kept.train, Uint32Array.of(4, 2))));
    }
  }));

test('a picture that is another now, or gone, ends the reading of it, and says so', () =>
  inCache(async (folder) => {
    await twoColours(folder, 2);
    const { train } = await loadDataset(folder, { imageSize: SIDE, stream: true });
    const images = train.images as StoredImages;
    const into = new Uint8Array(images.size);
    writeFileSync(`${folder}/blue/0.jpg`, readFileSync(`${folder}/blue/1.jpg`));
    await fails(() => images.load(Uint32Array.of(0), into), 3, /blue.0\.jpg: has changed since training began/);
    await fails(async () => images.read(0, into), 3, /has changed/);
    rmSync(`${folder}/red/0.png`);
    await fails(() => images.load(Uint32Array.of(2), into), 3, /red.0\.png: /);
    await images.load(Uint32Array.of(1), into);
  }));

test('tar shards are the folder, in both layouts, read where they lie', () =>
  inCache(async (folder, cache) => {
    await twoColours(`${folder}/data`, 4);
    const kept = await loadDataset(`${folder}/data`, { imageSize: SIDE });
    const files = readdirSync(`${folder}/data`).flatMap((label) =>
      readdirSync(`${folder}/data/${label}`).map((name) => ({
        label,
        name,
        data: new Uint8Array(readFileSync(`${folder}/data/${label}/${name}`)),
      })),
    );
    const tar = (to: string, members: Parameters<typeof createTar>[0]): void => {
      mkdirSync(join(to, '..'), { recursive: true });
      writeFileSync(to, createTar(members));
    };
    tar(
      `${folder}/plain.tar`,
      files.map(({ label, name, data }) => ({ name: `data/${label}/${name}`, data })),
    );
    const text = new TextEncoder();
    const labels = [
      (label: string) => ({ name: 'cls', data: text.encode(label === 'red' ? '1\n' : '0') }),
      (label: string) => ({ name: 'json', data: text.encode(JSON.stringify({ id: 3, label })) }),
      (label: string) => ({ name: 'txt', data: text.encode(`${label}\n`) }),
    ];
    for (let shard = 0; shard < 3; shard++)
      tar(
        `${folder}/shards/train-${shard}.tar`,
        files
          .filter((_, i) => i % 3 === shard)
          .flatMap(({ label, name, data }) => {
            const key = `${label}_${name.split('.')[0]}`;
            const said = labels[shard](label);
            return [
              { name: `${key}.${said.name}`, data: said.data },
              { name: `${key}.${name.split('.')[1]}`, data },
            ];
          }),
      );
    writeFileSync(`${folder}/shards/classes.txt`, 'blue\nred\n');
    const digest = imagesDigest(kept.train);
    for (const spec of ['plain.tar', 'shards', 'shards/train-{0..2}.tar', 'shards/*.tar'])
      for (const stream of [false, true]) {
        const { train } = await loadDataset(`${folder}/${spec}`, { imageSize: SIDE, stream });
        assert.equal([train.classes, train.count, imagesDigest(train)], [['blue', 'red'], 8, digest], spec);
      }
    assert.not.ok(readdirSync(join(cache, '..')).includes('unpacked'), 'nothing is unpacked');
    await fails(() => loadDataset(`${folder}/shards/train-{0..3}.tar`), 3, /there is no .*train-3\.tar/);
    await fails(() => loadDataset(`${folder}/shards/val-*.tar`), 3, /no file has such a name/);
    const whole = readFileSync(`${folder}/plain.tar`);
    for (const [length, says] of [
      [600, /cut\.tar: is no whole tar file: it ends within data.blue/],
      [1024, /cut\.tar: is no whole tar file: it has no end/],
    ] as const) {
      writeFileSync(`${folder}/cut.tar`, whole.subarray(0, length));
      await fails(() => loadDataset(`${folder}/cut.tar`), 3, says);
    }
    writeFileSync(
      `${folder}/odd.tar`,
      whole.map((byte, i) => (i === 3 ? byte ^ 1 : byte)),
    );
    await fails(() => loadDataset(`${folder}/odd.tar`), 3, /the header at byte 0 is none/);
    // a size of the extended header that would lead back to the first
    const back = createTar([
      { name: 'pax', data: text.encode('14 size=-1536\n') },
      { name: '1.png', data: files[0].data },
    ]);
    const sum = Number.parseInt(Buffer.from(back.subarray(148, 154)).toString(), 8) + 0x78 - back[156];
    back.set(text.encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
    back[156] = 0x78; // x
    writeFileSync(`${folder}/back.tar`, back);
    await fails(() => loadDataset(`${folder}/back.tar`), 3, /back\.tar: is no whole tar file/);
    tar(`${folder}/bare.tar`, [{ name: '1.png', data: files[0].data }]);
    await fails(() => loadDataset(`${folder}/bare.tar`), 3, /no JPEG, PNG or WebP picture with a label/);
  }));

/** Images of one byte, and how many of them wait at a time. */
function slowImages(): { images: StoredImages; asked: number[] } {
  const asked: number[] = [];
  const images: StoredImages = {
    length: 1000,
    size: 1,
    sha256: null,
    memory: 1,
    read: () => assert.unreachable(),
    load: async (numbers, into) => {
      asked.push(...numbers);
      await new Promise((resolve) => setTimeout(resolve, numbers[0] > 60 ? 8 : 1));
      if (numbers.includes(99)) throw new Error('99 is gone');
      for (const [i, n] of numbers.entries()) into[i] = n;
    },
    checkOf: () => null,
    countBytes: () => false,
  };
  assert.ok(isStored(images));
  return { images, asked };
}

async function taken(ahead: Prefetch, counts: readonly number[]): Promise<number[]> {
  const all: number[] = [];
  for (const count of counts) {
    const into = new Uint8Array(count);
    await ahead.take(count, into);
    all.push(...into);
  }
  return all;
}

test('reading ahead keeps the order, its memory, and what was read for the next epoch', async () => {
  const { images, asked } = slowImages();
  const ahead = new Prefetch(images, 8, 100);
  assert.is(ahead.memory, 8);
  const order = Uint32Array.from({ length: 20 }, (_, i) => 50 - i);
  const next = order.map((n) => n + 30);
  ahead.restart(order, 3);
  ahead.follow(next);
  assert.is(ahead.has(1), false);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal([ahead.has(8), ahead.has(9), asked.length], [true, false, 8], 'no more than its memory');
  assert.equal(await taken(ahead, [5, 5, 7]), [...order.subarray(3)]);
  ahead.restart(next.slice(), 0);
  assert.equal(await taken(ahead, [6]), [...next.subarray(0, 6)]);
  assert.equal(new Set(asked).size, asked.length, 'none was asked for twice');
  ahead.restart(order, 10); // in the middle, while others are on their way into the same memory
  await new Promise((resolve) => setTimeout(resolve, 30)); // what they wrote would be there now
  assert.equal(await taken(ahead, [1, 9]), [...order.subarray(10)]);
  ahead.restart(Uint32Array.of(1, 2, 99), 0);
  assert.equal(await taken(ahead, [2]), [1, 2]);
  const gone = await taken(ahead, [1]).catch((error: Error) => error.message);
  assert.is(gone, '99 is gone');
});

test.run();

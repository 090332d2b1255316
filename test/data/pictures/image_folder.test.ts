/** Folders of pictures: parts, splits, what cannot be read, and the cache. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { loadDataset } from '../../../src/data/load.js';
import { onNotice } from '../../../src/device/notices.js';
import { trainingSplit } from '../../../src/data/sampler.js';
import { suite, testWithData } from '../../support/harness.js';
import { bytesOf, fails } from '../fixtures.js';
import { inCache, noise, plain, spread, twoColours } from '../picture_files.js';

const test = suite('folders of pictures');

test('train, validation and test are parts; classes are train’s, sorted', () =>
  inCache(async (data) => {
    await twoColours(`${data}/train`, 3);
    await twoColours(`${data}/val`, 2, 3);
    await twoColours(`${data}/test`, 1, 5);
    spread(data, { 'train/red/notes.txt': 'no picture', 'train/red/.hidden.png': '', 'readme.md': '' });
    const { train, test: tested, notes } = await loadDataset(data, { imageSize: 8 });
    assert.equal(
      [train.count, train.channels, train.height, train.width, train.validationStart, tested?.count],
      [10, 3, 8, 8, 6, 2],
    );
    assert.equal(train.classes, ['blue', 'red']);
    assert.equal([...train.labels], [0, 0, 0, 1, 1, 1, 0, 0, 1, 1]);
    assert.equal(notes?.map(String), [`${data}: 15 files: 12 used, 1 empty, 1 no picture, 1 hidden`]);
    assert.is(train.images.length, 10 * 192);
    for (let n = 0; n < 10; n++)
      assert.is(
        bytesOf(train)[192 * n] > bytesOf(train)[192 * n + 128],
        train.labels[n] === 1,
        `picture ${n} is of its label's colour`,
      );
    const { train: own, validation } = trainingSplit(train, 0.5, 7);
    assert.equal(
      [[...own], [...validation]],
      [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9],
      ],
    );
  }));

test('one folder is split by the seed', () =>
  inCache(async (data) => {
    await twoColours(data, 5);
    const { train, test: tested } = await loadDataset(data, { imageSize: 8 });
    assert.equal([train.count, train.validationStart, tested], [10, undefined, null]);
    const [a, b, c] = [1, 1, 2].map((seed) => trainingSplit(train, 0.4, seed));
    assert.equal(a, b);
    assert.not.equal(a, c);
    assert.equal([a.train.length, a.validation.length], [6, 4]);
  }));

test('pictures that cannot be read are left out, named and counted', () =>
  inCache(async (data) => {
    await twoColours(`${data}/train`, 3);
    await twoColours(`${data}/test`, 1, 3);
    const cut = await noise(90, 60).jpeg().toBuffer();
    spread(data, {
      'train/blue/0a.jpg': cut.subarray(0, cut.length / 2),
      'train/red/z.png': 'words',
      'test/red/y.webp': '',
    });
    for (const round of ['decoded', 'from the cache']) {
      const { train, test: tested, notes } = await loadDataset(data, { imageSize: 8 });
      assert.equal([train.count, tested?.count, [...train.labels]], [6, 2, [0, 0, 0, 1, 1, 1]], round);
      assert.is(notes?.length, 1);
      assert.match(
        String(notes?.[0]),
        /left out 3 of 11 pictures.*train\/blue\/0a\.jpg is damaged or truncated.*train\/red\/z\.png is no JPEG.*test\/red\/y\.webp is empty/,
      );
      for (let n = 0; n < 6; n++)
        assert.is(
          bytesOf(train)[192 * n] > bytesOf(train)[192 * n + 128],
          train.labels[n] === 1,
          `${round}: picture ${n}`,
        );
    }
    for (const name of readdirSync(`${data}/train/red`)) writeFileSync(`${data}/train/red/${name}`, 'words');
    await fails(
      () => loadDataset(data, { imageSize: 8 }),
      3,
      /data train: class red has no training picture that can be read; left out 6 of 11/,
    );
  }));

test('a part without a picture that can be read is no part, and that is said', () =>
  inCache(async (data) => {
    await twoColours(`${data}/train`, 3);
    spread(data, { 'val/red/a.png': 'words', 'test/red/b.png': 'other words' });
    const { train, test: tested, notes } = await loadDataset(data, { imageSize: 8 });
    assert.equal([train.count, train.validationStart, tested], [6, undefined, null]);
    assert.equal(notes?.slice(1), [
      'the validation part has no image left: the share for validation is drawn from training',
      'the test part has no image left: there is none to test on',
    ]);
    assert.is(trainingSplit(train, 0.5, 0).validation.length, 3);
    spread(data, { 'test/blue/c.png': await plain(9, 9, [1, 2, 200]).png().toBuffer() });
    assert.is((await loadDataset(data, { imageSize: 8 })).test?.count, 1);
    const merged = await loadDataset(data, { imageSize: 8, classes: { red: ['red'] } });
    assert.is(merged.test, null);
    assert.match(merged.notes?.join() ?? '', /classes left out: 4 of blue.*the test part has no image left/);
  }));

test('pictures that lie where none are looked for are counted', () =>
  inCache(async (data) => {
    await twoColours(`${data}/train`, 1);
    const picture = await plain(9, 9, [1, 2, 3]).png().toBuffer();
    const [flat, deep, second, other] = ['test/a.png', 'train/red/more/b.png', 'valid/red/c.png', 'rest/d.png'];
    spread(data, {
      [flat]: picture,
      [deep]: picture,
      'val/red/e.png': await plain(9, 9, [9, 9, 9]).png().toBuffer(),
      [second]: picture,
      [other]: picture,
      'rest/.hidden.png': picture,
    });
    const { train, test: tested, notes } = await loadDataset(data, { imageSize: 8 });
    assert.equal([train.count, train.validationStart, tested], [3, 2, null]);
    const places = [other, flat, deep, second].map((name) => `1 in ${data}/${name.slice(0, name.lastIndexOf('/'))}`);
    assert.equal(notes?.map(String), [
      `left out 4 pictures that are in no folder of a class of a part: ${places.join('; ')}`,
      `${data}: 8 files: 3 used, 4 in no folder of a class, 1 hidden`,
    ]);
    rmSync(`${data}/train`, { recursive: true });
    for (const name of ['test', 'val', 'valid']) rmSync(`${data}/${name}`, { recursive: true });
    spread(data, { 'f.png': picture });
    assert.match(
      String((await loadDataset(data, { imageSize: 8 })).notes?.[0]),
      /left out 1 picture that is in no folder of a class of a part: 1 in /,
    );
  }));

test('folders that are no data set say what one looks like', () =>
  inCache(async (data) => {
    mkdirSync(`${data}/red`);
    await fails(() => loadDataset(data), 3, /hold no JPEG, PNG or WebP pictures$/);
    mkdirSync(`${data}/train`);
    await fails(() => loadDataset(data), 3, /train: has no sub-folders/);
    await twoColours(`${data}/train`, 1);
    spread(data, { 'test/green/a.png': await plain(3, 3, [0, 255, 0]).png().toBuffer() });
    const error = await fails(() => loadDataset(data), 3, /test\/green: there is no such class/);
    assert.match(error.fix ?? '', /blue, red/);
    rmSync(`${data}/test`, { recursive: true });
    await fails(() => loadDataset(data, { imageSize: 8, crop: 9 }), 3, /crop 9 is more than its images of 8x8/);
    await fails(
      () => loadDataset('synthetic', { imageSize: 32 }),
      3,
      /its images are 28x28; imageSize is for pictures/,
    );
  }));

test('decoded pictures are kept by their contents and size; damage is noticed', () =>
  inCache(async (data, cache) => {
    await twoColours(data, 2);
    let decoded = 0;
    const read = async (imageSize: number): Promise<string> => {
      decoded = 0;
      const { train } = await loadDataset(data, {
        imageSize,
        onProgress: ({ work }) => (decoded += Number(work === 'reading pictures')),
      });
      return Buffer.from(bytesOf(train)).toString('hex');
    };
    const first = await read(8);
    assert.is(decoded, 4);
    assert.is(await read(8), first);
    assert.is(decoded, 0, 'from the cache');
    await read(9);
    assert.is(decoded, 4, 'another size');
    assert.is(readdirSync(cache).length, 4);
    const said: string[] = [];
    const silence = onNotice((text) => said.push(text));
    for (const damage of ['flip', 'cut', 'note', 'failures']) {
      const files = readdirSync(cache).map((name) => join(cache, name));
      for (const file of files.filter((f) => f.endsWith(['note', 'failures'].includes(damage) ? '.json' : '.u8'))) {
        const bytes = readFileSync(file);
        if (damage === 'flip') bytes[5] ^= 1;
        writeFileSync(
          file,
          damage === 'cut'
            ? bytes.subarray(1)
            : damage === 'note'
              ? '{'
              : damage === 'failures'
                ? bytes.toString().replace('"failures":[]', '"failures":[[0,"no picture"]]')
                : bytes,
        );
      }
      assert.is(await read(8), first, damage);
      assert.is(decoded, damage === 'flip' ? 0 : 4, `${damage}: a damaged picture is decoded by itself`);
      assert.match(said.at(-1) ?? '', /(damaged|is not JSON).*decoded again/, damage);
    }
    silence();
    writeFileSync(`${data}/red/0.png`, await plain(24, 20, [255, 255, 255]).png().toBuffer());
    assert.is.not(await read(8), first);
    assert.is(decoded, 4, 'an edited picture');
    rmSync(cache, { recursive: true });
    writeFileSync(cache, 'a file where the folder should be');
    await read(8);
    assert.is(statSync(cache).isFile(), true, 'a cache that cannot be written costs nothing but time');
  }));

testWithData(test, 'the real photographs have the counts that are known of them', 'clothing', (folder) =>
  inCache(async () => {
    const classes = {
      hat: ['hat'],
      outerwear: ['outwear'],
      tops: ['t-shirt', 'shirt', 'longsleeve'],
      bottoms: ['pants', 'shorts', 'skirt'],
      shoes: ['shoes'],
    };
    const { train, test: tested, notes } = await loadDataset(folder, { imageSize: 16, classes });
    assert.equal([train.validationStart, train.count, tested?.count], [3068 - 241, 3068 + 341 - 241 - 32, 372 - 15]);
    const counts = classesOf(train.labels.subarray(0, train.validationStart));
    assert.equal(counts, [123, 184, 795 + 290 + 455, 468 + 202 + 112, 198]);
    assert.match((notes ?? []).join(), /classes left out: 288 of dress/);
  }),
);

function classesOf(labels: Uint32Array): number[] {
  const counts = new Array<number>(5).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

test.run();

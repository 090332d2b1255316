/** Data that other tools packed: the same pictures in a folder, a zip, Parquet and NumPy's arrays are the same data. */
import { createTar } from 'nanotar';
import { strToU8, zipSync } from 'fflate';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { parseNpy } from '../../src/data/arrays/npy.js';
import { downloadDataSet } from '../../src/data/files/data_sets.js';
import { loadDataset } from '../../src/data/load.js';
import type { DatasetSplits, ImageDataset } from '../../src/data/dataset.js';
import { encodePng } from '../../src/data/pictures/png.js';
import { imagesDigest } from '../../src/train/checkpoint/provenance.js';
import { suite } from '../support/harness.js';
import { fails, inFolder } from './fixtures.js';

const test = suite('packed data');

interface Packed {
  readonly classes: readonly string[];
  /** (N, C, H, W) */
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly parquet: Readonly<Record<'train' | 'test', string>>;
  readonly npz: Readonly<Record<string, string>>;
  readonly floats: string;
}

// compiled to dist/test/data/packed.test.js
const PACKED = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../test/golden/numbers/packed.json', import.meta.url)), 'utf8'),
) as Packed;
const bytesOf = (text: string): Buffer => Buffer.from(text, 'base64');
const put = (file: string, content: Uint8Array | string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};

/** Runs with a cache of its own below the folder. */
async function withCache(body: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const before = process.env['WEFT_CACHE'];
    process.env['WEFT_CACHE'] = join(folder, 'cache');
    try {
      await body(folder);
    } finally {
      if (before === undefined) delete process.env['WEFT_CACHE'];
      else process.env['WEFT_CACHE'] = before;
    }
  });
}

const SIZE = 3 * 4 * 4;
const pictures = (part: 'train' | 'test'): readonly { name: string; label: string; png: Uint8Array }[] =>
  Array.from({ length: PACKED[part].length / SIZE }, (_, n) => {
    const planes = PACKED[part].slice(n * SIZE, (n + 1) * SIZE);
    const rgb = Uint8Array.from({ length: SIZE }, (__, i) => planes[(i % 3) * 16 + Math.floor(i / 3)]);
    const label = PACKED.classes[part === 'train' ? Math.floor(n / 2) : n];
    return { name: `${n}.png`, label: label.replace('/', '-'), png: encodePng(rgb, 4, 4) };
  });

/** The folder of which all others are other forms. */
function writeFolder(folder: string): void {
  for (const part of ['train', 'test'] as const)
    for (const { name, label, png } of pictures(part)) put(join(folder, part, label, name), png);
}

const digests = ({ train, test: tested }: DatasetSplits): string[] =>
  [train, tested as ImageDataset].map((data) => imagesDigest(data));

test('a folder, a zip of it, Parquet and .npz hold the same images, labels and classes', () =>
  withCache(async (folder) => {
    writeFolder(join(folder, 'photos'));
    const files = Object.fromEntries(
      (['train', 'test'] as const).flatMap((part) =>
        pictures(part).map(({ name, label, png }) => [`photos/${part}/${label}/${name}`, png] as const),
      ),
    );
    put(join(folder, 'photos.zip'), zipSync({ ...files, '__MACOSX/photos/._x': strToU8('x') }));
    for (const part of ['train', 'test'] as const)
      put(join(folder, 'rows', `${part}-00000-of-00001.parquet`), bytesOf(PACKED.parquet[part]));
    for (const [name, content] of Object.entries(PACKED.npz))
      put(join(folder, `${name.replace(/\W+/g, '_')}.npz`), bytesOf(content));
    const load = (name: string): Promise<DatasetSplits> => loadDataset(join(folder, name), { imageSize: 4 });
    const expected = digests(await load('photos'));
    for (const name of ['photos.zip', 'rows', 'channels_last.npz', 'channels_first_packed.npz']) {
      const splits = await load(name);
      assert.equal(digests(splits), expected, name);
      const classes = name === 'photos.zip' ? ['a-b', 'cold', 'warm'] : PACKED.classes;
      assert.equal(splits.train.classes, classes, name);
      assert.ok(splits.train.name.startsWith(join(folder, name)), splits.train.name);
    }
    const unpacked = readdirSync(join(folder, 'cache', 'unpacked'));
    assert.is(unpacked.length, 2, 'the zip and the rows');
    await load('photos.zip');
    assert.equal(readdirSync(join(folder, 'cache', 'unpacked')), unpacked, 'not again');
  }));

test('one Parquet file without parts; columns by name', () =>
  withCache(async (folder) => {
    put(join(folder, 'some.parquet'), bytesOf(PACKED.parquet.train));
    const { train, test: tested } = await loadDataset(join(folder, 'some.parquet'), { imageSize: 4 });
    assert.is(train.count, 6);
    assert.is(tested, null);
    await fails(
      () => loadDataset(join(folder, 'some.parquet'), { label: 'kind' }),
      3,
      /has no column kind; it has image, label/,
    );
    put(join(folder, 'cut.parquet'), bytesOf(PACKED.parquet.train).subarray(0, 900));
    await fails(() => loadDataset(join(folder, 'cut.parquet')), 3, /cut\.parquet: cannot be read as Parquet/);
  }));

test('what is refused of a zip: paths that lead out, what grows beyond reason, damage', () =>
  withCache(async (folder) => {
    const png = pictures('train')[0].png;
    put(join(folder, 'out.zip'), zipSync({ '../../escaped/a/1.png': png }));
    await fails(() => loadDataset(join(folder, 'out.zip')), 3, /"\.\.\/\.\.\/escaped\/a\/1\.png", which is no path/);
    assert.not.ok(existsSync(join(folder, '..', 'escaped')) || existsSync(join(folder, 'escaped')));
    put(join(folder, 'grows.zip'), zipSync({ 'a/1.png': new Uint8Array(2 ** 25) }));
    await fails(() => loadDataset(join(folder, 'grows.zip')), 3, /bytes that unpack to 33554432/);
    put(join(folder, 'cut.zip'), zipSync({ 'a/1.png': png }).subarray(0, 40));
    await fails(() => loadDataset(join(folder, 'cut.zip')), 3, /cut\.zip: the zip file is damaged/);
  }));

test('what is refused of arrays: floats, no images, labels that do not fit, cut ones', () =>
  withCache(async (folder) => {
    put(join(folder, 'floats.npz'), bytesOf(PACKED.floats));
    await fails(() => loadDataset(join(folder, 'floats.npz')), 3, /x_train\.npy: has numbers of type <f8/);
    const npy = (descr: string, shape: string, data: Uint8Array): Uint8Array => {
      const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
      const out = Buffer.concat([
        Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1'),
        Buffer.from(header),
        Buffer.from(data),
      ]);
      out.writeUInt16LE(header.length, 8);
      return out;
    };
    const images = npy('|u1', '(2, 4, 4)', new Uint8Array(32));
    const arrays: readonly (readonly [RegExp, Record<string, Uint8Array>])[] = [
      [/holds a, and no images with labels/, { 'a.npy': images }],
      [/labels of shape \(3\) for 2 images/, { 'x.npy': images, 'y.npy': npy('|u1', '(3,)', new Uint8Array(3)) }],
      [/images of shape \(32\)/, { 'x.npy': npy('|u1', '(32,)', new Uint8Array(32)), 'y.npy': images }],
      [/7 bytes of numbers, expected 32/, { 'x.npy': npy('|u1', '(2, 4, 4)', new Uint8Array(7)) }],
      [/its header/, { 'x.npy': images.subarray(0, 40) }],
    ];
    for (const [says, files] of arrays) {
      put(join(folder, 'odd.npz'), zipSync(files));
      await fails(() => loadDataset(join(folder, 'odd.npz')), 3, says);
    }
    assert.equal(
      parseNpy(npy('<i4', '(2,)', Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255)), 'x').data,
      Float64Array.of(1, -1),
    );
  }));

test('CIFAR-100: two labels a record, names of the finer ones; out of an archive that was downloaded', () =>
  withCache(async (folder) => {
    const record = (coarse: number, fine: number): Uint8Array =>
      Uint8Array.from({ length: 2 + 3072 }, (_, i) => (i === 0 ? coarse : i === 1 ? fine : (fine + i) % 256));
    const all = (labels: readonly number[]): Uint8Array => Buffer.concat(labels.map((l) => record(9, l)));
    const files = {
      'train.bin': all([0, 1, 2, 0, 1, 2]),
      'test.bin': all([2, 1]),
      'fine_label_names.txt': strToU8('apple\nbear\ncrab\n'),
    };
    const tar = createTar(Object.entries(files).map(([name, data]) => ({ name: `cifar-100-binary/${name}`, data })));
    const archive = gzipSync(tar);
    const server = createServer((_, response) => void response.end(archive));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const set = {
        url: 'https://example.org/',
        files: [
          {
            name: 'archive.tar.gz',
            bytes: archive.length,
            md5: createHash('md5').update(archive).digest('hex'),
          },
        ],
        contents: Object.keys(files),
      };
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await downloadDataSet(set, join(folder, 'cifar'), { baseUrl });
    } finally {
      server.close();
    }
    const { train, test: tested } = await loadDataset(join(folder, 'cifar'));
    assert.equal(train.classes, ['apple', 'bear', 'crab']);
    assert.equal([...train.labels], [0, 1, 2, 0, 1, 2]);
    assert.equal([...(tested?.labels ?? [])], [2, 1]);
    assert.is(train.images.length, 6 * 3072);
  }));

test.run();

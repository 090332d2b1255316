/** Hashes of what pictures look like: near for the same picture, far for others. */
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../../src/data/dataset.js';
import { syntheticGarments } from '../../../src/data/drawn/garments.js';
import { hashDistance, hashTexts, parseHashes, perceptualHashes } from '../../../src/data/pictures/perceptual_hash.js';
import { decodeSquare } from '../../../src/data/pictures/picture.js';
import { suite } from '../../support/harness.js';

const test = suite('perceptual hash');
const SIDE = 96;

/** Garments on a large square: smooth, as photographs are. */
async function garment(n: number): Promise<Buffer> {
  const { images } = syntheticGarments({ train: 40, test: 0, seed: 3 }).train;
  return sharp(Buffer.from(images.subarray(n * 784, (n + 1) * 784)), { raw: { width: 28, height: 28, channels: 1 } })
    .resize(200, 200, { kernel: 'cubic' })
    .png()
    .toBuffer();
}

async function hashesOf(files: readonly Uint8Array[]): Promise<Uint32Array> {
  const squares = await Promise.all(files.map((file, i) => decodeSquare(file, String(i), SIDE)));
  return perceptualHashes({
    images: Uint8Array.from(squares.flatMap((s) => [...s])),
    count: files.length,
    channels: 3,
    height: SIDE,
    width: SIDE,
  });
}

test('smaller, compressed and brighter is nearly the same; others are far', async () => {
  for (const n of [0, 7, 23]) {
    const own = await garment(n);
    const hashes = await hashesOf([
      own,
      await sharp(own).resize(130).jpeg({ quality: 40 }).toBuffer(),
      await sharp(own).linear(1, 12).png().toBuffer(),
      await garment(n + 1),
      await sharp(own).flop().png().toBuffer(),
    ]);
    assert.ok(hashDistance(hashes, 0, 1) <= 4, `compressed: ${hashDistance(hashes, 0, 1)}`);
    assert.ok(hashDistance(hashes, 0, 2) <= 4, `brighter: ${hashDistance(hashes, 0, 2)}`);
    assert.ok(hashDistance(hashes, 0, 3) > 12, `another: ${hashDistance(hashes, 0, 3)}`);
    assert.ok(hashDistance(hashes, 0, 4) > 4, `mirrored: ${hashDistance(hashes, 0, 4)}`);
    assert.is(hashDistance(hashes, 2, 2), 0);
  }
});

test('the frequencies are those of the cosine transform: a direct sum says so', () => {
  const [height, width] = [33, 40]; // neither is a multiple of 32
  const images = Uint8Array.from({ length: height * width }, (_, i) => (i * i * 31 + (i >> 3)) % 256);
  const data: Pick<ImageDataset, 'images' | 'count' | 'channels' | 'height' | 'width'> = {
    images,
    count: 1,
    channels: 1,
    height,
    width,
  };
  const share = (part: number, i: number, size: number): number =>
    Math.max(0, Math.min(((part + 1) * size) / 32, i + 1) - Math.max((part * size) / 32, i)) / (size / 32);
  const grey = Array.from({ length: 32 }, (_, y) =>
    Array.from({ length: 32 }, (__, x) => {
      let sum = 0;
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++) sum += images[r * width + c] * share(y, r, height) * share(x, c, width);
      return sum;
    }),
  );
  const low = Array.from({ length: 64 }, (_, i) => {
    const [u, v] = [Math.floor(i / 8), i % 8];
    let sum = 0;
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++)
        sum += grey[y][x] * Math.cos((Math.PI * (x + 0.5) * u) / 32) * Math.cos((Math.PI * (y + 0.5) * v) / 32);
    return sum;
  });
  const median = [...low.slice(1)].sort((a, b) => a - b)[31];
  const expected = new Uint32Array(2);
  for (const [i, v] of low.entries()) if (v > median) expected[i >> 5] |= 1 << (i & 31);
  assert.equal(perceptualHashes(data), expected);
});

test('as text and back', () => {
  const hashes = Uint32Array.of(0, 0xffffffff, 0x80000001, 7);
  assert.equal(hashTexts(hashes), ['00000000ffffffff', '8000000100000007']);
  assert.equal(parseHashes(hashTexts(hashes)), hashes);
  assert.equal([hashDistance(hashes, 0, 0), hashDistance(hashes, 0, 1)], [0, 31]);
});

test.run();

/**
 * Pictures that look the same: 64 bits that stay nearly the same when a picture is resized, compressed again or made a
 * little brighter. The method is the usual pHash: a grey square of 32 x 32, its discrete cosine transform, and whether
 * each of the 8 x 8 lowest frequencies is above their median.
 */
import type { ImageDataset } from '../dataset.js';
import { imageReader } from '../images.js';

const SIDE = 32;
const LOW = 8;

/** COSINE[u * SIDE + x] = cos(pi (x + 1/2) u / SIDE) */
const COSINE = Float64Array.from({ length: LOW * SIDE }, (_, i) =>
  Math.cos((Math.PI * ((i % SIDE) + 0.5) * Math.floor(i / SIDE)) / SIDE),
);

/** How much of each of `size` pixels lies in each of SIDE parts of the whole: (SIDE, size), rows that sum to 1. */
function shares(size: number): Float64Array {
  const table = new Float64Array(SIDE * size);
  const step = size / SIDE;
  for (let part = 0; part < SIDE; part++) {
    const [from, to] = [part * step, (part + 1) * step];
    for (let i = Math.floor(from); i < Math.min(size, Math.ceil(to)); i++)
      table[part * size + i] = (Math.min(to, i + 1) - Math.max(from, i)) / step;
  }
  return table;
}

/** a (n, m) times the transpose of b (p, m): (n, p). */
function product(a: Float64Array, b: Float64Array, m: number): Float64Array {
  const [n, p] = [a.length / m, b.length / m];
  const out = new Float64Array(n * p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      let sum = 0;
      for (let k = 0; k < m; k++) sum += a[i * m + k] * b[j * m + k];
      out[i * p + j] = sum;
    }
  }
  return out;
}

/** The 64 bits of every image, as two words each: (N, 2). */
export function perceptualHashes({
  images,
  count,
  channels,
  height,
  width,
}: Pick<ImageDataset, 'images' | 'count' | 'channels' | 'height' | 'width'>): Uint32Array {
  const area = height * width;
  // What a frequency takes of each pixel of a row, and of a column: both steps at once.
  const transposed = (table: Float64Array, n: number): Float64Array =>
    Float64Array.from(
      { length: table.length },
      (_, i) => table[(i % (table.length / n)) * n + Math.floor(i / (table.length / n))],
    );
  const along = (size: number): Float64Array => product(COSINE, transposed(shares(size), size), SIDE); // (LOW, size)
  const [across, down] = [along(width), along(height)];
  const hashes = new Uint32Array(2 * count);
  const read = imageReader(images, channels * area);
  const grey = new Float64Array(area);
  for (let n = 0; n < count; n++) {
    grey.fill(0);
    const image = read(n);
    for (let c = 0; c < channels; c++) for (let i = 0, at = c * area; i < area; i++) grey[i] += image[at + i];
    const rows = product(across, grey, width); // (LOW, height)
    const low = product(rows, down, height); // (LOW, LOW)
    const sorted = low.slice(1).sort(); // the first is the brightness of the whole
    const median = sorted[sorted.length >> 1];
    for (let i = 0; i < 64; i++) if (low[i] > median) hashes[2 * n + (i >> 5)] |= 1 << (i & 31);
  }
  return hashes;
}

function bitsSet(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Bits in which the hashes of two images differ: 0 to 64; of unrelated pictures about 32. */
export function hashDistance(hashes: Uint32Array, a: number, b: number): number {
  return bitsSet(hashes[2 * a] ^ hashes[2 * b]) + bitsSet(hashes[2 * a + 1] ^ hashes[2 * b + 1]);
}

/** Each hash as 16 hexadecimal digits. @param hashes (N, 2). */
export function hashTexts(hashes: Uint32Array): string[] {
  const digits = (word: number): string => word.toString(16).padStart(8, '0');
  return Array.from({ length: hashes.length / 2 }, (_, n) => digits(hashes[2 * n]) + digits(hashes[2 * n + 1]));
}

/** What `hashTexts` wrote: (N, 2). */
export function parseHashes(texts: readonly string[]): Uint32Array {
  return Uint32Array.from(
    texts.flatMap((text) => [text.slice(0, 8), text.slice(8)].map((digits) => Number.parseInt(digits, 16))),
  );
}

/** Pictures that tests write: encoded by the library that decodes them, so small that they can be checked by hand. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { inFolder } from './fixtures.js';

export type Rgb = readonly [number, number, number];

/** A picture of one colour; `channels` 4 adds this alpha. */
export function plain(width: number, height: number, [r, g, b]: Rgb, alpha?: number): Sharp {
  const pixel = alpha === undefined ? [r, g, b] : [r, g, b, alpha];
  const data = Buffer.from(Array.from({ length: width * height }, () => pixel).flat());
  return sharp(data, { raw: { width, height, channels: pixel.length === 4 ? 4 : 3 } });
}

/** Left half of one colour, right half of another. */
export function halves(width: number, height: number, left: Rgb, right: Rgb): Sharp {
  const data = Buffer.from(
    Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? left : right)).flat(),
  );
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Noise, which does not compress: a file that can be cut in the middle. */
export function noise(width: number, height: number): Sharp {
  return sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 30 } },
  });
}

/** Writes files below a folder, making what they lie in. */
export function spread(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(dirname(`${folder}/${name}`), { recursive: true });
    writeFileSync(`${folder}/${name}`, data);
  }
}

/**
 * Two classes told apart by colour, `n` pictures of each in `folder`; sizes and formats differ. Other numbers give
 * other pictures.
 */
export async function twoColours(folder: string, n: number, first = 0): Promise<void> {
  for (let i = first; i < first + n; i++) {
    const shade = 150 + ((i * 13) % 100);
    spread(folder, {
      [`blue/${i}.jpg`]: await plain(20 + i, 24, [10, 20, shade])
        .jpeg()
        .toBuffer(),
      [`red/${i}.png`]: await plain(24, 20 + i, [shade, 20, 10])
        .png()
        .toBuffer(),
    });
  }
}

/** A folder to fill, and a cache of its own. */
export async function inCache(body: (folder: string, cache: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const before = process.env['WEFT_CACHE'];
    process.env['WEFT_CACHE'] = join(folder, 'cache');
    mkdirSync(join(folder, 'data'));
    try {
      await body(join(folder, 'data'), join(folder, 'cache', 'images'));
    } finally {
      if (before === undefined) delete process.env['WEFT_CACHE'];
      else process.env['WEFT_CACHE'] = before;
    }
  });
}

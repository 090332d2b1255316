import type { ImageDataset } from '../dataset.js';
import { imageReader } from '../images.js';
import { hostRandom } from '../host_random.js';
import { encodePng } from './png.js';

const MAX_ROWS = 40;
/** Pixels between tiles, and around them. */
export const GAP = 2;
const GAP_GREY = 64;
/** Small images are doubled; large ones shrunk by a whole factor until a tile is at most this many pixels. */
const TILE = 128;

/**
 * The images of each row: up to `perClass` of each class (the first 40), drawn by `seed`. @param among indices; default
 * all.
 */
export function drawRows(dataset: ImageDataset, perClass: number, seed: number, among?: Uint32Array): number[][] {
  const rows: number[][] = dataset.classes.slice(0, MAX_ROWS).map(() => []);
  const order = hostRandom(seed).shuffle(among?.slice() ?? Uint32Array.from({ length: dataset.count }, (_, i) => i));
  for (const i of order) {
    const row = rows[dataset.labels[i]];
    if (row !== undefined && row.length < perClass) row.push(i);
  }
  return rows;
}

/** How large a contact sheet shows images of a size: pixels of a tile, of which so many are one of the image's. */
export function tileForm({ height, width }: Pick<ImageDataset, 'height' | 'width'>): {
  readonly zoom: number;
  readonly shrink: number;
  readonly tileHeight: number;
  readonly tileWidth: number;
} {
  const longest = Math.max(height, width);
  const zoom = longest <= TILE / 2 ? 2 : 1;
  const shrink = Math.ceil(longest / TILE);
  return {
    zoom,
    shrink,
    tileHeight: Math.ceil((height * zoom) / shrink),
    tileWidth: Math.ceil((width * zoom) / shrink),
  };
}

/**
 * A PNG of images in rows, of 1 or 3 channels; at most 64 pixels a side they are doubled, over 128 they are shrunk.
 * @param rows indices. @param perRow the most of a row.
 */
export function tileSheet(
  { channels, height, width, images }: Pick<ImageDataset, 'channels' | 'height' | 'width' | 'images'>,
  rows: readonly (readonly number[])[],
  perRow: number,
): Uint8Array {
  const { zoom, shrink, tileHeight, tileWidth } = tileForm({ height, width });
  const sheetWidth = perRow * (tileWidth + GAP) + GAP;
  const sheetHeight = rows.length * (tileHeight + GAP) + GAP;
  const depth = channels === 3 ? 3 : 1;
  const read = imageReader(images, channels * height * width);
  const sheet = new Uint8Array(sheetWidth * sheetHeight * depth).fill(GAP_GREY);

  for (const [r, row] of rows.entries()) {
    for (const [k, index] of row.entries()) {
      const image = read(index);
      for (let y = 0; y < tileHeight; y++) {
        for (let x = 0; x < tileWidth; x++) {
          const sourceY = Math.floor((y * shrink) / zoom);
          const sourceX = Math.floor((x * shrink) / zoom);
          const at = (GAP + r * (tileHeight + GAP) + y) * sheetWidth + GAP + k * (tileWidth + GAP) + x;
          for (let c = 0; c < depth; c++) sheet[at * depth + c] = image[(c * height + sourceY) * width + sourceX];
        }
      }
    }
  }
  return encodePng(sheet, sheetWidth, sheetHeight);
}

/** A PNG of one image, pixel by pixel; of 1 or 3 channels. */
export function imagePng(
  { channels, height, width, images }: Pick<ImageDataset, 'channels' | 'height' | 'width' | 'images'>,
  index: number,
): Uint8Array {
  const area = height * width;
  const planes = imageReader(images, channels * area)(index);
  return encodePng(
    Uint8Array.from({ length: channels * area }, (_, i) => planes[(i % channels) * area + Math.floor(i / channels)]),
    width,
    height,
  );
}

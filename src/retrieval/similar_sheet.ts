/** A picture of what was found: a row for each query, itself first, then what is most like it. */
import { readBytes } from '#platform';
import type { ImageDataset } from '../data/dataset.js';
import { imageReader } from '../data/images.js';
import { decodeSquare } from '../data/pictures/picture.js';
import { namedSheet } from '../report/named_sheet.js';
import type { ImageIndex } from './index_folder.js';
import type { Similar } from './nearest.js';
import { imageOfRow, loadImages } from './row_pictures.js';

/** Pixels a side of pictures that are files. */
const TILE = 128;
const GREY = 128;

/** The images of some rows, as squares of one size. A file that is gone is left grey. @param onMissing is told why. */
async function imagesOf(
  { manifest: { areFiles, ids, reading } }: ImageIndex,
  rows: readonly number[],
  onMissing: (why: string) => void,
): Promise<Pick<ImageDataset, 'channels' | 'height' | 'width'> & { readonly tiles: readonly Uint8Array[] }> {
  if (areFiles) {
    const tiles: Uint8Array[] = [];
    for (const row of rows) {
      const tile = readBytes(ids[row]).then((bytes) => decodeSquare(bytes, ids[row], TILE));
      tiles.push(
        await tile.catch((error: unknown) => {
          onMissing(error instanceof Error ? error.message : String(error));
          return new Uint8Array(3 * TILE * TILE).fill(GREY);
        }),
      );
    }
    return { channels: 3, height: TILE, width: TILE, tiles };
  }
  const splits = await loadImages(reading);
  const { channels, height, width } = splits.train;
  const size = channels * height * width;
  const tile = (row: number): Uint8Array => {
    const [data, n] = imageOfRow(splits, row);
    return imageReader(data.images, size)(n).slice();
  };
  return { channels, height, width, tiles: rows.map(tile) };
}

/** A grey or RGB square as one of other channels and size: the nearest pixel of the query. */
function fitted(
  query: Uint8Array,
  { channels: from, height: side }: Pick<ImageDataset, 'channels' | 'height'>,
  channels: number,
  height: number,
  width: number,
): Uint8Array {
  const pixel = (c: number, y: number, x: number): number =>
    query[(Math.min(c, from - 1) * side + Math.floor((y * side) / height)) * side + Math.floor((x * side) / width)];
  return Uint8Array.from({ length: channels * height * width }, (_, i) =>
    pixel(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  );
}

/**
 * PNG. @param queries a square for each result: of several pictures of a product the first. @param onMissing is told of
 * pictures that cannot be had.
 */
export async function similarSheet(
  index: ImageIndex,
  queries: ImageDataset,
  results: readonly (readonly Similar[])[],
  onMissing: (why: string) => void,
): Promise<Uint8Array> {
  const { channels, height, width, tiles } = await imagesOf(
    index,
    results.flatMap((found) => found.map(({ row }) => row)),
    onMissing,
  );
  const side = queries.height;
  const read = imageReader(queries.images, queries.channels * side * side);
  const query = (q: number): Uint8Array => fitted(read(q), queries, channels, height, width);
  let next = 0;
  const sheet = results.map((found, q) => [query(q), ...found.map(() => tiles[next++])]);
  const all = sheet.flat();
  const images = new Uint8Array(all.length * channels * height * width);
  for (const [i, tile] of all.entries()) images.set(tile, i * channels * height * width);
  let at = 0;
  const rows = sheet.map((row) => row.map(() => at++));
  const { labels } = index.manifest;
  const captions = results.flatMap((found) => [
    'asked for',
    ...found.map(({ row, score }) => `${score.toFixed(2)} ${labels[row]}`),
  ]);
  return namedSheet({ channels, height, width, images }, { rows, captionOf: (i) => captions[i] });
}

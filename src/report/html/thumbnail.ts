/** Images of a data set as small pictures within a page. */
import { inputSize, type ImageDataset } from '../../data/dataset.js';
import { imageReader } from '../../data/images.js';
import { middleOf } from '../../data/pictures/square.js';
import { encodePng } from '../../data/pictures/png.js';
import { encodeThumbnail } from '../../data/pictures/picture.js';
import { UsageError } from '../../device/errors.js';
import { dataUri } from './page.js';

/** Pixels a side of a picture at most. */
const SIDE = 112;
/** Pictures of more numbers than these are WebP: a photograph is a tenth of its PNG. */
const MAX_PNG = 64 * 64;

export interface Thumbnail {
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

/**
 * What a network sees of images, as pictures. Of 1 or 3 channels; others have none: an empty list.
 * @throws DataError when the images can no longer be read.
 */
export async function thumbnails(data: ImageDataset, indices: readonly number[]): Promise<Thumbnail[]> {
  const { channels, height, width } = data;
  if (channels !== 1 && channels !== 3) return [];
  const read = imageReader(data.images, channels * height * width);
  const [seenHeight, seenWidth] = inputSize(data);
  const made: Thumbnail[] = [];
  for (const index of indices) {
    const planes = height === width ? middleOf(read(index), height, seenWidth) : read(index);
    const [h, w] = height === width ? [seenHeight, seenWidth] : [height, width];
    const area = h * w;
    const pixels = Uint8Array.from(
      { length: channels * area },
      (_, i) => planes[(i % channels) * area + Math.floor(i / channels)],
    );
    made.push(await thumbnail(pixels, { width: w, height: h, channels }));
  }
  return made;
}

async function thumbnail(
  pixels: Uint8Array,
  shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Promise<Thumbnail> {
  if (pixels.length <= MAX_PNG) return asPng(pixels, shape.width, shape.height);
  try {
    const { bytes, ...size } = await encodeThumbnail(pixels, shape, SIDE);
    return { address: dataUri(bytes, 'webp'), ...size };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // without sharp, which other data than pictures does not need
    const thin = thinned(pixels, shape, SIDE);
    return asPng(thin.pixels, thin.width, thin.height);
  }
}

function asPng(pixels: Uint8Array, width: number, height: number): Thumbnail {
  return { address: dataUri(encodePng(pixels, width, height), 'png'), width, height };
}

/** Every second pixel of every second row, or every third, …: so many that no side is longer than `side`. */
export function thinned(
  pixels: Uint8Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
  side: number,
): { readonly pixels: Uint8Array; readonly width: number; readonly height: number } {
  const step = Math.ceil(Math.max(width, height) / side);
  const [w, h] = [Math.ceil(width / step), Math.ceil(height / step)];
  const thin = Uint8Array.from({ length: w * h * channels }, (_, i) => {
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    return pixels[step * (Math.floor(pixel / w) * width + (pixel % w)) * channels + c];
  });
  return { pixels: thin, width: w, height: h };
}

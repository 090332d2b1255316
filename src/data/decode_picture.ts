import { decodeRgba, isPicture, isPng } from './picture.js';
import { decodePng } from './png.js';
import type { RgbaImage } from './rgba_image.js';

/**
 * A picture file's pixels, for a network on images of so many channels. PNGs for grey networks go through our own reader, which knows
 * every depth and says what is wrong with a file.
 * @throws DataError naming the file: no picture, damaged, truncated, over 64 million pixels.
 */
export function decodePicture(bytes: Uint8Array, file: string, channels: number): Promise<RgbaImage> {
  return channels === 3 || (isPicture(bytes) && !isPng(bytes)) ? decodeRgba(bytes, file) : new Promise((resolve) => resolve(decodePng(bytes, file)));
}

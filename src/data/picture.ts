/** Photographs and drawings as files: JPEG, PNG and WebP, decoded and resized by sharp (libvips). */
import type { Sharp } from 'sharp';
import { DataError, UsageError } from '../device/errors.js';
import { formatOf, MAX_PIXELS } from './picture_header.js';
import type { RgbaImage } from './rgba_image.js';

export function isPicture(bytes: Uint8Array): boolean {
  return formatOf(bytes) !== null;
}

export function isPng(bytes: Uint8Array): boolean {
  return formatOf(bytes) === 'png';
}

/**
 * Loaded when the first picture is read: a run on other data starts without it.
 * @throws UsageError where its binary is not installed: that is no fault of the picture's.
 */
async function decoder(): Promise<typeof import('sharp').default> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.concurrency(1); // several pictures at a time are faster than several threads on one
    return sharp;
  } catch (error) {
    throw new UsageError(`reading pictures needs the package sharp, which does not load here: ${error instanceof Error ? error.message.trim().split('\n')[0] : String(error)}`, {
      fix: 'npm install sharp (its binary is an optional dependency: --omit=optional leaves it out)', cause: error,
    });
  }
}

/** What is said of a file without a byte. */
export const EMPTY = 'is empty';

/** What `use` makes of a picture, turned as its EXIF tag says. @throws DataError naming the file. */
async function withPicture<T>(bytes: Uint8Array, file: string, use: (picture: Sharp) => Promise<T>): Promise<T> {
  if (bytes.length === 0) throw new DataError(`${file}: ${EMPTY}`, { fix: 'get the file again' });
  if (formatOf(bytes) === null) throw new DataError(`${file}: is no JPEG, PNG or WebP picture`, { fix: 'convert it to one of them' });
  const sharp = await decoder();
  try {
    return await use(sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).autoOrient().toColourspace('srgb'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    if (/pixel limit/.test(reason)) throw new DataError(`${file}: has more than ${MAX_PIXELS / 1e6} million pixels`, { fix: 'scale the picture down first', cause: error });
    throw new DataError(`${file}: is damaged or truncated (${reason})`, { fix: 'get the file again', cause: error });
  }
}

async function pixelsOf(picture: Sharp): Promise<{ data: Uint8Array; width: number; height: number; channels: number }> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Pixels of a picture, turned as its EXIF tag says; its header is enough. @throws DataError when that cannot be read. */
export async function pictureSize(bytes: Uint8Array, file: string): Promise<{ width: number; height: number }> {
  const sharp = await decoder();
  try {
    return (await sharp(bytes).metadata()).autoOrient;
  } catch (error) {
    throw new DataError(`${file}: its header cannot be read`, { fix: 'get the file again', cause: error });
  }
}

/**
 * A picture as a square (3, side, side): turned as its EXIF tag says, transparency on white, the shorter side resized to `side`
 * (the triangle filter that torchvision uses), the middle kept. So a middle crop of it is that of the resized picture.
 * @throws DataError, naming the file: no picture, damaged, truncated, over 64 million pixels.
 */
export async function decodeSquare(bytes: Uint8Array, file: string, side: number): Promise<Uint8Array> {
  const { data, channels } = await withPicture(bytes, file, (p) => pixelsOf(p.flatten({ background: '#ffffff' }).resize(side, side, { fit: 'cover', kernel: 'linear' })));
  const area = side * side;
  const planes = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) for (let i = 0, from = Math.min(c, channels - 1); i < area; i++, from += channels) planes[c * area + i] = data[from];
  return planes;
}

/** A picture as it is, turned as its EXIF tag says. @throws DataError as `decodeSquare`. */
export async function decodeRgba(bytes: Uint8Array, file: string): Promise<RgbaImage> {
  return withPicture(bytes, file, (p) => pixelsOf(p.ensureAlpha()));
}

/** A small WebP picture of the whole of another, its longer side at most `side` pixels, transparency on white. @throws DataError as `decodeSquare`. */
export function thumbnail(bytes: Uint8Array, file: string, side: number): Promise<Uint8Array> {
  return withPicture(bytes, file, (p) => p.flatten({ background: '#ffffff' }).resize(side, side, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 80 }).toBuffer());
}

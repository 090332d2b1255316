/**
 * Photographs and drawings as files: JPEG, PNG and WebP, decoded and resized by sharp (libvips). For every network and
 * every command this is the one decoder; a page has its browser's.
 */
import type { Sharp } from 'sharp';
import { DataError, UsageError } from '../../device/errors.js';
import { fewAtOnce } from '../in_parallel.js';
import { formatOf, isDeepPng, MAX_PIXELS, requireWhole, withoutStrays } from './picture_header.js';
import type { RgbaImage } from './rgba_image.js';

type Decoder = typeof import('sharp').default;

/**
 * Loaded when the first picture is read: a run on other data starts without it.
 * @throws UsageError where its binary is not installed: that is no fault of the picture's.
 */
async function decoder(): Promise<Decoder> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.concurrency(1); // several pictures at a time are faster than several threads on one
    return sharp;
  } catch (error) {
    throw new UsageError(
      `reading pictures needs the package sharp, which does not load here: ` +
        `${error instanceof Error ? error.message.trim().split('\n')[0] : String(error)}`,
      {
        fix: 'npm install sharp (its binary is an optional dependency: --omit=optional leaves it out)',
        cause: error,
      },
    );
  }
}

/** The versions of what decodes: others may give other pixels. It is loaded then. @throws UsageError as `decoder`. */
export async function decoderVersion(): Promise<string> {
  const { versions } = await decoder();
  return JSON.stringify(versions);
}

/**
 * A picture turned as its EXIF tag says, in 8 bits of sRGB. libvips cuts 16 bits to 8, where 51200 of 65535 would
 * become 200: it is 199.2.
 */
async function opened(sharp: Decoder, bytes: Uint8Array): Promise<Sharp> {
  const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'warning' }).autoOrient();
  if (!isDeepPng(bytes)) return picture.toColourspace('srgb');
  const { data, info } = await picture
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const wide = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  const narrow = new Uint8Array(wide.length);
  for (let i = 0; i < wide.length; i++) narrow[i] = Math.round(wide[i] / 257);
  return sharp(narrow, { raw: { width: info.width, height: info.height, channels: info.channels as 3 | 4 } });
}

/** libvips has one place for the words of all errors: what fails is tried again by itself, so that they are its own. */
const alone = fewAtOnce(1);

/**
 * What `use` makes of a picture. What the decoder warns of has cost pixels (a file that is cut, or has wrong bits) and
 * is an error. Bytes between a JPEG's parts, of which it warns too, cost none: they are taken out first, and
 * `onWarning` is told.
 * @throws DataError naming the file.
 */
async function withPicture<T>(
  bytes: Uint8Array,
  file: string,
  use: (picture: Sharp) => Promise<T>,
  onWarning: (text: string) => void = () => {},
): Promise<T> {
  requireWhole(bytes, file);
  const sharp = await decoder();
  const clean = withoutStrays(bytes);
  const attempt = async (): Promise<T> => use(await opened(sharp, clean));
  const made = await attempt()
    .catch(() => alone(attempt))
    .catch((error: unknown) => {
      throw new DataError(`${file}: is damaged or truncated (${wordsOf(error)})`, {
        fix: 'get the file again',
        cause: error,
      });
    });
  if (clean !== bytes) onWarning(`has ${bytes.length - clean.length} bytes that belong to none of its parts`);
  return made;
}

/** The first line of what libvips says, without the name of its part. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0].replace(/\bVips\w+: /g, '');
}

async function pixelsOf(
  picture: Sharp,
): Promise<{ data: Uint8Array; width: number; height: number; channels: number }> {
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/**
 * Pixels of a picture, turned as its EXIF tag says; its header is enough. @throws DataError when that cannot be read.
 */
export async function pictureSize(bytes: Uint8Array, file: string): Promise<{ width: number; height: number }> {
  const sharp = await decoder();
  try {
    return (await sharp(bytes).metadata()).autoOrient;
  } catch (error) {
    throw new DataError(`${file}: its header cannot be read`, { fix: 'get the file again', cause: error });
  }
}

/**
 * A picture as a square (3, side, side): turned as its EXIF tag says, transparency on white, the shorter side resized
 * to `side` (the triangle filter that torchvision uses), the middle kept. So a middle crop of it is that of the resized
 * picture.
 * @param onWarning is told what is wrong with the file where no pixel is lost.
 * @throws DataError, naming the file: no picture, damaged, cut (also where an end was put on), over 64 million pixels.
 */
export async function decodeSquare(
  bytes: Uint8Array,
  file: string,
  side: number,
  onWarning?: (text: string) => void,
): Promise<Uint8Array> {
  // libwebp's own shrinking is up to 4 levels off where there is alpha
  const fastShrinkOnLoad = formatOf(bytes) !== 'webp';
  const { data, channels } = await withPicture(
    bytes,
    file,
    (p) =>
      pixelsOf(
        p.flatten({ background: '#ffffff' }).resize(side, side, { fit: 'cover', kernel: 'linear', fastShrinkOnLoad }),
      ),
    onWarning,
  );
  const area = side * side;
  const planes = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++)
    for (let i = 0, from = Math.min(c, channels - 1); i < area; i++, from += channels)
      planes[c * area + i] = data[from];
  return planes;
}

/**
 * What has cost a JPEG pixels; null for nothing. Decodes all of it: what makes a small square of a large picture does
 * not look at the last few rows of blocks, and may miss that the file ends before them.
 */
export async function lossOf(bytes: Uint8Array, file: string): Promise<string | null> {
  if (formatOf(bytes) !== 'jpeg') return null; // the others are checked as they are unpacked, or cannot be
  try {
    await withPicture(bytes, file, (p) => p.raw().toBuffer());
    return null;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return error.message.slice(file.length + 2);
  }
}

/** A picture as it is, turned as its EXIF tag says. @throws DataError as `decodeSquare`. */
export async function decodeRgba(bytes: Uint8Array, file: string): Promise<RgbaImage> {
  return withPicture(bytes, file, (p) => pixelsOf(p.ensureAlpha()));
}

/**
 * A small WebP picture of the whole of another, its longer side at most `side` pixels, transparency on white. @throws
 * DataError as `decodeSquare`.
 */
export function thumbnail(bytes: Uint8Array, file: string, side: number): Promise<Uint8Array> {
  return withPicture(bytes, file, (p) =>
    p
      .flatten({ background: '#ffffff' })
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toBuffer(),
  );
}

/**
 * Pixels (H, W, channels) as a WebP picture whose longer side is at most `side` pixels.
 * @throws UsageError where sharp is not installed.
 */
export async function encodeThumbnail(
  pixels: Uint8Array,
  shape: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
  side: number,
): Promise<{ readonly bytes: Uint8Array; readonly width: number; readonly height: number }> {
  const sharp = await decoder();
  const { data, info } = await sharp(pixels, { raw: shape })
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
}

import { PNG } from 'pngjs';
import { asBuffer, inflate } from '#platform';
import { DataError } from '../device/errors.js';
import type { RgbaImage } from './rgba_image.js';

export type { RgbaImage };

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const AGAIN = 'get the file again';
const SMALLER = { fix: 'scale the picture down first' };
const DAMAGED = { fix: 'get the file again, or convert it to PNG anew' };
const MAX_SIDE = 32768;
/** Samples a pixel, by colour type; types 1 and 5 do not exist. */
const CHANNELS = [1, 0, 3, 1, 2, 0, 4];
const DEPTHS = [1, 2, 4, 8, 16];
/** No deflate stream unpacks to more than 1032 times its size (zlib's technical notes). */
const MAX_RATIO = 1032;

function type(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/**
 * Reads the header chunk of a PNG (https://www.w3.org/TR/png-3/#11IHDR) and nothing else. Throws DataError naming `file`: no PNG, too
 * short, a side of 0, an unknown depth or colour type. Sizes are not limited here; see `decodePng`.
 */
export function readPngHeader(bytes: Uint8Array, file: string): PngHeader {
  if (!SIGNATURE.every((b, i) => bytes[i] === b)) throw new DataError(`${file}: is not a PNG file`, { fix: 'convert it to PNG' });
  if (bytes.length < 33) throw new DataError(`${file}: ends in the PNG header: ${bytes.length} bytes, the header alone has 33`, DAMAGED);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== 13 || type(bytes, 12) !== 'IHDR') throw new DataError(`${file}: byte 8: expected the PNG header (IHDR, 13 bytes)`, DAMAGED);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const [bitDepth, colorType, compression, filter, interlace] = bytes.subarray(24, 29);
  if (width === 0 || height === 0) throw new DataError(`${file}: the PNG header says ${width}x${height} pixels`, DAMAGED);
  if (!CHANNELS[colorType] || !DEPTHS.includes(bitDepth))
    throw new DataError(`${file}: the PNG header says colour type ${colorType} at ${bitDepth} bits, which does not exist`, DAMAGED);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw new DataError(`${file}: the PNG header names a compression, filter or interlace method that does not exist`, DAMAGED);
  return { width, height, bitDepth, colorType, interlaced: interlace === 1 };
}

/** Walks the chunks from IHDR to IEND: the bytes of the IDAT chunks, and where the picture ends in the file. */
function walkChunks(bytes: Uint8Array, file: string): { data: Uint8Array[]; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length)
      throw new DataError(`${file}: the PNG is truncated: it ends at byte ${bytes.length} without its end chunk (IEND)`, { fix: AGAIN });
    const length = view.getUint32(at);
    const name = type(bytes, at + 4);
    const end = at + 12 + length;
    if (end > bytes.length)
      throw new DataError(
        `${file}: the PNG is truncated or damaged: chunk ${JSON.stringify(name)} at byte ${at} needs ${end - bytes.length} bytes more`,
        { fix: AGAIN },
      );
    if (name === 'IDAT') data.push(bytes.subarray(at + 8, end - 4));
    if (name === 'IEND') return { data, end };
    at = end;
  }
}

/**
 * Decodes a PNG of any kind to RGBA, 16-bit channels rounded to 8. Throws DataError naming `file`: a damaged or truncated file, and,
 * from the header alone and before anything is unpacked, pictures over `maxPixels` (64 million), over 32768 a side, or with more
 * pixels than a file of that length can hold.
 */
export function decodePng(bytes: Uint8Array, file: string, options: { readonly maxPixels?: number } = {}): RgbaImage {
  const maxPixels = options.maxPixels ?? 64e6;
  const h = readPngHeader(bytes, file);
  const size = `${h.width}x${h.height}`;
  if (h.width > MAX_SIDE || h.height > MAX_SIDE)
    throw new DataError(`${file}: the PNG header says ${size} pixels, at most ${MAX_SIDE} a side are read`, SMALLER);
  if (h.width * h.height > maxPixels) throw new DataError(`${file}: the PNG header says ${size} pixels, at most ${maxPixels} in all are read`, SMALLER);
  const rowBytes = 1 + Math.ceil((h.width * CHANNELS[h.colorType] * h.bitDepth) / 8);
  const { data, end } = walkChunks(bytes, file);
  const packed = data.reduce((sum, d) => sum + d.length, 0);
  if (h.height * rowBytes > MAX_RATIO * packed)
    throw new DataError(`${file}: the PNG header says ${size} pixels, more than its ${packed} bytes of data can hold`, DAMAGED);
  try {
    // pngjs neither bounds what an interlaced picture unpacks to (its seven passes have more rows than it), nor misses rows that are
    // not there: it leaves them blank.
    const unpacked = inflate(concat(data, packed), 2 * h.height * rowBytes + 4096).length;
    if (unpacked < h.height * rowBytes) throw new Error(`${h.height * rowBytes - unpacked} bytes of its pixels are missing`);
    const png = PNG.sync.read(asBuffer(bytes.subarray(0, end)));
    return { width: png.width, height: png.height, data: new Uint8Array(png.data.buffer, png.data.byteOffset, png.data.byteLength) };
  } catch (error) {
    throw new DataError(`${file}: the PNG is damaged: ${error instanceof Error ? error.message : String(error)}`, { fix: AGAIN, cause: error });
  }
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** PNG bytes of an 8-bit picture: grey (H, W), RGB (H, W, 3) or RGBA (H, W, 4), told apart by the length of `pixels`. */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const channels = pixels.length / (width * height);
  const colorType = channels === 1 ? 0 : channels === 3 ? 2 : channels === 4 ? 6 : null;
  if (colorType === null) throw new RangeError(`${pixels.length} bytes are no ${width}x${height} picture of 1, 3 or 4 channels`);
  const png = new PNG({ width, height });
  png.data = asBuffer(pixels);
  return new Uint8Array(PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: channels === 4 }));
}

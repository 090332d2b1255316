/**
 * What the first bytes of a picture say, before anything decodes it: its kind, its size, and whether it is all there.
 */
import { DataError } from '../../device/errors.js';

/** A decoded picture takes four bytes a pixel; a hostile header may promise any number. */
export const MAX_PIXELS = 64e6;

/** Of a picture handed to the page or to `weft serve`. */
export const MAX_PICTURE_BYTES = 20e6;

/** What is said of a file without a byte. */
export const EMPTY = 'is empty';

const AGAIN = { fix: 'get the file again' };

/**
 * libvips and browsers know more formats, some of which (SVG) read other files: only these three are handed to them.
 */
export function formatOf(bytes: Uint8Array): 'jpeg' | 'png' | 'webp' | null {
  const text = String.fromCharCode(...bytes.subarray(0, 12));
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  return text.startsWith('RIFF') && text.endsWith('WEBP') ? 'webp' : null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** No deflate stream unpacks to more than 1032 times its size (zlib's technical notes). */
const MAX_RATIO = 1032;
/** Samples a pixel of a PNG, by colour type. */
const SAMPLES = [1, 0, 3, 1, 2, 0, 4];

/** A PNG of 16 bits a sample. */
export function isDeepPng(bytes: Uint8Array): boolean {
  return formatOf(bytes) === 'png' && bytes[24] === 16;
}

/**
 * Walks the chunks to the end chunk; null when they stop before it, or cannot hold so many pixels. Reading outside of
 * the file throws RangeError.
 */
function pngSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  if (size.width * size.height > MAX_PIXELS) return size; // a bare header is enough to refuse
  const least = size.height * Math.ceil((size.width * (SAMPLES[bytes[25]] ?? 0) * bytes[24]) / 8); // bytes of the rows
  let packed = 0;
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = view.getUint32(at + 4);
    if (type === 0x49444154) packed += view.getUint32(at); // IDAT
    if (type === 0x49454e44) return least <= MAX_RATIO * packed ? size : null; // IEND
  }
  return null;
}

/** Start-of-frame markers are C0 to CF, without the tables C4, C8 and CC (ITU T.81, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/**
 * Walks the segments to the picture's data, and looks for the end marker behind it: a thumbnail before it has an end
 * marker of its own.
 */
function jpegSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  let size: Size | null = null;
  for (let at = 2; ;) {
    while (view.getUint8(at) !== 0xff) at++; // bytes that belong to nothing are passed over, as decoders do
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (isFrame(marker)) size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (size !== null && size.width * size.height > MAX_PIXELS) return size;
    if (marker === 0xda) {
      for (let end = bytes.length - 2; end > at; end--) if (bytes[end] === 0xff && bytes[end + 1] === 0xd9) return size;
      return null;
    }
    at += 2 + view.getUint16(at + 2);
  }
}

/**
 * A JPEG without the bytes that lie between its parts up to its first scan; the same bytes where there are none, or it
 * is no whole one.
 */
export function withoutStrays(bytes: Uint8Array): Uint8Array {
  if (formatOf(bytes) !== 'jpeg') return bytes;
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, 2)];
  let strays = 0;
  for (let at = 2; ;) {
    const from = at;
    while (at + 1 < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0xff)) at++;
    for (let i = from; i < at; i++) if (bytes[i] !== 0xff) strays++; // fill bytes are no strays
    if (at + 4 > bytes.length) return bytes;
    const end = bytes[at + 1] === 0xda ? bytes.length : at + 2 + view.getUint16(at + 2);
    kept.push(bytes.subarray(at, end));
    if (end >= bytes.length) break;
    at = end;
  }
  return strays === 0 ? bytes : joined(kept);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  for (let i = 0, at = 0; i < parts.length; at += parts[i++].length) out.set(parts[i], at);
  return out;
}

/** The three kinds of WebP: extended, lossless, lossy (RFC 9649). */
function webpSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (view.getUint32(4, true) + 8 > bytes.length) return null;
  const three = (at: number): number => view.getUint16(at, true) + 0x10000 * view.getUint8(at + 2);
  if (kind === 'VP8X') return { width: 1 + three(24), height: 1 + three(27) };
  const bits = view.getUint32(21, true);
  if (kind === 'VP8L') return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  return kind === 'VP8 '
    ? { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    : null;
}

/**
 * Looks at headers only. @throws DataError naming the file, when it is no JPEG, PNG or WebP picture of at most 64
 * million pixels, with an end.
 */
export function requireWhole(bytes: Uint8Array, file: string): Size {
  if (bytes.length === 0) throw new DataError(`${file}: ${EMPTY}`, AGAIN);
  const format = formatOf(bytes);
  if (format === null)
    throw new DataError(`${file}: is no JPEG, PNG or WebP picture`, { fix: 'convert it to one of them' });
  let size: Size | null;
  try {
    size = { jpeg: jpegSize, png: pngSize, webp: webpSize }[format](bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    size = null; // the file ends within a header
  }
  if (size === null) throw new DataError(`${file}: is damaged or truncated`, AGAIN);
  const { width, height } = size;
  if (width === 0 || height === 0) throw new DataError(`${file}: says that it has ${width}x${height} pixels`, AGAIN);
  if (width * height > MAX_PIXELS)
    throw new DataError(`${file}: has ${width}x${height} pixels, at most ${MAX_PIXELS / 1e6} million are read`, {
      fix: 'scale the picture down first',
    });
  return size;
}

/** The same, for a picture that is handed to the page or to `weft serve`: of at most 20 MB. */
export function requirePicture(bytes: Uint8Array, file: string): Size {
  if (bytes.length > MAX_PICTURE_BYTES)
    throw new DataError(
      `${file}: has ${(bytes.length / 1e6).toFixed(1)} MB, at most ${MAX_PICTURE_BYTES / 1e6} MB are taken`,
      { fix: 'scale the picture down first' },
    );
  return requireWhole(bytes, file);
}

/**
 * Chunks of a PNG that say how to show its numbers, which libvips does not look at: browsers do. A colour profile
 * (iCCP) both look at.
 */
const SHOWING = ['gAMA', 'cHRM', 'cICP', 'mDCV', 'cLLI'];

/** A whole picture without what only browsers follow, so that they give the numbers that the other commands get. */
export function withoutGamma(bytes: Uint8Array): Uint8Array {
  if (formatOf(bytes) !== 'png') return bytes;
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8, end = 8; at + 12 <= bytes.length; at = end) {
    end = at + 12 + view.getUint32(at);
    if (!SHOWING.includes(String.fromCharCode(...bytes.subarray(at + 4, at + 8)))) kept.push(bytes.subarray(at, end));
  }
  return joined(kept);
}

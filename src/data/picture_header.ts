/** What the first bytes of a picture say, before anything decodes it: its kind, its size, and whether it is all there. */
import { DataError } from '../device/errors.js';

/** A decoded picture takes four bytes a pixel; a hostile header may promise any number. */
export const MAX_PIXELS = 64e6;

/** Of a picture handed to the page or to `weft serve`. */
export const MAX_PICTURE_BYTES = 20e6;

const AGAIN = { fix: 'get the file again' };

/** libvips and browsers know more formats, some of which (SVG) read other files: only these three are handed to them. */
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

/** Walks the chunks to the end chunk; null when they stop before it. Reading outside of the file throws RangeError. */
function pngSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  const size = { width: view.getUint32(16), height: view.getUint32(20) };
  if (size.width * size.height > MAX_PIXELS) return size; // a bare header is enough to refuse
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) if (view.getUint32(at + 4) === 0x49454e44) return size; // IEND
  return null;
}

/** Start-of-frame markers are C0 to CF, without the tables C4, C8 and CC (ITU T.81, table B.1). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Walks the segments to the picture's data, and looks for the end marker behind it: a thumbnail before it has an end marker of its own. */
function jpegSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  let size: Size | null = null;
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return null;
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

/** The three kinds of WebP: extended, lossless, lossy (RFC 9649). */
function webpSize(bytes: Uint8Array): Size | null {
  const view = viewOf(bytes);
  const kind = String.fromCharCode(...bytes.subarray(12, 16));
  if (view.getUint32(4, true) + 8 > bytes.length) return null;
  const three = (at: number): number => view.getUint16(at, true) + 0x10000 * view.getUint8(at + 2);
  if (kind === 'VP8X') return { width: 1 + three(24), height: 1 + three(27) };
  const bits = view.getUint32(21, true);
  if (kind === 'VP8L') return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  return kind === 'VP8 ' ? { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff } : null;
}

/**
 * What may be decoded: a JPEG, PNG or WebP picture of at most 20 MB and 64 million pixels, with an end. Looks at headers only.
 * @throws DataError naming the file and what is wrong with it.
 */
export function requirePicture(bytes: Uint8Array, file: string): Size {
  if (bytes.length > MAX_PICTURE_BYTES) throw new DataError(`${file}: has ${(bytes.length / 1e6).toFixed(1)} MB, at most ${MAX_PICTURE_BYTES / 1e6} MB are taken`, { fix: 'scale the picture down first' });
  if (bytes.length === 0) throw new DataError(`${file}: is empty`, AGAIN);
  const format = formatOf(bytes);
  if (format === null) throw new DataError(`${file}: is no JPEG, PNG or WebP picture`, { fix: 'convert it to one of them' });
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
  if (width * height > MAX_PIXELS) throw new DataError(`${file}: has ${width}x${height} pixels, at most ${MAX_PIXELS / 1e6} million are taken`, { fix: 'scale the picture down first' });
  return size;
}

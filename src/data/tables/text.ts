/**
 * Bytes as text, once and strictly: what is no text in the encoding is an error, not a replacement character that makes
 * two values one.
 */
import { DataError, UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';

/** A longer text is no table, list or configuration (V8's strings end at 512 MiB). */
export const MAX_TEXT = 2 ** 28;
const RESAVE = 'save it as UTF-8';
const SAY = worded`say which it is: {encoding} windows-1252 (or another), or ${RESAVE}`;

/** What the first bytes say about the encoding; null: nothing. */
function markOf([a, b, c, d]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return 'utf-32';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : null;
}

/** Index of the first byte that is no UTF-8 (RFC 3629, table 3-7 of the Unicode standard); -1: all are. */
function firstBadByte(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length;) {
    const b = bytes[i];
    const more =
      b < 0x80 ? 0 : b >= 0xc2 && b <= 0xdf ? 1 : b >= 0xe0 && b <= 0xef ? 2 : b >= 0xf0 && b <= 0xf4 ? 3 : -1;
    if (more < 0 || i + more >= bytes.length) return i;
    for (let k = 1; k <= more; k++) {
      const low = k > 1 ? 0x80 : b === 0xe0 ? 0xa0 : b === 0xf0 ? 0x90 : 0x80;
      const high = k > 1 ? 0xbf : b === 0xed ? 0x9f : b === 0xf4 ? 0x8f : 0xbf;
      if (bytes[i + k] < low || bytes[i + k] > high) return i;
    }
    i += 1 + more;
  }
  return -1;
}

/** Where a byte is, as line and byte in it, both counted from 1. */
function placeOf(bytes: Uint8Array, at: number): { line: number; column: number } {
  let [line, start] = [1, 0];
  for (let end = bytes.indexOf(10); end >= 0 && end < at; end = bytes.indexOf(10, end + 1))
    [line, start] = [line + 1, end + 1];
  return { line, column: at - start + 1 };
}

/** What zeros among the first bytes mean: every other one is zero in UTF-16 of Latin letters. */
function withZeros(bytes: Uint8Array, file: string): DataError {
  const head = bytes.subarray(0, Math.min(bytes.length, 512));
  const zerosAt = (odd: number): number => head.filter((b, i) => b === 0 && i % 2 === odd).length;
  const [even, odd] = [zerosAt(0), zerosAt(1)];
  const guess =
    odd > head.length / 3 && even === 0 ? 'utf-16le' : even > head.length / 3 && odd === 0 ? 'utf-16be' : null;
  return guess === null
    ? new DataError(`${file}: is a binary file, expected text`, { fix: 'give a CSV file; for IDX files their folder' })
    : new DataError(`${file}: looks like UTF-16 without a byte order mark`, {
        fix: worded`{encoding} ${guess}, or ${RESAVE}`,
      });
}

/** A decoder for what a user calls an encoding. @throws UsageError when there is none of that name. */
function decoderOf(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (error) {
    throw new UsageError(worded`{encoding} ${encoding}: there is no such encoding`, {
      fix: 'e.g. utf-8, utf-16le, windows-1252, shift_jis, gb18030',
      cause: error,
    });
  }
}

/**
 * The text of a file: as its byte order mark says (UTF-8, UTF-16 of both orders; the mark is dropped), else in
 * `encoding`, else UTF-8.
 * @throws DataError with line and byte for what is no such text; for a file with zero bytes in it, UTF-32, or more than
 * 256 MiB.
 */
export function decodeText(
  bytes: Uint8Array,
  file: string,
  encoding?: string,
): { readonly text: string; readonly encoding: string } {
  if (bytes.length > MAX_TEXT)
    throw new DataError(`${file}: ${bytes.length} bytes, at most ${MAX_TEXT} are read as text`, {
      fix: 'give a smaller file',
    });
  const mark = markOf(bytes);
  if (mark === 'utf-32') throw new DataError(`${file}: is in UTF-32, which is not read`, { fix: RESAVE });
  const decoder = decoderOf(mark ?? encoding ?? 'utf-8');
  const isWide = decoder.encoding.startsWith('utf-16');
  if (!isWide && bytes.subarray(0, 512).includes(0)) throw withZeros(bytes, file);
  try {
    return { text: decoder.decode(bytes), encoding: decoder.encoding };
  } catch (error) {
    if (decoder.encoding !== 'utf-8')
      throw new DataError(`${file}: is no text in ${decoder.encoding}`, {
        fix: mark === null ? worded`give another {encoding}` : 'get the file again',
        cause: error,
      });
    const at = firstBadByte(bytes);
    const { line, column } = placeOf(bytes, at);
    throw new DataError(`${file}:${line}: byte ${column} of the line (0x${bytes[at].toString(16)}) is no UTF-8`, {
      fix: SAY,
      cause: error,
    });
  }
}

/**
 * The same file in UTF-8 without a mark: as it is where it seems to be that. @throws DataError, UsageError as
 * `decodeText`.
 */
export function asUtf8(bytes: Uint8Array, file: string, encoding?: string): Uint8Array {
  const mark = markOf(bytes);
  if (mark === 'utf-8') return bytes.subarray(3);
  if (mark === null && bytes.subarray(0, 512).includes(0) && encoding === undefined) throw withZeros(bytes, file);
  if (mark === null && (encoding === undefined || decoderOf(encoding).encoding === 'utf-8')) return bytes;
  return new TextEncoder().encode(decodeText(bytes, file, encoding).text);
}

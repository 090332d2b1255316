import { gunzip, pathState, readBytes, readHead } from '#platform';
import { DataError } from '../../device/errors.js';

/** No data file that Weft reads comes near this; it bounds what a hostile .gz may unpack to. */
const MAX_BYTES = 2 ** 30;
/** What is looked at before the rest is read or unpacked. */
const HEAD = 2 ** 16;
/**
 * No deflate stream unpacks to more than 1032 times its size (zlib's technical notes); a gzip file has 18 bytes
 * besides.
 */
const MAX_RATIO = 1032;

export interface FileLimits {
  /** Longer files, or unpacked ones, are refused before they are read. Default 1 GiB. */
  readonly maxBytes?: number;
  /**
   * Sees the first 64 KiB, and returns how many bytes the file may have at most; throws DataError for one that is not
   * read at all.
   */
  readonly look?: (head: Uint8Array) => number;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for the two bytes that open every gzip file (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const tooLong = (path: string, length: string, most: number): DataError =>
  new DataError(`${path}: ${length} bytes, at most ${most} are read`, { fix: 'give a smaller file' });

/** A packed file's first bytes, or all of them. @throws DataError when it is truncated or damaged. */
async function unpack(bytes: Uint8Array, path: string, most: number, likely?: number): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, most, likely);
  } catch (error) {
    throw new DataError(`${path}: the gzip file is truncated or damaged (${reason(error)})`, {
      fix: 'get the file again',
      cause: error,
    });
  }
}

/** All that a gzip file holds, at most `most` bytes. */
async function unpackAll(packed: Uint8Array, path: string, most: number): Promise<Uint8Array> {
  const said =
    packed.length < 18 ? 0 : new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0, true);
  const likely = said > Math.min(most, MAX_RATIO * packed.length) ? HEAD : said; // damaged, or of several parts
  const bytes = await unpack(packed, path, most + 1, likely + 1);
  if (bytes.length > most) throw tooLong(path, `unpacks to more than ${most}`, most);
  return bytes;
}

/** @throws DataError for what is no file of at most that size. */
async function requireFile(path: string, most: number): Promise<void> {
  const info = await pathState(path);
  if (info.kind === 'absent')
    throw new DataError(`${path}: ${info.what === 'missing' ? 'no such file' : info.says}`, { fix: 'check the path' });
  if (info.kind === 'folder')
    throw new DataError(`${path}: is a folder, expected a file`, { fix: 'name a file in it' });
  if (info.kind === 'special')
    throw new DataError(`${path}: ${info.says}, expected a file`, { fix: 'write what it gives to a file first' });
  if (info.size > most) throw tooLong(path, String(info.size), most);
}

async function orUnreadable<T>(path: string, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw new DataError(`${path}: cannot be read: ${reason(error)}`, { fix: 'check its permissions', cause: error });
  }
}

/**
 * The first bytes of a data file (64 KiB, or `length`), unpacked where it is a gzip file. @throws DataError as
 * `readDataFile`.
 */
export async function readDataHead(path: string, length = HEAD): Promise<Uint8Array> {
  await requireFile(path, MAX_BYTES);
  const head = await orUnreadable(path, readHead(path, length));
  return isGzip(head) ? unpack(await orUnreadable(path, readBytes(path)), path, length, HEAD) : head;
}

/**
 * The bytes of a data file; a gzip file, known by its first bytes and not by its name, is unpacked. Throws DataError,
 * naming the file: absent, a folder, unreadable, truncated or damaged gzip, longer than the limits say.
 */
export async function readDataFile(path: string, { maxBytes = MAX_BYTES, look }: FileLimits = {}): Promise<Uint8Array> {
  await requireFile(path, maxBytes);
  if (look === undefined) {
    const bytes = await orUnreadable(path, readBytes(path));
    return isGzip(bytes) ? unpackAll(bytes, path, maxBytes) : bytes;
  }
  const head = await orUnreadable(path, readHead(path, HEAD));
  if (!isGzip(head)) {
    look(head);
    return orUnreadable(path, readBytes(path));
  }
  const packed = await orUnreadable(path, readBytes(path));
  const most = Math.min(maxBytes, look(await unpack(packed, path, HEAD, HEAD)));
  return unpackAll(packed, path, most);
}

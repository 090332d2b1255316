import { gunzip, pathState, readBytes } from '#platform';
import { DataError } from '../device/errors.js';

/** No data file that Weft reads comes near this; it bounds what a hostile .gz may unpack to. */
const MAX_BYTES = 2 ** 30;

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for the two bytes that open every gzip file (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The bytes of a data file; a gzip file, known by its first bytes and not by its name, is unpacked.
 * Throws DataError, naming the file: absent, a folder, unreadable, truncated or damaged gzip, over 1 GiB.
 */
export async function readDataFile(path: string): Promise<Uint8Array> {
  const info = await pathState(path);
  if (info.kind === 'absent') throw new DataError(`${path}: ${info.what === 'missing' ? 'no such file' : info.says}`, { fix: 'check the path' });
  if (info.kind === 'folder') throw new DataError(`${path}: is a folder, expected a file`, { fix: 'name a file in it' });
  if (info.kind === 'special') throw new DataError(`${path}: ${info.says}, expected a file`, { fix: 'write what it gives to a file first' });
  if (info.size > MAX_BYTES) throw new DataError(`${path}: ${info.size} bytes, at most ${MAX_BYTES} are read`, { fix: 'give a smaller file' });
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    throw new DataError(`${path}: cannot be read: ${reason(error)}`, { fix: 'check its permissions', cause: error });
  }
  if (!isGzip(bytes)) return bytes;
  try {
    return await gunzip(bytes, MAX_BYTES);
  } catch (error) {
    throw new DataError(`${path}: the gzip file is truncated or damaged, or unpacks to over 1 GiB (${reason(error)})`, {
      fix: 'get the file again',
      cause: error,
    });
  }
}

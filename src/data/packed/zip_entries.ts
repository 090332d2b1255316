/** What is in a zip file of pictures, from its bytes: read by fflate. */
import { unzipSync, type UnzipFileInfo } from 'fflate';
import { DataError } from '../../device/errors.js';
import { isHidden } from '../pictures/file_kind.js';

/** Pictures are packed already: what grows more than this is no file of pictures. */
const MOST_GROWTH = 100;
/** Files that may grow all the same: tables and lists. */
const SMALL = 2 ** 24;

/** Whether a file begins as a zip file does. */
export const isZip = (head: Uint8Array): boolean =>
  head.length >= 4 && head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;

/** @throws DataError when the file is damaged. */
export function unzipped(
  bytes: Uint8Array,
  file: string,
  filter: (info: UnzipFileInfo) => boolean,
): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    throw new DataError(`${file}: the zip file is damaged, or packed in a way that is not read: ${String(error)}`, {
      fix: 'pack it again, with deflate or without packing, and without a password',
      cause: error,
    });
  }
}

/** The files in it, hidden ones and folders left out. @throws DataError when it unpacks to far more than it is. */
export function entriesOf(bytes: Uint8Array, file: string): readonly UnzipFileInfo[] {
  const entries: UnzipFileInfo[] = [];
  unzipped(bytes, file, (info) => {
    if (!info.name.endsWith('/') && !info.name.split('/').some((name) => name !== '..' && isHidden(name)))
      entries.push(info);
    return false;
  });
  const total = entries.reduce((n, { originalSize }) => n + originalSize, 0);
  if (total > SMALL + MOST_GROWTH * bytes.length)
    throw new DataError(`${file}: ${bytes.length} bytes that unpack to ${total}`, {
      fix: 'a zip of pictures hardly grows; look at what is in it',
    });
  return entries;
}

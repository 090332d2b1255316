/** Zip files that are taken home: files as they are, by names in UTF-8. The same files make the same bytes. */
import { zipSync } from 'fflate';

/** The earliest time that a zip can say, at every place of the world. */
const NEVER = new Date(1980, 0, 1);

/** @param files by their paths, with `/` between names. Their order is kept. */
export function zipped(files: Iterable<readonly [path: string, bytes: Uint8Array]>): Uint8Array {
  return zipSync(Object.fromEntries(files), { level: 0, mtime: NEVER });
}

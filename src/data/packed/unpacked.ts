/**
 * Pictures out of one file (a zip, Parquet), laid out in the user's cache as the folder that they would be: what reads
 * folders does the rest, so that the same pictures make the same data. The cache may be deleted at any time.
 */
import {
  cacheDirectory,
  fileInfo,
  joinPath,
  makeDirectory,
  parentFolder,
  renameFile,
  sha256,
  writeFileAtomic,
} from '#platform';
import { DataError } from '../../device/errors.js';
import { withFolder } from '../../device/files/outputs.js';

/** Puts one picture where it belongs; the path is of names with `/` between. */
export type Put = (path: string, bytes: Uint8Array) => Promise<void>;

/** Written last: without it the folder is of somebody who was stopped. */
const WHOLE = '.whole';

/** @throws DataError for a path that leads out of its folder. */
function requireInside(path: string, source: string): void {
  const names = path.split('/');
  if (
    /^[a-z]:/i.test(path) ||
    /[\\\0]/.test(path) ||
    names.some((name) => name === '' || name === '..' || name === '.')
  )
    throw new DataError(`${source}: holds ${JSON.stringify(path)}, which is no path in a folder`, {
      fix: 'pack the pictures again, by paths from their own folder',
    });
}

/**
 * The folder with what `write` puts there, now or the first time.
 * @param key what decides the contents: digests of files, settings. @param source names it in messages.
 */
export async function unpackedFolder(
  key: readonly string[],
  source: string,
  write: (put: Put) => Promise<void>,
): Promise<string> {
  const name = sha256([new TextEncoder().encode(JSON.stringify(key))]).slice(0, 32);
  const root = joinPath(cacheDirectory(), 'unpacked');
  const folder = joinPath(root, name);
  const whole = joinPath(folder, WHOLE);
  if ((await fileInfo(whole)) !== null) return folder;
  await withFolder(folder, async () => {
    if ((await fileInfo(whole)) !== null) return;
    const made = new Set<string>();
    await write(async (path, bytes) => {
      requireInside(path, source);
      const file = joinPath(folder, ...path.split('/'));
      const parent = parentFolder(file);
      if (!made.has(parent)) await makeDirectory(parent);
      made.add(parent);
      writeFileAtomic(file, bytes);
    });
    writeFileAtomic(`${whole}.part`, new Uint8Array());
    await renameFile(`${whole}.part`, whole);
  });
  return folder;
}

/** Objects that are kept in a JSON file of their own, with a digest: written whole or not at all. */
import { fileInfo, readBytes, writeFileAtomic } from '#platform';
import { sealJson } from './integrity.js';
import { parseSealed, type Checks } from './json_checks.js';

/** Writes an object that is kept, with a digest. @param name of its format: `weft-cell`. */
export function saveJson(file: string, name: string, value: object): void {
  writeFileAtomic(file, sealJson(JSON.stringify({ format: `${name}-2`, ...value }, null, 2)));
}

/**
 * What `saveJson` has written; null when there is no such file. @throws ModelError when it is damaged, or a field is
 * not what it must be.
 */
export async function loadJson<T extends object>(file: string, name: string, checks: Checks): Promise<T | null> {
  if ((await fileInfo(file)) === null) return null;
  return parseSealed<T>(new TextDecoder().decode(await readBytes(file)), file, name, {
    checks,
    fix: 'remove it and repeat the command',
  });
}

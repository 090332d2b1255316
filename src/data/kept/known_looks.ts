/**
 * What a look at the files of pictures has found, kept from run to run in the user's cache folder by the contents of
 * the files: to find out whether a JPEG has lost pixels, all of it is decoded.
 */
import { cacheDirectory, fileInfo, joinPath, readBytes, sha256, writeFileAtomic } from '#platform';
import { sealJson } from '../../device/files/integrity.js';
import { absent, anyText, count, fields, list, parseSealed, type Checks } from '../../device/files/json_checks.js';
import { inTurn } from '../../device/files/outputs.js';
import { notice } from '../../device/notices.js';

/** Raised when another loss is found in the same file, or told in other words. */
const VERSION = 1;

export interface Look {
  readonly width: number;
  readonly height: number;
  /** What has cost it pixels. Default: nothing. */
  readonly loss?: string;
}

interface Looks {
  readonly format: string;
  readonly looks: readonly Look[];
}

const FORMAT = 'weft-looks';
const CHECKS: Checks = { looks: list(fields({ width: count, height: count, loss: absent(anyText) })) };

function placeOf(hashes: readonly string[]): { folder: string; file: string } {
  const folder = joinPath(cacheDirectory(), 'looks');
  const key = sha256([new TextEncoder().encode(`${VERSION}\n${hashes.join('\n')}`)]);
  return { folder, file: joinPath(folder, `${key}.json`) };
}

/** What was found in the files with these digests; null: it is not known. */
export async function knownLooks(hashes: readonly string[]): Promise<readonly Look[] | null> {
  const { file } = placeOf(hashes);
  try {
    if ((await fileInfo(file)) === null) return null;
    const json = new TextDecoder().decode(await readBytes(file));
    const { looks } = parseSealed<Looks>(json, file, FORMAT, { checks: CHECKS, fix: 'remove it: it is made anew' });
    if (looks.length === hashes.length) return looks;
  } catch (error) {
    notice(`${error instanceof Error ? error.message : String(error)}; the files are looked at again`);
  }
  return null;
}

/** Keeps what was found. Where the disk does not take it nothing is lost. */
export async function keepLooks(hashes: readonly string[], looks: readonly Look[]): Promise<void> {
  const { folder, file } = placeOf(hashes);
  const json = sealJson(JSON.stringify({ format: `${FORMAT}-2`, looks } satisfies Looks));
  try {
    await inTurn(folder, async () => writeFileAtomic(file, json));
  } catch {
    // the next run looks again
  }
}

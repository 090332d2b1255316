/** Decoded pictures, kept from run to run in the user's cache folder, whence they may be deleted at any time. */
import { cacheDirectory, fileInfo, joinPath, readBytes, readDigested, sha256, writeFileAtomic } from '#platform';
import { sealJson } from '../../device/files/integrity.js';
import { anyText, count, digest, list, parseObject, parseSealed, type Checks } from '../../device/files/json_checks.js';
import { notice } from '../../device/notices.js';
import { inTurn } from '../../device/files/outputs.js';

/** Raised when what is decoded from the same file changes. */
const VERSION = 2;
/** Node reads no larger file at once. */
const MAX_BYTES = 2 ** 31 - 1;

/** A part of a folder, decoded: the pictures one after the other, and those that could not be read. */
export interface DecodedPictures {
  /** (files - failures, 3, side, side). */
  readonly images: Uint8Array;
  /** Index of the file, and what is wrong with it. */
  readonly failures: readonly (readonly [index: number, reason: string])[];
  /** Index of the file, and what is wrong with it though no pixel is lost. */
  readonly warnings: readonly (readonly [index: number, warning: string])[];
}

/** Describes the pictures' file; has a digest of its own, so that the failures are covered too. */
interface Note {
  readonly format: string;
  /** SHA-256 of the pictures. */
  readonly digest: string;
  readonly bytes: number;
  readonly failures: readonly (readonly [number, string])[];
  readonly warnings: readonly (readonly [number, string])[];
}

const FORMAT = 'weft-pictures';
const REASONS = list((v) => Array.isArray(v) && v.length === 2 && count(v[0]) && anyText(v[1]));
const NOTE: Checks = { digest, bytes: count, failures: REASONS, warnings: REASONS };

/** Contents and settings decide: a file that is renamed or touched is the same, one that is edited is not. */
export function pictureKey(hashes: readonly string[], side: number): string {
  return sha256([new TextEncoder().encode(`${VERSION} ${side}\n${hashes.join('\n')}`)]);
}

function place(key: string): { folder: string; images: string; note: string } {
  const folder = joinPath(cacheDirectory(), 'images');
  return { folder, images: joinPath(folder, `${key}.u8`), note: joinPath(folder, `${key}.json`) };
}

/** What was kept under a key; null when there is nothing. What is damaged is as good as absent, and said. */
export async function cachedPictures(key: string): Promise<DecodedPictures | null> {
  const at = place(key);
  try {
    if ((await fileInfo(at.note)) === null || (await fileInfo(at.images)) === null) return null;
    const json = new TextDecoder().decode(await readBytes(at.note));
    if (parseObject(json, at.note, FIX)['format'] !== `${FORMAT}-2`) return null; // of an earlier version
    const note = parseSealed<Note>(json, at.note, FORMAT, { checks: NOTE, ...FIX });
    const { bytes: images, sha256: found } = await readDigested(at.images);
    if (images.length === note.bytes && found === note.digest)
      return { images, failures: note.failures, warnings: note.warnings };
    notice(`${at.images} is damaged: it is not what its digest says; the pictures are decoded again`);
  } catch (error) {
    notice(`${error instanceof Error ? error.message : String(error)}; the pictures are decoded again`);
  }
  return null;
}

const FIX = { fix: 'remove it: it is made anew' };

/** Keeps pictures; returns false when the disk does not take them, which costs the next run time and nothing else. */
export async function keepPictures(key: string, { images, failures, warnings }: DecodedPictures): Promise<boolean> {
  if (images.length > MAX_BYTES) return false;
  const at = place(key);
  try {
    const note = sealJson(
      JSON.stringify({
        format: `${FORMAT}-2`,
        digest: sha256([images]),
        bytes: images.length,
        failures,
        warnings,
      } satisfies Note),
    );
    await inTurn(at.folder, async () => {
      writeFileAtomic(at.images, images);
      writeFileAtomic(at.note, note); // last: it vouches for the other
    });
    return true;
  } catch {
    return false;
  }
}

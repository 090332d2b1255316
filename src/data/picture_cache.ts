/** Decoded pictures, kept from run to run in the user's cache folder, whence they may be deleted at any time. */
import { cacheDirectory, digest, fileInfo, joinPath, makeDirectory, readBytes, writeFileAtomic } from '#platform';

/** Raised when what is decoded from the same file changes. */
const VERSION = 1;
/** Node reads no larger file at once. */
const MAX_BYTES = 2 ** 31 - 1;

/** A part of a folder, decoded: the pictures one after the other, and those that could not be read. */
export interface DecodedPictures {
  /** (files - failures, 3, side, side). */
  readonly images: Uint8Array;
  /** Index of the file, and what is wrong with it. */
  readonly failures: readonly (readonly [index: number, reason: string])[];
}

interface Note {
  readonly sha256: string;
  readonly bytes: number;
  readonly failures: readonly (readonly [number, string])[];
}

/** Contents and settings decide: a file that is renamed or touched is the same, one that is edited is not. */
export function pictureKey(hashes: readonly string[], side: number): string {
  return digest('sha256', new TextEncoder().encode(`${VERSION} ${side}\n${hashes.join('\n')}`));
}

function place(key: string): { folder: string; images: string; note: string } {
  const folder = joinPath(cacheDirectory(), 'images');
  return { folder, images: joinPath(folder, `${key}.u8`), note: joinPath(folder, `${key}.json`) };
}

/** What was kept under a key; null when there is nothing, or it is damaged. */
export async function cachedPictures(key: string): Promise<DecodedPictures | null> {
  const at = place(key);
  try {
    if ((await fileInfo(at.note)) === null || (await fileInfo(at.images)) === null) return null;
    const note = JSON.parse(new TextDecoder().decode(await readBytes(at.note))) as Note;
    const images = await readBytes(at.images);
    if (images.length !== note.bytes || digest('sha256', images) !== note.sha256 || !Array.isArray(note.failures)) return null;
    return { images, failures: note.failures };
  } catch {
    return null; // unreadable is as good as absent: the pictures are decoded again
  }
}

/** Keeps pictures; returns false when the disk does not take them, which costs the next run time and nothing else. */
export async function keepPictures(key: string, { images, failures }: DecodedPictures): Promise<boolean> {
  if (images.length > MAX_BYTES) return false;
  const at = place(key);
  try {
    await makeDirectory(at.folder);
    writeFileAtomic(at.images, images);
    writeFileAtomic(at.note, JSON.stringify({ sha256: digest('sha256', images), bytes: images.length, failures } satisfies Note)); // last: it vouches for the other
    return true;
  } catch {
    return false;
  }
}

/** Decoded pictures, kept from run to run in the user's cache folder, whence they may be deleted at any time. */
import { cacheDirectory, crc32, fileInfo, joinPath, OpenFile, readBytes, sha256, writeFileAtomic } from '#platform';
import { sealJson } from '../../device/files/integrity.js';
import {
  anyText,
  count,
  digest,
  list,
  optional,
  parseObject,
  parseSealed,
  type Checks,
} from '../../device/files/json_checks.js';
import { notice } from '../../device/notices.js';
import { inTurn } from '../../device/files/outputs.js';
import type { Images } from '../images.js';
import { checkAll, countAll, StoredPictures, type PictureChecks } from './picture_store.js';

/** Raised when what is decoded from the same file changes. */
const VERSION = 2;
/** A part of a folder, decoded: the pictures one after the other, and those that could not be read. */
export interface DecodedPictures<I extends Images = Images> {
  /** (files - failures, 3, side, side). */
  readonly images: I;
  /** Index of the file, and what is wrong with it. */
  readonly failures: readonly (readonly [index: number, reason: string])[];
  /** Index of the file, and what is wrong with it though no pixel is lost. */
  readonly warnings: readonly (readonly [index: number, warning: string])[];
}

/** Describes the pictures' files; has a digest of its own, so that the failures are covered too. */
interface Note extends PictureChecks {
  readonly format: string;
  readonly failures: readonly (readonly [number, string])[];
  readonly warnings: readonly (readonly [number, string])[];
}

const FORMAT = 'weft-picture-store'; // weft-pictures was read as a whole
const REASONS = list((v) => Array.isArray(v) && v.length === 2 && count(v[0]) && anyText(v[1]));
const NOTE: Checks = {
  size: count,
  digest,
  checks: list(count),
  counts: optional(count),
  failures: REASONS,
  warnings: REASONS,
};
const FIX = { fix: 'remove it: it is made anew' };

/** Contents and settings decide: a file that is renamed or touched is the same, one that is edited is not. */
export function pictureKey(hashes: readonly string[], side: number): string {
  return sha256([new TextEncoder().encode(`${VERSION} ${side}\n${hashes.join('\n')}`)]);
}

interface Place {
  readonly folder: string;
  readonly images: string;
  readonly counts: string;
  readonly note: string;
}

function placeOf(key: string): Place {
  const folder = joinPath(cacheDirectory(), 'images');
  const [images, counts, note] = ['u8', 'u32', 'json'].map((end) => joinPath(folder, `${key}.${end}`));
  return { folder, images, counts, note };
}

async function readNote(file: string): Promise<Note | null> {
  const json = new TextDecoder().decode(await readBytes(file));
  if (parseObject(json, file, FIX)['format'] !== `${FORMAT}-2`) return null; // of an earlier version
  return parseSealed<Note>(json, file, FORMAT, { checks: NOTE, ...FIX });
}

function open(at: Place, note: Note): StoredPictures {
  return new StoredPictures(new OpenFile(at.images), note.counts === null ? null : openCounts(at.counts), note);
}

/** null: they can be counted again. */
function openCounts(file: string): OpenFile | null {
  try {
    return new OpenFile(file);
  } catch {
    return null;
  }
}

/**
 * What was kept under a key; null when there is nothing. All of it is looked at: where pictures are damaged this is
 * said, and they are decoded again.
 * @param again decodes the picture of a file. @throws what `again` throws.
 */
export async function cachedPictures(
  key: string,
  again: (index: number) => Promise<Uint8Array>,
): Promise<DecodedPictures | null> {
  const at = placeOf(key);
  let found: { note: Note; images: StoredPictures; damaged: readonly number[] };
  try {
    const [note, info] = [await fileInfo(at.note), await fileInfo(at.images)];
    if (note === null || info === null) return null;
    const read = await readNote(at.note);
    if (read === null) return null;
    const images = open(at, read);
    if (info.size !== images.length)
      throw new Error(`${at.images} is damaged: ${info.size} bytes, not ${images.length}`);
    found = { note: read, images, damaged: await images.findDamaged() };
  } catch (error) {
    notice(`${error instanceof Error ? error.message : String(error)}; the pictures are decoded again`);
    return null;
  }
  const { note, images, damaged } = found;
  if (damaged.length === 0) return { images, failures: note.failures, warnings: note.warnings };
  const count = `${damaged.length} of ${note.checks.length} ${damaged.length === 1 ? 'pictures is' : 'pictures are'}`;
  notice(`${at.images}: ${count} damaged; what is damaged is decoded again`);
  const mended = await mend(found, again);
  return mended && keepPictures(key, { ...note, images: mended }, note.size);
}

/** All pictures, the damaged ones decoded again; null when they have become others by that. */
async function mend(
  { note, images, damaged }: { note: Note; images: StoredPictures; damaged: readonly number[] },
  again: (index: number) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  const failed = new Set(note.failures.map(([i]) => i));
  const files = Array.from({ length: note.checks.length + failed.size }, (_, i) => i).filter((i) => !failed.has(i));
  const all = await images.readAll();
  for (const n of damaged) {
    const picture = await again(files[n]);
    if (crc32(picture) !== note.checks[n]) return null; // another version of the decoder
    all.set(picture, n * note.size);
  }
  return all;
}

/**
 * Keeps pictures; returns them as they are to be read from now on: from their file, or from memory when the disk does
 * not take them, which costs the next run time and nothing else.
 */
export async function keepPictures(
  key: string,
  { images, failures, warnings }: DecodedPictures<Uint8Array>,
  size: number,
): Promise<DecodedPictures> {
  const at = placeOf(key);
  try {
    const counts = countAll(images, size);
    const note: Note = {
      format: `${FORMAT}-2`,
      size,
      digest: sha256([images]),
      checks: checkAll(images, size),
      counts: counts && crc32(counts),
      failures,
      warnings,
    };
    return await inTurn(at.folder, async () => {
      writeFileAtomic(at.images, images);
      if (counts !== null) writeFileAtomic(at.counts, counts);
      writeFileAtomic(at.note, sealJson(JSON.stringify(note))); // last: it vouches for the others
      return { images: open(at, note), failures, warnings };
    });
  } catch {
    return { images, failures, warnings };
  }
}

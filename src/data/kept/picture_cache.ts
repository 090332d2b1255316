/** Decoded pictures, kept from run to run in the user's cache folder, whence they may be deleted at any time. */
import {
  cacheDirectory,
  crc32,
  fileInfo,
  GrowingFile,
  joinPath,
  OpenFile,
  OutputError,
  readBytes,
  sha256,
  writeFileAtomic,
} from '#platform';
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
import { LockedError } from '../../device/errors.js';
import { decodeAll, holdPictures, type DecodedPictures, type Decoding, type PictureNote } from './decode_all.js';
import { isCounted, StoredPictures } from './picture_store.js';

/** Raised when what is decoded from the same file changes. */
const VERSION = 2;
/** The file of a note. */
interface Note extends PictureNote {
  readonly format: string;
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

function open(at: Place, note: Note, memory: number): StoredPictures {
  return new StoredPictures(new OpenFile(at.images), openCounts(at, note), note, memory);
}

/** null: they can be counted again. */
function openCounts({ counts }: Place, note: PictureNote): OpenFile | null {
  try {
    return note.counts === null ? null : new OpenFile(counts);
  } catch {
    return null;
  }
}

const sayAgain = (error: unknown): void =>
  notice(`${error instanceof Error ? error.message : String(error)}; the pictures are decoded again`);

/**
 * What was kept under a key; null when there is nothing. All of it is looked at: where pictures are damaged this is
 * said, and they are decoded again.
 * @throws what `again` throws.
 */
export async function cachedPictures(key: string, decoding: Decoding): Promise<DecodedPictures | null> {
  const at = placeOf(key);
  let found: { note: Note; images: StoredPictures; damaged: readonly number[] };
  try {
    const [note, info] = [await fileInfo(at.note), await fileInfo(at.images)];
    if (note === null || info === null) return null;
    const read = await readNote(at.note);
    if (read === null) return null;
    const images = open(at, read, decoding.memory);
    if (info.size !== images.length)
      throw new Error(`${at.images} is damaged: ${info.size} bytes, not ${images.length}`);
    found = { note: read, images, damaged: await images.findDamaged() };
  } catch (error) {
    sayAgain(error);
    return null;
  }
  const { note, images, damaged } = found;
  if (damaged.length === 0) return { images, failures: note.failures, warnings: note.warnings };
  const count = `${damaged.length} of ${note.checks.length} ${damaged.length === 1 ? 'pictures is' : 'pictures are'}`;
  notice(`${at.images}: ${count} damaged; what is damaged is decoded again`);
  return mend(key, found, decoding);
}

/** Keeps all pictures anew, the damaged ones decoded again; null when they have become others by that. */
async function mend(
  key: string,
  { note, images, damaged }: { note: Note; images: StoredPictures; damaged: readonly number[] },
  decoding: Decoding,
): Promise<DecodedPictures | null> {
  const reasons = new Map(note.failures);
  const warnings = new Map(note.warnings);
  const numbers = new Map<number, number>();
  for (let i = 0; i < decoding.count; i++) if (!reasons.has(i)) numbers.set(i, numbers.size);
  const torn = new Set(damaged);
  let isSame = true;
  const mended = await keepPictures(key, {
    ...decoding,
    decode: async (i, onWarning) => {
      const reason = reasons.get(i);
      if (reason !== undefined) return reason;
      if (warnings.has(i)) onWarning(warnings.get(i) as string);
      const n = numbers.get(i) as number;
      if (!torn.has(n)) return images.asItIs(n);
      const picture = await decoding.again(i);
      isSame &&= crc32(picture) === note.checks[n];
      return picture;
    },
  });
  return isSame ? mended : null; // else another version of the decoder
}

/** Puts files where they belong: the note last, it vouches for the others. */
function settle(at: Place, files: readonly (GrowingFile | null)[], note: PictureNote): Promise<void> {
  return inTurn(at.folder, async () => {
    for (const file of files) file?.finish();
    writeFileAtomic(at.note, sealJson(JSON.stringify({ format: `${FORMAT}-2`, ...note } satisfies Note)));
  });
}

/** Whether the cache cannot be written, which is no fault of the pictures'. */
function isOfDisk(error: unknown): error is Error {
  return error instanceof OutputError || error instanceof LockedError;
}

/**
 * Decodes pictures and keeps them, with no more in memory than some of them; returns them as they are to be read from
 * now on: from their file, or from memory when the disk does not take them, which costs the next run time and nothing
 * else. Then the pictures before that are decoded twice.
 * @throws DataError when the disk does not take them, and there are too many for memory.
 */
export async function keepPictures(key: string, decoding: Decoding): Promise<DecodedPictures> {
  const at = placeOf(key);
  const files: GrowingFile[] = [];
  try {
    const images = new GrowingFile(at.images);
    files.push(images);
    const counts = isCounted(decoding.size) ? new GrowingFile(at.counts) : null;
    if (counts !== null) files.push(counts);
    const note = await decodeAll(decoding, (picture) => images.add(picture), counts);
    await settle(at, files, note);
    return { images: open(at, { format: FORMAT, ...note }, decoding.memory), ...note };
  } catch (error) {
    for (const file of files) file.drop();
    if (!isOfDisk(error)) throw error;
    return holdPictures(decoding, error);
  }
}

/** What a pass over pictures found that are not kept, but for this. */
export interface KnownPictures {
  readonly note: PictureNote;
  /** How often each byte occurs in each; null: not known. */
  readonly counts: OpenFile | null;
}

/**
 * What is known of the pictures of a key that are decoded when they are needed: from an earlier run, else from a pass
 * over all of them.
 */
export async function knownPictures(key: string, decoding: Decoding): Promise<KnownPictures> {
  const at = placeOf(key);
  try {
    const note = (await fileInfo(at.note)) === null ? null : await readNote(at.note);
    if (note !== null) return { note, counts: openCounts(at, note) };
  } catch (error) {
    sayAgain(error);
  }
  let counts: GrowingFile | null = null;
  try {
    counts = new GrowingFile(at.counts);
    const note = await decodeAll(decoding, () => {}, counts);
    await settle(at, [counts], note);
    return { note, counts: openCounts(at, note) };
  } catch (error) {
    counts?.drop();
    if (!isOfDisk(error)) throw error;
    return { note: await decodeAll(decoding, () => {}, null), counts: null };
  }
}

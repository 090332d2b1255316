/** All pictures of a list decoded once, with no more in memory than some of them, and what is learned on the way. */
import { crc32, Sha256, type GrowingFile } from '#platform';
import { DataError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { MAX_IMAGE_BYTES } from '../dataset.js';
import type { Images } from '../images.js';
import { inOrder } from '../in_parallel.js';
import { countsOf, type PictureChecks } from './picture_store.js';

/** A part of a folder, decoded: the pictures one after the other, and those that could not be read. */
export interface DecodedPictures {
  /** (files - failures, 3, side, side). */
  readonly images: Images;
  /** Index of the file, and what is wrong with it. */
  readonly failures: readonly (readonly [index: number, reason: string])[];
  /** Index of the file, and what is wrong with it though no pixel is lost. */
  readonly warnings: readonly (readonly [index: number, warning: string])[];
}

/** How pictures are decoded. */
export interface Decoding {
  /** Files. */
  readonly count: number;
  /** Bytes of a decoded picture. */
  readonly size: number;
  /** Bytes that may be held when pictures are read again. */
  readonly memory: number;
  /** @returns the picture, or what is wrong with the file. @param onWarning what is wrong though no pixel is lost. */
  readonly decode: (index: number, onWarning: (text: string) => void) => Promise<Uint8Array | string>;
  /** The same of a file that was decoded before. @throws DataError when it is no longer what it was. */
  readonly again: (index: number) => Promise<Uint8Array>;
}

/** What there is to know of the pictures; in its file a digest of its own covers the failures too. */
export interface PictureNote extends PictureChecks {
  readonly failures: readonly (readonly [index: number, reason: string])[];
  readonly warnings: readonly (readonly [index: number, warning: string])[];
}

/**
 * Decodes all pictures once, some at a time.
 * @param use is given each, in order. @param counts takes how often each byte occurs in each.
 */
export async function decodeAll(
  { count, size, decode }: Decoding,
  use: (picture: Uint8Array) => void,
  counts: GrowingFile | null,
): Promise<PictureNote> {
  const failures: [number, string][] = [];
  const warnings: [number, string][] = [];
  const checks: number[] = [];
  const digest = new Sha256();
  let countsCheck = 0;
  await inOrder(
    count,
    (i) => decode(i, (text) => warnings.push([i, text])),
    (picture, i) => {
      if (typeof picture === 'string') return void failures.push([i, picture]);
      digest.add(picture);
      checks.push(crc32(picture));
      use(picture);
      if (counts === null) return;
      const numbers = countsOf(picture);
      countsCheck = crc32(numbers, countsCheck);
      counts.add(numbers);
    },
  );
  warnings.sort((a, b) => a[0] - b[0]);
  return { size, digest: digest.hex(), checks, counts: counts && countsCheck, failures, warnings };
}

/**
 * Decodes pictures into memory. @param why they are not kept in a file.
 * @throws DataError when there are too many.
 */
export async function holdPictures(decoding: Decoding, why: Error): Promise<DecodedPictures> {
  const bytes = decoding.count * decoding.size;
  if (bytes > MAX_IMAGE_BYTES)
    throw new DataError(
      `${decoding.count} pictures take ${(bytes / 2 ** 30).toFixed(1)} GiB when they are decoded, at most 4 are held ` +
        `in memory, and ${why.message}`,
      {
        fix: worded`make room, or decode them when they are needed: {stream}; WEFT_CACHE names another folder for what
          is kept`,
        cause: why,
      },
    );
  const images = new Uint8Array(bytes);
  let at = 0;
  const note = await decodeAll(
    decoding,
    (picture) => {
      images.set(picture, at);
      at += picture.length;
    },
    null,
  );
  return { images: images.subarray(0, at), failures: note.failures, warnings: note.warnings };
}

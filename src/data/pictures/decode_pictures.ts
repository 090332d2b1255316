/** The pictures of a list, decoded: once for all runs, or each time they are needed. */
import { digest, sha256 } from '#platform';
import { DataError } from '../../device/errors.js';
import { USUAL_MEMORY } from '../images.js';
import type { DecodedPictures, Decoding } from '../kept/decode_all.js';
import { cachedPictures, keepPictures, knownPictures, pictureKey } from '../kept/picture_cache.js';
import { StreamedPictures } from '../stream/streamed_pictures.js';
import type { HashedPicture } from './duplicates.js';
import { decodeSquare, decoderVersion } from './picture.js';
import { readPictureFile } from './picture_file.js';

/** Where decoded pictures are, and how many. */
export interface KeepingOptions {
  /**
   * Pictures are decoded each time they are needed, and not kept: for those that would not fit the disk either. What
   * comes of it is the same.
   */
  readonly stream?: boolean;
  /** MiB of decoded pictures that may be held in memory; two are always. Default 256. */
  readonly memory?: number;
}

/** The end of a message that begins with the file's name. */
export function reasonOf(error: unknown, file: string): string {
  if (!(error instanceof DataError)) throw error;
  return error.message.slice(file.length + 2);
}

/** @throws DataError when the file is not what it was, or cannot be read. */
async function decodeAgain({ file, hash }: HashedPicture, side: number): Promise<Uint8Array> {
  const bytes = await readPictureFile(file);
  if (digest('sha256', bytes) !== hash)
    throw new DataError(`${file}: has changed while it was read`, {
      fix: 'start again; if that does not help, delete files/ in the cache folder',
    });
  return decodeSquare(bytes, file, side);
}

/** Decodes what is not known from an earlier run. */
export async function decodePictures(
  pictures: readonly HashedPicture[],
  side: number,
  { stream = false, memory: mebibytes = USUAL_MEMORY / 2 ** 20 }: KeepingOptions,
  onProgress: (done: number) => void,
): Promise<DecodedPictures> {
  const key = pictureKey(
    pictures.map((p) => p.hash),
    side,
  );
  const memory = Math.floor(2 ** 20 * mebibytes);
  let done = 0;
  const decoding: Decoding = {
    count: pictures.length,
    size: 3 * side * side,
    memory,
    decode: async (i, onWarning) => {
      const { file } = pictures[i];
      try {
        return await decodeSquare(await readPictureFile(file), file, side, onWarning);
      } catch (error) {
        return reasonOf(error, file);
      } finally {
        onProgress(++done);
      }
    },
    again: (i) => decodeAgain(pictures[i], side),
  };
  if (!stream) return (await cachedPictures(key, decoding)) ?? keepPictures(key, decoding);
  // pixels are compared with those of the pass, and another decoder may give others
  const version = new TextEncoder().encode(`${key} ${await decoderVersion()}`);
  const known = await knownPictures(sha256([version]), decoding);
  const { failures, warnings } = known.note;
  const failed = new Set(failures.map(([i]) => i));
  const files = pictures.filter((_, i) => !failed.has(i)).map((p) => p.file);
  return { images: new StreamedPictures(files, known, side, memory), failures, warnings };
}

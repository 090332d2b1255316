/**
 * The thread that decodes pictures while another trains: it takes the pixels apart, too, and looks whether they are
 * those that were there before.
 */
import { answerQuestions, crc32 } from '#platform';
import { DataError } from '../../device/errors.js';
import { fewAtOnce } from '../in_parallel.js';
import { decodeSquare } from '../pictures/picture.js';
import { readPictureFile } from '../pictures/picture_file.js';
import type { DecodeAnswer, DecodeRequest } from './decode_request.js';

/** All requests share the lanes, those that were asked first come first. */
const few = fewAtOnce();

async function decodeOne(file: string, check: number, side: number, into: Uint8Array): Promise<void> {
  const picture = await decodeSquare(await readPictureFile(file), file, side);
  if (crc32(picture) !== check)
    throw new DataError(`${file}: has changed since training began`, {
      fix: 'start again: it is looked at again then',
    });
  into.set(picture);
}

answerQuestions<DecodeRequest, DecodeAnswer>(async ({ files, checks, side, into }) => {
  const size = 3 * side * side;
  try {
    // allSettled: nothing is written any more once the answer is given
    const done = await Promise.allSettled(
      files.map((file, i) => few(() => decodeOne(file, checks[i], side, into.subarray(i * size, (i + 1) * size)))),
    );
    for (const one of done) if (one.status === 'rejected') throw one.reason;
    return null;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { message: error.message, fix: error.fix ?? '' };
  }
});

/** What is wrong or odd with a data set of picture files, for one who is about to train on it. */
import { digest } from '#platform';
import { DataError } from '../../device/errors.js';
import type { PictureReport } from '../dataset.js';
import { isAcrossParts, isConflict } from './duplicates.js';
import { inParallel } from '../in_parallel.js';
import { keepLooks, knownLooks, type Look } from '../kept/known_looks.js';
import { lossOf, pictureSize } from './picture.js';
import { readPictureFile } from './picture_file.js';

/** A shorter side of fewer pixels shows next to nothing of a garment. */
const TINY = 32;

export interface PictureCheck {
  /** Files that a folder, a list or a table names. */
  readonly listed: number;
  readonly unreadable: PictureReport['unreadable'];
  readonly warned: PictureReport['warned'];
  /** Pictures that are used though some of their pixels are lost. */
  readonly damaged: readonly { readonly file: string; readonly reason: string }[];
  /** Pictures whose shorter side is less than 32 pixels. */
  readonly tiny: readonly { readonly file: string; readonly width: number; readonly height: number }[];
  /** How many have a shorter side that is less than what they are resized to. */
  readonly enlarged: number;
  /** Byte-identical files: how many copies are left out (or kept), and which; the first is the one that stays. */
  readonly copies: number;
  readonly keepsDuplicates: boolean;
  readonly duplicates: readonly {
    readonly files: readonly string[];
    readonly isAcrossParts: boolean;
    readonly isConflict: boolean;
  }[];
}

/** Of a picture that was read a moment ago: one that has gone since is not small. */
const GONE: Look = { width: Infinity, height: Infinity };

/** @returns GONE for a file that is not what it was either. */
async function lookAt(file: string, hash: string): Promise<Look> {
  try {
    const bytes = await readPictureFile(file);
    if (digest('sha256', bytes) !== hash) return GONE;
    const { width, height } = await pictureSize(bytes, file);
    const loss = await lossOf(bytes, file);
    return { width, height, ...(loss === null ? {} : { loss }) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return GONE;
  }
}

async function lookAtAll(
  files: readonly string[],
  hashes: readonly string[],
  onProgress: (done: number, total: number) => void,
): Promise<readonly Look[]> {
  const looks = new Array<Look>(files.length);
  let done = 0;
  await inParallel(files.length, async (i) => {
    looks[i] = await lookAt(files[i], hashes[i]);
    onProgress(++done, files.length);
  });
  if (!looks.includes(GONE)) await keepLooks(hashes, looks);
  return looks;
}

/**
 * Reads all of the pictures that can be read, unless it is known what is in them. @param imageSize what the shorter
 * side is resized to.
 */
export async function checkPictures(
  { listed, files, hashes, unreadable, warned, duplicates, keepsDuplicates }: PictureReport,
  imageSize: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PictureCheck> {
  const looks = (await knownLooks(hashes)) ?? (await lookAtAll(files, hashes, onProgress));
  const isBelow =
    (least: number) =>
    ({ width, height }: { width: number; height: number }): boolean =>
      Math.min(width, height) < least;
  return {
    listed,
    unreadable,
    warned,
    damaged: files
      .map((file, i) => ({ file, reason: looks[i].loss ?? null }))
      .filter((d): d is { file: string; reason: string } => d.reason !== null),
    tiny: files.flatMap((file, i) =>
      isBelow(TINY)(looks[i]) ? [{ file, width: looks[i].width, height: looks[i].height }] : [],
    ),
    enlarged: looks.filter(isBelow(imageSize)).length,
    copies: duplicates.reduce((n, d) => n + d.copies.length, 0),
    keepsDuplicates,
    duplicates: duplicates.map((d) => ({
      files: [...new Set([d.kept, ...d.copies].map((p) => p.file))], // rows of a table may name the same one
      isAcrossParts: isAcrossParts(d),
      isConflict: isConflict(d),
    })),
  };
}

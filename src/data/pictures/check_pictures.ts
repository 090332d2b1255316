/** What is wrong or odd with a data set of picture files, for one who is about to train on it. */
import { DataError } from '../../device/errors.js';
import type { PictureReport } from '../dataset.js';
import { isAcrossParts, isConflict } from './duplicates.js';
import { inParallel } from '../in_parallel.js';
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

interface Seen {
  readonly width: number;
  readonly height: number;
  readonly loss: string | null;
}

/** Of a picture that was read a moment ago: one that has gone since is not small. */
async function lookAt(file: string): Promise<Seen> {
  try {
    const bytes = await readPictureFile(file);
    return { ...(await pictureSize(bytes, file)), loss: await lossOf(bytes, file) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { width: Infinity, height: Infinity, loss: null };
  }
}

/** Reads all of the pictures that can be read. @param imageSize what the shorter side is resized to. */
export async function checkPictures(
  { listed, files, unreadable, warned, duplicates, keepsDuplicates }: PictureReport,
  imageSize: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PictureCheck> {
  const sizes = new Array<Seen>(files.length);
  let done = 0;
  await inParallel(files.length, async (i) => {
    sizes[i] = await lookAt(files[i]);
    onProgress(++done, files.length);
  });
  const isBelow =
    (least: number) =>
    ({ width, height }: { width: number; height: number }): boolean =>
      Math.min(width, height) < least;
  return {
    listed,
    unreadable,
    warned,
    damaged: files
      .map((file, i) => ({ file, reason: sizes[i].loss }))
      .filter((d): d is { file: string; reason: string } => d.reason !== null),
    tiny: files.flatMap((file, i) =>
      isBelow(TINY)(sizes[i]) ? [{ file, width: sizes[i].width, height: sizes[i].height }] : [],
    ),
    enlarged: sizes.filter(isBelow(imageSize)).length,
    copies: duplicates.reduce((n, d) => n + d.copies.length, 0),
    keepsDuplicates,
    duplicates: duplicates.map((d) => ({
      files: [d.kept, ...d.copies].map((p) => p.file),
      isAcrossParts: isAcrossParts(d),
      isConflict: isConflict(d),
    })),
  };
}

/** What became of every file of a data set: used, or left out and why, counted. */
import type { DatasetSplits } from '../dataset.js';
import { groupBy } from '../tables/group_by.js';
import { EMPTY } from './picture_header.js';

export interface FileCensus {
  /** All of them; of folders that are not looked into, none. */
  readonly total: number;
  /** Images of the training, validation and test part. */
  readonly used: number;
  /** Why so many others are not; the counts and `used` sum to `total`. */
  readonly leftOut: Counts;
  /** Folders that are not looked into. */
  readonly folders: Counts;
}

export type Counts = readonly { readonly why: string; readonly count: number }[];

/** Reasons and how often each is given, the most frequent first. */
export function countReasons(reasons: readonly string[]): Counts {
  return [...groupBy(reasons, (why) => why)]
    .map(([why, { length }]) => ({ why, count: length }))
    .sort((a, b) => b.count - a.count);
}

/** `4 GIF (not read), 1 hidden`. */
export function countsSaid(counts: Counts): string {
  return counts.map(({ why, count }) => `${count} ${why}`).join(', ');
}

/** null for data that are not picture files. */
export function fileCensus({ train, test, pictures }: DatasetSplits): FileCensus | null {
  if (pictures === undefined) return null;
  const { files, unreadable, duplicates, keepsDuplicates, leftOut } = pictures;
  const used = train.count + (test?.count ?? 0);
  const reasons = [
    ...Array.from({ length: files.length - used }, () => 'of classes that are left out'),
    ...(keepsDuplicates ? [] : duplicates.flatMap((d) => d.copies.map(() => 'copies of others, byte for byte'))),
    ...unreadable.map(({ reason }) => (reason === EMPTY ? 'empty' : 'that cannot be read')),
    ...leftOut.filter((f) => f.isFolder !== true).map((f) => f.why),
  ];
  return {
    total: used + reasons.length,
    used,
    leftOut: countReasons(reasons),
    folders: countReasons(leftOut.filter((f) => f.isFolder === true).map((f) => f.why)),
  };
}

/** `15 files: 9 used, 4 GIF (not read), 1 hidden, 1 empty`. */
export function censusLine({ total, used, leftOut, folders }: FileCensus): string {
  const others = leftOut.length === 0 ? '' : `, ${countsSaid(leftOut)}`;
  const apart = folders.length === 0 ? '' : `; folders not looked into: ${countsSaid(folders)}`;
  return `${total} ${total === 1 ? 'file' : 'files'}: ${used} used${others}${apart}`;
}

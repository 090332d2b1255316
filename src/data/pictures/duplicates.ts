/**
 * Files with the same bytes under several names: a picture that is in training and testing makes the test easier than
 * it is.
 */
import { groupBy } from '../tables/group_by.js';
import { nameSome, PARTS, type ListedPicture } from './picture_list.js';

/** A picture and what it looks like in 64 bits. */
export interface HashedPicture extends ListedPicture {
  /** Of the file's bytes. */
  readonly hash: string;
}

/** One picture and its copies. */
export interface Duplicates {
  readonly kept: HashedPicture;
  readonly copies: readonly HashedPicture[];
}

/** Pictures that look the same though their bytes differ (near_duplicates.ts): each is near to another of the group. */
export interface NearDuplicates {
  readonly files: readonly string[];
  /** Some are in another part than the others. */
  readonly isAcrossParts: boolean;
  /** They are said to show different things. */
  readonly isConflict: boolean;
}

/**
 * Copies in the test part are kept before those in the validation part, these before training ones: the test part stays
 * whole.
 */
function rank({ part }: ListedPicture): number {
  return part === null ? PARTS.length : PARTS.length - 1 - PARTS.indexOf(part);
}

/** Every picture that there is more than once; of equals in one part the first is kept. In the order of the list. */
export function findDuplicates(pictures: readonly HashedPicture[]): Duplicates[] {
  return [...groupBy(pictures, (p) => p.hash).values()].flatMap((same) => {
    if (same.length < 2) return [];
    const kept = same.reduce((best, p) => (rank(p) < rank(best) ? p : best));
    return [{ kept, copies: same.filter((p) => p !== kept) }];
  });
}

/** The same picture is said to show different things. */
export function isConflict({ kept, copies }: Duplicates): boolean {
  return copies.some((p) => p.label !== kept.label);
}

/** The same picture is in two parts. */
export function isAcrossParts({ kept, copies }: Duplicates): boolean {
  return copies.some((p) => p.part !== kept.part);
}

/** What was done about them, in words. */
export function duplicateNotes(found: readonly Duplicates[], classes: readonly string[], keep: boolean): string[] {
  if (found.length === 0) return [];
  const copies = found.flatMap((d) => d.copies);
  const across = found.filter(isAcrossParts).length;
  const conflicts = found.filter(isConflict);
  const said = ({ file, label }: ListedPicture): string => `${file} (${classes[label]})`;
  return [
    `${keep ? 'kept' : 'left out'} ${copies.length} byte-identical ${copies.length === 1 ? 'copy' : 'copies'} of ` +
      `other ` +
      `pictures${across > 0 ? `; ${across} ${across === 1 ? 'picture is' : 'pictures are'} in two parts` : ''}`,
    ...(conflicts.length > 0
      ? [
          `identical pictures with different labels: ` +
            `${nameSome(conflicts.map(({ kept, copies }) => [...new Set([kept, ...copies].map(said))].join(' = ')))}`,
        ]
      : []),
  ];
}

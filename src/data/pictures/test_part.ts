/** A test part for pictures that come without one. */
import { digest } from '#platform';
import type { HashedPicture } from './duplicates.js';
import { groupBy } from '../tables/group_by.js';

/** What keeps a picture with others: its group, else its contents. */
export function unitOf({ group, hash }: HashedPicture): string {
  return group === undefined ? hash : digest('sha256', new TextEncoder().encode(group));
}

/** What most of some pictures show; the smallest of equals. */
function labelOf(pictures: readonly HashedPicture[]): number {
  const counts = [...groupBy(pictures, (p) => p.label)].map(([label, { length }]) => ({ label, length }));
  return counts.reduce((a, b) => (b.length > a.length || (b.length === a.length && b.label < a.label) ? b : a)).label;
}

/**
 * Gives a part to the pictures that have none: of each class `share` of them, to the nearest picture, are for testing.
 * Which they are is decided by the hashes of the files, or of the groups' names: neither a seed nor the order of a list
 * changes it, and a picture that is added moves few others. One unit of each class stays for training.
 */
export function drawTestPart(pictures: readonly HashedPicture[], share: number): HashedPicture[] {
  const units = groupBy(
    pictures.filter((p) => p.part === null),
    unitOf,
  );
  const chosen = new Set<HashedPicture>();
  for (const ofClass of groupBy(units, ([, members]) => labelOf(members)).values()) {
    const target = share * ofClass.reduce((n, [, members]) => n + members.length, 0);
    let taken = 0;
    for (const [, members] of ofClass.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, -1)) {
      if (taken + members.length / 2 > target) continue; // a large group may not fit where a smaller one does
      taken += members.length;
      for (const p of members) chosen.add(p);
    }
  }
  return pictures.map((p) => (p.part === null ? { ...p, part: chosen.has(p) ? 'test' : 'train' } : p));
}

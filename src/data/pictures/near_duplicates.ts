/**
 * Pictures that look the same though their files differ: sent in twice, in another size or compression. Where parts are
 * drawn, those of a group stay together; where somebody has drawn them already, it is said how many groups they tear.
 */
import type { HashedPicture, NearDuplicates } from './duplicates.js';
import { groupBy } from '../tables/group_by.js';
import { hashDistance } from './perceptual_hash.js';
import type { ListedPicture } from './picture_list.js';
import { unitOf } from './test_part.js';
import { worded, type Text } from '../../text/wording.js';

/**
 * Pixels a side of the squares that are compared: as many as the hash looks at. So `--image-size` does not change who
 * is near to whom.
 */
export const COMPARED_SIDE = 32;

/**
 * What 0 … count - 1 fall into when these pairs belong together: of each number the smallest of its group. A chain of
 * pairs is one group.
 */
function connected(count: number, pairs: Iterable<readonly [number, number]>): Int32Array {
  const first = Int32Array.from({ length: count }, (_, n) => n);
  const rootOf = (n: number): number => {
    while (first[n] !== n) n = first[n] = first[first[n]];
    return n;
  };
  for (const pair of pairs) {
    const [x, y] = pair.map(rootOf);
    first[Math.max(x, y)] = Math.min(x, y);
  }
  return first.map((_, n) => rootOf(n));
}

/** All pairs whose hashes (N, 2) differ in at most so many bits. */
function* nearPairs(hashes: Uint32Array, bits: number, onProgress: (done: number) => void): Iterable<[number, number]> {
  const count = hashes.length / 2;
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) if (hashDistance(hashes, a, b) <= bits) yield [a, b];
    onProgress(a + 1);
  }
}

/**
 * Groups of pictures whose perceptual hashes (N, 2) differ in at most `bits` of 64: their numbers, in order. Compares
 * all with all.
 */
export function nearGroups(
  hashes: Uint32Array,
  bits: number,
  onProgress: (done: number) => void = () => {},
): number[][] {
  const first = connected(hashes.length / 2, nearPairs(hashes, bits, onProgress));
  return [...groupBy(first.keys(), (n) => first[n]).values()].filter((group) => group.length > 1);
}

/** What there is to say about groups of these pictures. */
export function describeNear(
  pictures: readonly ListedPicture[],
  groups: readonly (readonly number[])[],
): NearDuplicates[] {
  return groups.map((group) => {
    const [one, ...others] = group.map((n) => pictures[n]);
    return {
      files: [one, ...others].map((p) => p.file),
      isAcrossParts: others.some((p) => p.part !== one.part),
      isConflict: others.some((p) => p.label !== one.label),
    };
  });
}

/**
 * The pictures with a group for those that are near to each other, so that they stay in one part; joined with the
 * groups that they have. Its name comes from its members' contents: the order of a list does not change where it goes.
 */
export function joinNear(pictures: readonly HashedPicture[], groups: readonly (readonly number[])[]): HashedPicture[] {
  const units = pictures.map(unitOf);
  const same = [...groupBy(units.keys(), (n) => units[n]).values()];
  const pairs = [...same, ...groups].flatMap((group) => group.slice(1).map((n) => [group[0], n] as const));
  const first = connected(pictures.length, pairs);
  const joined = new Map<HashedPicture, string>();
  for (const members of groupBy(first.keys(), (n) => first[n]).values()) {
    const names = [...new Set(members.map((n) => units[n]))].sort();
    if (names.length > 1) for (const n of members) joined.set(pictures[n], `near ${names[0]}`);
  }
  return pictures.map((p) => (joined.has(p) ? { ...p, group: joined.get(p) as string } : p));
}

/** What was done about them, in words. @param listName whose parts they are, where they are not drawn. */
export function nearNotes(found: readonly NearDuplicates[], bits: number, listName: string): Text[] {
  if (found.length === 0) return [];
  const across = found.filter((d) => d.isAcrossParts).length;
  const sizes = found.map((d) => d.files.length);
  const look = `look the same (within ${bits} of 64 bits)`;
  const groups = (n: number): string => `${n} ${n === 1 ? 'group' : 'groups'}`;
  return [
    `kept together where parts are drawn: ${groups(found.length)} of pictures that ${look}, ` +
      `${sizes.reduce((a, b) => a + b, 0)} in all, ${Math.max(...sizes)} in the largest`,
    ...(across > 0
      ? [
          worded`warning: ${groups(across)} of pictures that ${look} ${across === 1 ? 'lies' : 'lie'} in two
            parts, as ${listName} has them: what is measured there is too good (weft data check {near} ${bits}
            names them)`,
        ]
      : []),
  ];
}

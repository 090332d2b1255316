/** Which pictures are held back together: each in one of several folds, pictures of one recording in the same. */
import { hostRandom } from '../data/host_random.js';
import { groupBy } from '../data/tables/group_by.js';

// Key of this use of a seed.
const FOLDS = 41;

/** What decides where a picture goes. */
export interface FoldRow {
  readonly class: number;
  /** Pictures with the same are of one recording. Absent or null: of none. */
  readonly group?: string | number | null;
}

/** Folds, and what had to be done for them. */
export interface Folds {
  /** Number of the fold of each row. */
  readonly of: Uint32Array;
  readonly count: number;
  /** Classes that are all of one recording: it was taken apart, so that what is measured of them says little. */
  readonly oneRecording: readonly number[];
}

/**
 * Deals rows out to folds: whole recordings, each class as evenly as these allow, in an order that the seed decides.
 * @param most folds, at least 2; fewer where no class has so many recordings.
 */
export function dealFolds(rows: readonly FoldRow[], classes: number, most: number, seed: number): Folds {
  const perClass = Array.from({ length: classes }, () => new Set<string>());
  const keys = rows.map(({ group, class: c }, i) => {
    const key = group === undefined || group === null ? `row ${i}` : `group ${group}`;
    perClass[c].add(key);
    return key;
  });
  const oneRecording = perClass.flatMap((own, c) => (own.size === 1 ? [c] : []));
  const isApart = new Set(oneRecording);
  const members = groupBy(rows.keys(), (i) => (isApart.has(rows[i].class) ? `row ${i}` : keys[i]));
  const groups = hostRandom(seed, FOLDS).shuffle([...members.values()]);
  groups.sort((a, b) => b.length - a.length); // large ones first, while there is room everywhere
  const totals = new Array<number>(classes).fill(0);
  for (const row of rows) totals[row.class]++;
  const largest = Math.max(...perClass.map((own, c) => (isApart.has(c) ? totals[c] : own.size)));
  const count = Math.max(2, Math.min(most, largest));
  const held = Array.from({ length: count }, () => ({ of: new Array<number>(classes).fill(0), all: 0 }));
  const of = new Uint32Array(rows.length);
  for (const group of groups) {
    // how full of the group's own classes a fold is; among equals, how full
    const fullness = held.map((fold) => group.reduce((n, i) => n + fold.of[rows[i].class] / totals[rows[i].class], 0));
    let best = 0;
    for (let f = 1; f < count; f++) {
      const difference = fullness[f] - fullness[best];
      if (difference < -1e-9 || (difference < 1e-9 && held[f].all < held[best].all)) best = f;
    }
    for (const i of group) {
      of[i] = best;
      held[best].of[rows[i].class]++;
      held[best].all++;
    }
  }
  return { of, count, oneRecording };
}

/** Pictures that look the same though their files differ: sent in twice, in another size or compression. */
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { hashDistance, perceptualHashes } from './perceptual_hash.js';

/** Pictures each of which is near to another of the group. */
export interface NearDuplicates {
  readonly files: readonly string[];
  /** Some are in another part than the others. */
  readonly isAcrossParts: boolean;
  /** They are said to show different things. */
  readonly isConflict: boolean;
}

interface Looked {
  readonly file: string;
  readonly part: string;
  readonly label: number;
}

function lookedAt(data: ImageDataset | null, name: string): Looked[] {
  return (data?.origins ?? []).map(({ file }, n) => ({ file, label: data?.labels[n] ?? 0, part: n >= (data?.validationStart ?? Infinity) ? 'validation' : name }));
}

/** Groups of pictures whose perceptual hashes differ in at most `bits` of 64, in the order of the data. Compares all with all. */
export function nearDuplicates({ train, test }: DatasetSplits, bits: number): NearDuplicates[] {
  const looked = [...lookedAt(train, 'train'), ...lookedAt(test, 'test')];
  if (looked.length === 0) return [];
  const hashes = Uint32Array.from([train, ...(test === null ? [] : [test])].flatMap((data) => [...perceptualHashes(data)]));
  const first = Int32Array.from(looked, (_, n) => n); // of each picture's group; those of a chain end at the same one
  const rootOf = (n: number): number => {
    while (first[n] !== n) n = first[n] = first[first[n]];
    return n;
  };
  for (let a = 0; a < looked.length; a++) {
    for (let b = a + 1; b < looked.length; b++) {
      if (hashDistance(hashes, a, b) > bits) continue;
      const [x, y] = [rootOf(a), rootOf(b)];
      first[Math.max(x, y)] = Math.min(x, y);
    }
  }
  const groups = new Map<number, Looked[]>();
  for (const [n, one] of looked.entries()) groups.set(rootOf(n), [...(groups.get(rootOf(n)) ?? []), one]);
  return [...groups.values()].filter((group) => group.length > 1).map((group) => ({
    files: group.map((one) => one.file),
    isAcrossParts: group.some((one) => one.part !== group[0].part),
    isConflict: group.some((one) => one.label !== group[0].label),
  }));
}

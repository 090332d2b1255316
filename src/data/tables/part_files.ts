/**
 * Files of a folder that are a part each: train.csv and test.csv, fashion-mnist_train.csv and fashion-mnist_test.csv,
 * val.txt.
 */
import { DataError } from '../../device/errors.js';
import { partNamed, PARTS, type Part } from '../pictures/picture_list.js';

const TABLE = /^(.+?)\.(csv|tsv|txt)(\.gz)?$/i;

export function isTableName(name: string): boolean {
  return /\.(csv|tsv)(\.gz)?$/i.test(name);
}

/** The part that a file's name says: all of it, or one of its words. */
function partOf(name: string): Part | null {
  const [, stem, ending] = TABLE.exec(name) ?? [];
  if (stem === undefined || name.startsWith('.')) return null;
  if (partNamed(stem) !== null) return partNamed(stem);
  if (ending.toLowerCase() === 'txt') return null; // test-results.txt is no list
  const parts = new Set(stem.split(/[-_. ]+/).flatMap((word) => partNamed(word) ?? []));
  return parts.size === 1 ? [...parts][0] : null;
}

/**
 * The tables and lists of parts among the names of a folder; null without one for training.
 * @throws DataError when two could be the same part.
 */
export function partFiles(folder: string, names: readonly string[]): ReadonlyMap<Part, string> | null {
  const found = new Map<Part, string>();
  for (const part of PARTS) {
    const ofPart = names.filter((name) => partOf(name) === part);
    const whole = ofPart.filter((name) => partNamed(TABLE.exec(name)?.[1] ?? '') === part);
    const [first, second] = whole.length > 0 ? whole : ofPart;
    if (first === undefined) continue;
    if (second !== undefined)
      throw new DataError(`${folder}: ${first} and ${second} could both be the ${part} part`, {
        fix: 'give one of them itself, or keep one pair of files in a folder',
      });
    found.set(part, first);
  }
  return found.has('train') ? found : null;
}

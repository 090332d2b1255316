/** Which of a model's classes the classes of some data are. */
import { normalName } from '../data/names.js';
import { isNumbered } from '../data/tables/labels.js';
import { DataError } from '../device/errors.js';
import { named, namedAll } from '../text/width.js';

/** The value that a name writes as a number, so that 01, 1.0 and 1 are the same; null for other names. */
function valueOf(name: string): number | null {
  return /^\s*[-+]?\d{1,15}(\.\d+)?\s*$/.test(name) ? Number(name) : null;
}

/** Indices by key; a key that two of them have stands for neither. */
function places<K>(keys: readonly (K | null)[]): Map<K, number> {
  const found = new Map<K, number>();
  const twice = new Set<K>();
  for (const [k, key] of keys.entries()) {
    if (key === null) continue;
    if (found.has(key)) twice.add(key);
    found.set(key, k);
  }
  for (const key of twice) found.delete(key);
  return found;
}

/** By name, else by a number's value, where it is the only one of this value on either side. */
function matched(own: readonly string[], given: readonly string[]): (number | undefined)[] {
  const byName = places(own.map(normalName));
  const byValue = places(own.map(valueOf));
  const single = places(given.map(valueOf));
  return given.map((name) => {
    const value = valueOf(name);
    return byName.get(normalName(name)) ?? (value !== null && single.has(value) ? byValue.get(value) : undefined);
  });
}

/**
 * The index in `own` of each class in `given`. They are matched by name: a label is a number, and where one folder is
 * gone and another is new it means something else. So data may have some of the model's classes, in any order. As many
 * names of which the model knows none go with it when one side's are but the numbers from 0, as those of IDX files.
 * @param name of the data, for messages.
 * @throws DataError when a class is not one of the model's.
 */
export function matchClasses(own: readonly string[], given: readonly string[], name: string): Uint32Array {
  const indices = matched(own, given);
  const unknown = given.filter((_, k) => indices[k] === undefined);
  if (unknown.length === 0) return Uint32Array.from(indices as number[]);
  const isAnyName = unknown.length === own.length && given.length === own.length;
  if (isAnyName && (isNumbered(own) || isNumbered(given))) return Uint32Array.from(own.keys());
  const several = `${unknown.length} of its ${given.length} classes (${namedAll(unknown, 3)}) are`;
  throw new DataError(
    `${name}: ${unknown.length === 1 ? `class ${named(unknown[0])} is` : several} not among the model's`,
    {
      fix: `use data with the model's classes: ${namedAll(own)}`,
    },
  );
}

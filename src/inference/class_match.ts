/** Which of a model's classes the classes of some data are. */
import { normalName } from '../data/names.js';
import { DataError } from '../device/errors.js';
import { named, namedAll } from '../text/width.js';

/** Names such as those of IDX files are of the data's making, or of folders that are called so. */
function isNumbered(classes: readonly string[]): boolean {
  return classes.every((name, k) => name === String(k));
}

/** What names are compared by: numbers by their value, so that 01, 1.0 and 1 are the same class. */
function keyOf(name: string): string {
  const isNumber = /^\s*[-+]?\d{1,15}(\.\d+)?\s*$/.test(name);
  return isNumber ? `number ${Number(name)}` : normalName(name);
}

/**
 * The index in `own` of each class in `given`. They are matched by name: a label is a number, and where one folder is gone and another is new
 * it means something else. So data may have some of the model's classes, in any order. As many names that are but the numbers from 0 go
 * with any.
 * @param name of the data, for messages.
 * @throws DataError when a class is not one of the model's.
 */
export function matchClasses(own: readonly string[], given: readonly string[], name: string): Uint32Array {
  const place = new Map(own.map((each, k) => [keyOf(each), k] as const));
  const indices = given.map((each) => place.get(keyOf(each)));
  if (!indices.includes(undefined)) return Uint32Array.from(indices as number[]);
  if (own.length === given.length && (isNumbered(own) || isNumbered(given))) return Uint32Array.from(own.keys());
  const unknown = given.filter((_, k) => indices[k] === undefined);
  const which = unknown.length === 1 ? `class ${named(unknown[0])} is` : `${unknown.length} of its ${given.length} classes (${namedAll(unknown, 3)}) are`;
  throw new DataError(`${name}: ${which} not among the model's`, { fix: `use data with the model's classes: ${namedAll(own)}` });
}

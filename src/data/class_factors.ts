/** Numbers for some classes, as `hat=30,shoes=2`, and what repeats a class's images so many times. */
import { UsageError } from '../device/errors.js';

/** Class name -> a whole number. */
export type ClassFactors = ReadonlyMap<string, number>;

/** More would be one image over and over. */
const LARGEST = 1000;

/**
 * @param least the smallest number that means something.
 * @throws UsageError naming the option when the text is no list of CLASS=K, or a class comes twice.
 */
export function parseClassFactors(text: string, option: string, least = 1): ClassFactors {
  const factors = new Map<string, number>();
  for (const word of text.split(',').map((p) => p.trim())) {
    const [, name, number] = /^(.+)=(\d+)$/.exec(word) ?? []; // a class may be called a=b
    const factor = Number(number);
    if (name === undefined || !(factor >= least && factor <= LARGEST)) throw new UsageError(`--${option} ${text}: ${JSON.stringify(word)} is not CLASS=K with a whole number K from ${least} to ${LARGEST}`, { fix: `e.g. --${option} outerwear=4,hat=2` });
    if (factors.has(name.trim())) throw new UsageError(`--${option} ${text}: ${name.trim()} is given twice`, { fix: 'give it once' });
    factors.set(name.trim(), factor);
  }
  return factors;
}

/** Whether a text can be parsed. */
export function isClassFactors(text: string, least = 1): boolean {
  try {
    return parseClassFactors(text, '', least).size > 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** The factor of every class, 1 where none is given. @throws UsageError when the data have no such class. */
export function factorOfClasses(factors: ClassFactors, classes: readonly string[], option: string): number[] {
  const unknown = [...factors.keys()].find((name) => !classes.includes(name));
  if (unknown !== undefined) throw new UsageError(`--${option}: there is no class ${JSON.stringify(unknown)}`, { fix: `the classes are ${classes.join(', ')}` });
  return classes.map((name) => factors.get(name) ?? 1);
}

/** `indices` with those of each class repeated as many times as its factor says, in order: an epoch then visits them so often. */
export function repeatClasses(indices: Uint32Array, labels: Uint32Array, factor: readonly number[]): Uint32Array {
  return Uint32Array.from([...indices].flatMap((i) => new Array<number>(factor[labels[i]]).fill(i)));
}

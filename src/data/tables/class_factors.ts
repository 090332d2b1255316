/** Numbers for some classes, as `hat=30,shoes=2`, and what repeats a class's images so many times. */
import { UsageError } from '../../device/errors.js';
import { normalName } from '../names.js';
import { namedAll } from '../../text/width.js';
import { settingNamed, worded } from '../../text/wording.js';

/** Of a class that is made larger: once is what there is already. */
export const LEAST_FACTOR = 2;

/** Class name -> a whole number. */
export type ClassFactors = ReadonlyMap<string, number>;

/** More would be one image over and over. */
const LARGEST = 1000;

/**
 * A class and its number, and what ends them: `hat=30,`. A class with commas in it stands in quotes: `"tops, long"=30`.
 * One may be called a=b.
 */
const FACTOR = /\s*(?:"((?:[^"]|"")+)"|([^,\s][^,]*))=(\d+)\s*(,|$)/y;

/**
 * @param least the smallest number that means something.
 * @throws UsageError naming the setting when the text is no list of CLASS=K, or a class comes twice.
 */
export function parseClassFactors(text: string, setting: string, least = 1): ClassFactors {
  const factors = new Map<string, number>();
  for (let [end, from] = [',', 0]; end === ','; from = FACTOR.lastIndex) {
    FACTOR.lastIndex = from;
    const [whole, quoted, plain, number, ended] = FACTOR.exec(text) ?? [];
    const factor = Number(number);
    if (ended === undefined || !(factor >= least && factor <= LARGEST)) {
      const word = (whole ?? text.slice(from).split(',')[0]).replace(/,$/, '').trim();
      throw new UsageError(
        worded`${settingNamed(setting)} ${text}: ${JSON.stringify(word)} is not CLASS=K with a whole number K
          from ${least} to ${LARGEST}`,
        {
          fix: worded`e.g. ${settingNamed(setting)} outerwear=4,hat=2; a class with commas in quotes: "tops,
          long"=2`,
        },
      );
    }
    const name = normalName(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (factors.has(name))
      throw new UsageError(
        worded`${settingNamed(setting)} ${text}: ${name} is given
      twice`,
        { fix: 'give it once' },
      );
    factors.set(name, factor);
    end = ended;
  }
  return factors;
}

/** What `parseClassFactors` reads as these. */
export function formatClassFactors(factors: Iterable<readonly [string, number]>): string {
  const isPlain = (name: string): boolean => !/,|^"|^\s|\s$/.test(name);
  return Array.from(
    factors,
    ([name, factor]) => `${isPlain(name) ? name : `"${name.replaceAll('"', '""')}"`}=${factor}`,
  ).join();
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
export function factorOfClasses(factors: ClassFactors, classes: readonly string[], setting: string): number[] {
  const known = classes.map(normalName);
  const unknown = [...factors.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(worded`${settingNamed(setting)}: there is no class ${JSON.stringify(unknown)}`, {
      fix: `the classes are ${namedAll(classes)}`,
    });
  return known.map((name) => factors.get(name) ?? 1);
}

/**
 * `indices` with those of each class repeated as many times as its factor says, in order: an epoch then visits them so
 * often.
 */
export function repeatClasses(indices: Uint32Array, labels: Uint32Array, factor: readonly number[]): Uint32Array {
  return Uint32Array.from([...indices].flatMap((i) => new Array<number>(factor[labels[i]]).fill(i)));
}

/** Numbers for some classes, as `hat=30,shoes=2`, and what repeats a class's images so many times. */
import { UsageError } from '../device/errors.js';

/** Class name -> a whole number of at least 1. */
export type ClassFactors = ReadonlyMap<string, number>;

/** @throws UsageError naming the option when the text is no list of `class=number`. */
export function parseClassFactors(text: string, option: string): ClassFactors {
  const factors = new Map<string, number>();
  for (const part of text.split(',').map((p) => p.trim())) {
    const [, name, number] = /^(.+)=(\d+)$/.exec(part) ?? [];
    if (name === undefined || !Number.isSafeInteger(Number(number)) || Number(number) < 1) throw new UsageError(`--${option} ${JSON.stringify(text)}: ${JSON.stringify(part)} is no class=number of at least 1`, { fix: `e.g. --${option} hat=4,shoes=2` });
    if (factors.has(name)) throw new UsageError(`--${option} ${JSON.stringify(text)} names ${name} twice`, { fix: 'name it once' });
    factors.set(name, Number(number));
  }
  return factors;
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

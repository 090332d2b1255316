/**
 * What is tried of many combinations. A driver that compiles for a CPU takes up to seconds for a large kernel, so that
 * compiling is most of what such tests cost: what has many members is tried so that each member, and each problem, has
 * its turn; `node scripts/test.mjs --thorough` tries every member on every problem.
 */
import { sameChoice, type Choice } from '../../src/device/choices.js';
import type { Device } from '../../src/device/device.js';
import type { Family } from '../../src/kernels/launch/family.js';

export const isThorough = process.env['WEFT_THOROUGH'] === '1';

/**
 * Of the choices that each problem could be solved with, those that it is tried with: every choice on one problem at
 * least, as evenly as can be, and those that `isAlways` on all of theirs.
 */
export function covering(
  choices: readonly (readonly Choice[])[],
  isAlways: (choice: Choice, problem: number) => boolean,
): Choice[][] {
  if (isThorough) return choices.map((of) => [...of]);
  const has = (list: readonly Choice[], choice: Choice): boolean => list.some((other) => sameChoice(other, choice));
  const taken = choices.map((of, problem) => of.filter((choice) => isAlways(choice, problem)));
  for (const choice of choices.flat()) {
    if (taken.some((list) => has(list, choice))) continue;
    const possible = taken.filter((_, problem) => has(choices[problem], choice));
    possible.reduce((least, list) => (list.length < least.length ? list : least)).push(choice);
  }
  return taken;
}

/** What of a family's candidates is tried on each problem: the default on all, the others on one. */
export function choicesTried<P>(device: Device, family: Family<P>, problems: readonly P[]): Choice[][] {
  return covering(
    problems.map((problem) => family.candidates(device, problem)),
    (choice, i) => sameChoice(choice, family.defaultChoice(device, problems[i])),
  );
}

/** The first of each variant: its constants change sizes of tiles, not what is computed. */
export const oneOfEach = (choices: readonly Choice[]): readonly Choice[] =>
  choices.filter((choice, i) => choices.findIndex(({ variant }) => variant === choice.variant) === i);

/** At most `count` of the items, from the first to the last at even distances. */
export function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (isThorough || items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]);
}

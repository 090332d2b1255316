/**
 * Comparing numbers for a reader: which element is wrong, what was expected and what came, and, where the numbers are
 * those of a known mistake, which.
 */
import { hostTensor, positionOf, type HostTensor } from '../kernels/launch/host_tensor.js';
import { ExerciseError } from './failure.js';

/** What elements are that a kernel has not written: no sum of the inputs that `Draw` makes. */
export const UNTOUCHED = -7777.25;

/** Numbers, alone or in nested lists, or with a shape. */
export type Numbers = number | HostTensor | ArrayLike<number> | NestedList;
type NestedList = readonly (number | NestedList)[];

/** What numbers were wanted, and what these are when one is mistaken in a known way. */
export interface Expectation {
  /** How far off a number may be, as a share of the largest magnitude expected. Default 1e-4. */
  readonly tolerance?: number;
  /** What a mistake gives, under a sentence that names it. */
  readonly mistakes?: Readonly<Record<string, Numbers>>;
  /** What is the likely mistake where the numbers are those of none. */
  readonly otherwise?: string | undefined;
}

/** Shape and numbers; lists in lists are checked to be of equal length. */
export function asHostTensor(numbers: Numbers, what: string): HostTensor {
  if (typeof numbers === 'number') return hostTensor([], [numbers]);
  if (isHostTensor(numbers)) return numbers;
  const list = numbers as ArrayLike<number | NestedList>;
  if (typeof numbers !== 'object' || numbers === null || typeof list.length !== 'number')
    throw new ExerciseError(`${what} is ${shown(numbers)}, where numbers are wanted`);
  const parts = Array.from(list, (part, i) =>
    typeof part === 'number' ? hostTensor([], [part]) : asHostTensor(part as Numbers, `${what}[${i}]`),
  );
  const inner = parts[0]?.shape ?? [];
  const odd = parts.findIndex((part) => !isSameShape(part.shape, inner));
  if (odd >= 0)
    throw new ExerciseError(
      `${what}[${odd}] has ${parts[odd].data.length} numbers, ${what}[0] has ${parts[0].data.length}`,
    );
  return hostTensor(
    [parts.length, ...inner],
    parts.flatMap((part) => [...part.data]),
  );
}

function isHostTensor(x: unknown): x is HostTensor {
  return typeof x === 'object' && x !== null && 'shape' in x && 'data' in x;
}

const isSameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, d) => n === b[d]);

const shapeText = (shape: readonly number[]): string => `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;

/** A value for a message, in one short line. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || value === undefined) return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** A number for a message, in six digits, or in as many as tell it from another one. */
export function numberText(x: number, other = x): string {
  if (Math.fround(x) === UNTOUCHED) return 'nothing (it was never written)';
  const digits = [6, 9, 17].find((n) => x === other || x.toPrecision(n) !== other.toPrecision(n)) ?? 17;
  return Number.isFinite(x) ? String(Number(x.toPrecision(digits))) : String(x);
}

/** `y[3]` of a vector, `y[1, 2]` of a matrix, `y` of a number. */
export function elementName(what: string, i: number, shape: readonly number[]): string {
  return shape.length === 0 ? what : `${what}[${positionOf(i, shape).join(', ')}]`;
}

function isClose(got: number, expected: number, room: number): boolean {
  return Object.is(got, expected) || got === expected || Math.abs(got - expected) <= room;
}

/**
 * Compares numbers element by element.
 * @param what the name of the numbers in messages, `y`.
 * @throws ExerciseError that names the first wrong element, what was expected there and what came, how many are wrong,
 * and the mistake whose numbers these are.
 */
export function compareNumbers(
  given: Numbers,
  wanted: Numbers,
  what: string,
  { tolerance = 1e-4, mistakes = {}, otherwise }: Expectation = {},
): void {
  const [got, expected] = [asHostTensor(given, what), asHostTensor(wanted, what)];
  const alike = (a: HostTensor, b: HostTensor): boolean => {
    const room = tolerance * Math.max(1e-6, ...magnitudes(b));
    return isSameShape(a.shape, b.shape) && a.data.every((v, i) => isClose(v, b.data[i], room));
  };
  if (alike(got, expected)) return;
  const mistake = Object.entries(mistakes).find(([, numbers]) => alike(got, asHostTensor(numbers, what)))?.[0];
  if (!isSameShape(got.shape, expected.shape))
    throw new ExerciseError(
      `${what} has shape ${shapeText(got.shape)}, expected ${shapeText(expected.shape)}`,
      mistake,
    );
  const room = tolerance * Math.max(1e-6, ...magnitudes(expected));
  const wrong = [...expected.data.keys()].filter((i) => !isClose(got.data[i], expected.data[i], room));
  const [first] = wrong;
  const [is, be] = [got.data[first], expected.data[first]];
  const lines = [
    `${elementName(what, first, expected.shape)} is wrong: expected ${numberText(be, is)}, got ${numberText(is, be)}`,
  ];
  if (expected.data.length > 1) lines.push(extent(wrong, what, expected.shape));
  throw new ExerciseError(
    lines.join('\n'),
    mistake ?? atOnceSeen(got, expected, wrong) ?? otherwise ?? commonMistake(got, expected, wrong),
  );
}

/** Magnitudes that are numbers; in pieces, as a call takes only so many arguments. */
function* magnitudes({ data }: HostTensor): Generator<number> {
  let largest = 0;
  for (const v of data) if (Number.isFinite(v)) largest = Math.max(largest, Math.abs(v));
  yield largest;
}

/** How many are wrong, and where the last one is. */
function extent(wrong: readonly number[], what: string, shape: readonly number[]): string {
  const count = hostTensor(shape).data.length;
  if (wrong.length === count) return `all ${count} are wrong`;
  if (wrong.length === 1) return `1 of ${count} is wrong`;
  return `${wrong.length} of ${count} are wrong, the last is ${elementName(what, wrong[wrong.length - 1], shape)}`;
}

/** Elements that no thread has written, numbers that lie outside of the inputs, or nothing but zeros. */
function atOnceSeen(got: HostTensor, expected: HostTensor, wrong: readonly number[]): string | undefined {
  const all = wrong.length === expected.data.length;
  if (wrong.every((i) => Math.fround(got.data[i]) === UNTOUCHED))
    return all ? 'nothing is written at all' : 'some elements belong to no thread: are there threads for all of them?';
  if (wrong.every((i) => Math.abs(got.data[i] - expected.data[i] - UNTOUCHED) < 1))
    return 'it is added to what the output held before, which is nothing yet: add up in a variable, and store that';
  const [first] = wrong;
  if (
    Math.abs(got.data[first]) > 1e5 &&
    Math.abs(got.data[first]) < 1e30 &&
    expected.data.every((v) => Math.abs(v) < 1e4)
  )
    return 'numbers this large lie outside of the inputs, behind their end: something is read there';
  if (all && wrong.every((i) => got.data[i] === 0))
    return 'zeros: a sum that is never stored, or overwritten where it should grow (+=), or a gradient that stops here';
  return undefined;
}

/** What is seen at once in any numbers, whatever they are to be. */
function commonMistake(got: HostTensor, expected: HostTensor, wrong: readonly number[]): string | undefined {
  const all = wrong.length === expected.data.length;
  const far = wrong.find((i) => Math.abs(got.data[i]) > 1e5 && Math.abs(got.data[i]) < 1e30);
  if (far !== undefined && expected.data.every((v) => Math.abs(v) < 1e4))
    return `${numberText(got.data[far])} is among them: numbers this large lie outside of the inputs, behind their end`;
  if (wrong.every((i) => Number.isNaN(got.data[i])))
    return 'NaN comes from 0 / 0, from infinities, or from a variable that was never set';
  if (wrong.every((i) => got.data[i] === 0)) return 'they are zero: are there elements that nothing is added to?';
  const ratios = wrong.filter((i) => expected.data[i] !== 0).map((i) => got.data[i] / expected.data[i]);
  const [ratio] = ratios;
  if (all && ratios.length > 2 && ratios.every((r) => Math.abs(r - ratio) <= 1e-3 * Math.abs(ratio)))
    return ratio === -1
      ? 'all have the wrong sign'
      : `all are ${numberText(Number(ratio.toPrecision(3)))} times what they should be: is a factor missing?`;
  return undefined;
}

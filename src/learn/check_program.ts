/** Checking a program that the reader wrote, test by test up to the first that fails. */
import type { Device } from '../device/device.js';
import { hostTensor, type HostTensor } from '../kernels/launch/host_tensor.js';
import { drawing } from './draw.js';
import type { CheckResult, ProgramExercise, Solution, TestResult, Trial } from './exercise.js';
import { asHostTensor, compareNumbers, shown, type Expectation } from './compare_numbers.js';
import { ExerciseError, failureOf } from './failure.js';

/** A trial for one test. @param open opens the device. */
function trialOf(seed: number, open: () => Promise<Device>): Trial {
  return {
    draw: drawing(seed),
    close: compareNumbers,
    same: (got, expected, what, mistakes = {}) => {
      const place = firstDifference(got, expected, what);
      if (place === null) return;
      const mistake = Object.entries(mistakes).find(([, m]) => firstDifference(got, m, what) === null)?.[0];
      throw new ExerciseError(`${place[0]} is ${shown(place[1])}, expected ${shown(place[2])}`, mistake);
    },
    fail: (message, mistake) => {
      throw new ExerciseError(message, mistake);
    },
    gradient: checkGradient,
    device: open,
  };
}

/** Where two values differ first: the place, what is there and what should be; null where they are the same. */
function firstDifference(got: unknown, expected: unknown, place: string): [string, unknown, unknown] | null {
  if (JSON.stringify(got) === JSON.stringify(expected)) return null;
  if (!isComposed(got) || !isComposed(expected) || Array.isArray(got) !== Array.isArray(expected))
    return [place, got, expected];
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const inner = Array.isArray(expected) ? `${place}[${key}]` : `${place}.${key}`;
    const found = firstDifference(got[key], expected[key], inner);
    if (found !== null) return isShort(got) && isShort(expected) ? [place, got, expected] : found;
  }
  return [place, got, expected];
}

type Composed = Readonly<Record<string, unknown>>;
const isComposed = (value: unknown): value is Composed => typeof value === 'object' && value !== null;
/** Whether a value can be shown whole. */
const isShort = (value: Composed): boolean => JSON.stringify(value).length <= 40;

/**
 * Central differences in f64, of every element.
 * @throws ExerciseError naming the first element that is not their value.
 */
function checkGradient(
  f: (x: HostTensor) => number,
  x: HostTensor,
  got: Parameters<typeof compareNumbers>[0],
  what: string,
  { eps = 1e-5, ...expectation }: Expectation & { readonly eps?: number } = {},
): void {
  const at = (i: number, step: number): number =>
    f(
      hostTensor(
        x.shape,
        x.data.map((v, e) => (e === i ? v + step : v)),
      ),
    );
  const slopes = x.data.map((_, i) => (at(i, eps) - at(i, -eps)) / (2 * eps));
  const given = asHostTensor(got, what);
  const shaped = given.data.length === slopes.length ? hostTensor(x.shape, given.data) : given;
  compareNumbers(shaped, hostTensor(x.shape, slopes), what, expectation);
}

/** Runs the tests of a program. @param solution what the reader's file exports. */
export async function checkProgram(
  open: () => Promise<Device>,
  exercise: ProgramExercise,
  file: string,
  solution: Solution,
): Promise<CheckResult> {
  const tests: TestResult[] = [];
  const all: (readonly [string, (trial: Trial) => void | Promise<void>])[] = [
    [
      `it exports ${exercise.exports.join(', ')}`,
      () => {
        const missing = exercise.exports.find((name) => typeof solution[name] !== 'function');
        if (missing !== undefined) throw new ExerciseError(`${file} exports no function ${missing}`);
      },
    ],
    ...Object.entries(exercise.tests).map(
      ([name, test]) => [name, (trial: Trial) => test(solution as Record<string, never>, trial)] as const,
    ),
  ];
  for (const [i, [name, test]] of all.entries()) {
    const failure = await failureOf(() => test(trialOf(i, open)));
    tests.push({ name, failure });
    if (failure !== null) break;
  }
  return { passed: tests.every((t) => t.failure === null), tests, notTried: all.length - tests.length };
}

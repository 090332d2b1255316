/** Property tests: cases drawn by fast-check. A failure prints its seed; `WEFT_SEED=n` draws the same cases again. */
import * as fc from 'fast-check';
import { checkForward, checkGradients } from './check_op.js';
import { testDevice } from './gpu.js';
import { specOf } from '../../src/cases/index.js';
import type { OpCase } from '../../src/cases/spec.js';

const SEED = Number(process.env['WEFT_SEED'] ?? Date.now() % 2 ** 31);

/** @throws Error with the smallest failing case that was found, what is wrong with it, and the seed. */
export async function holds<T>(
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  body: (value: T) => Promise<void>,
): Promise<void> {
  if (!Number.isInteger(SEED)) throw new Error(`WEFT_SEED=${process.env['WEFT_SEED']} is not a whole number`);
  const result = await fc.check(fc.asyncProperty(arbitrary, body), { seed: SEED, numRuns: runs });
  if (!result.failed) return;
  const reason = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  throw new Error(
    `${reason}\n    in case ${result.numRuns} of ${runs}, made smaller ${result.numShrinks} times: ` +
      `${JSON.stringify(result.counterexample?.[0])}\n    again with: WEFT_SEED=${SEED}`,
  );
}

/** Forward and gradients of an op agree with its reference on every case drawn. */
export async function agreesWithReference<A>(op: string, cases: fc.Arbitrary<OpCase<A>>, runs: number): Promise<void> {
  const spec = specOf(op);
  const device = await testDevice();
  await holds(cases, runs, async (c) => {
    await checkForward(device, spec, c);
    await checkGradients(device, spec, c);
  });
}

/** Whole numbers for height and width. */
export const pairOf = (low: number, high: number): fc.Arbitrary<[number, number]> =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));

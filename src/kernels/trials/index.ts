/** The trials of every family: what the tuner and the benchmark go through. */
import { pool2dTrials } from './pool2d.js';
import { reduceTrials } from './reduce.js';
import type { FamilyTrials } from './trial.js';

/** Forgets the type of a family's problems, so that all can be in one list. */
function entry<P>(trials: FamilyTrials<P>): FamilyTrials<unknown> {
  return trials as unknown as FamilyTrials<unknown>;
}

export const TRIALS: readonly FamilyTrials<unknown>[] = [entry(reduceTrials), entry(pool2dTrials)];

/** The trials of every kernel family: what the tuner and the benchmark walk. Adding a family is a line. */
import type { FamilyTrials } from './trial.js';

/** Trials whose problems are of a kind that only they know. */
export type AnyTrials = FamilyTrials<unknown>;

/** Checks the types of one family's trials and forgets its kind of problem, so that all can be in one list. */
export function trialsOf<P>(trials: FamilyTrials<P>): AnyTrials {
  return trials as unknown as AnyTrials;
}

export const TRIALS: readonly AnyTrials[] = [];

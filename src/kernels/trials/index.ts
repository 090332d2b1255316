/** Every family's trials: what the tuner and the benchmark walk. */
import { conv2dBackwardInputTrials, conv2dBackwardWeightTrials, conv2dTrials } from './conv2d.js';
import type { FamilyTrials } from './trial.js';

/** Forgets which kind of problem it is: one must only be given back to the entry that it came from. */
const erase = <P>(trials: FamilyTrials<P>): FamilyTrials<unknown> => trials as unknown as FamilyTrials<unknown>;

export const TRIALS: readonly FamilyTrials<unknown>[] = [erase(conv2dTrials), erase(conv2dBackwardInputTrials), erase(conv2dBackwardWeightTrials)];

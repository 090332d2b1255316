/** The trials of all families. */
import { lstmTrials } from './lstm.js';
import { matmulTrials } from './matmul.js';
import type { FamilyTrials } from './trial.js';

export const TRIALS: readonly FamilyTrials<never>[] = [matmulTrials, ...lstmTrials] as unknown as readonly FamilyTrials<never>[];

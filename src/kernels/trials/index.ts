/** The trials of all families. */
import { matmulTrials } from './matmul.js';
import { gruTrials, lstmTrials } from './recurrent.js';
import type { FamilyTrials } from './trial.js';

export const TRIALS: readonly FamilyTrials<never>[] = [matmulTrials, lstmTrials, gruTrials] as unknown as readonly FamilyTrials<never>[];

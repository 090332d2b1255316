/** The families that can prove themselves: what the tuner tunes and the benchmark times. A family that is added here needs no more. */
import type { FamilyTrials } from './trial.js';

export const TRIALS: readonly FamilyTrials<unknown>[] = [];

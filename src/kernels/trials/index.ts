/** The families that can prove themselves: what the tuner tunes and the benchmark times. A family that is added here needs no more. */
import { momentsTrials } from './batch_norm.js';
import { conv2dBackwardInputTrials, conv2dBackwardWeightTrials, conv2dTrials } from './conv2d.js';
import { matmulTrials } from './matmul.js';
import { pool2dTrials } from './pool2d.js';
import { gruBackwardTrials, gruTrials, lstmBackwardTrials, lstmTrials } from './recurrent.js';
import { reduceTrials } from './reduce.js';
import { softmaxTrials } from './softmax.js';
import type { FamilyTrials } from './trial.js';

export const TRIALS: readonly FamilyTrials<unknown>[] = [
  conv2dTrials, conv2dBackwardInputTrials, conv2dBackwardWeightTrials, matmulTrials, lstmTrials, lstmBackwardTrials, gruTrials, gruBackwardTrials,
  reduceTrials, pool2dTrials, softmaxTrials, momentsTrials,
];

/**
 * The families that can prove themselves: what the tuner tunes and the benchmark times. A family that is added here
 * needs no more.
 */
import { momentsTrials } from '../norm/trial.js';
import { conv2dBackwardInputTrials, conv2dBackwardWeightTrials, conv2dTrials } from '../conv2d/trial.js';
import { matmulTrials } from '../matmul/trial.js';
import { pool2dTrials } from '../pool2d/trial.js';
import { gruBackwardTrials, gruTrials, lstmBackwardTrials, lstmTrials } from '../recurrent/trial.js';
import { reduceTrials } from '../reduce/trial.js';
import { softmaxTrials } from '../loss/trial.js';
import type { FamilyTrials } from '../launch/trial.js';

export const TRIALS: readonly FamilyTrials<unknown>[] = [
  conv2dTrials,
  conv2dBackwardInputTrials,
  conv2dBackwardWeightTrials,
  matmulTrials,
  lstmTrials,
  lstmBackwardTrials,
  gruTrials,
  gruBackwardTrials,
  reduceTrials,
  pool2dTrials,
  softmaxTrials,
  momentsTrials,
];

/**
 * Every member of every family with every set of constants, on hostile problems of each kind: what the tuner may choose
 * is right. A member is tried on one of the problems, and the default on all (support/covering).
 */
import * as assert from 'uvu/assert';
import { sameChoice } from '../../../src/device/choices.js';
import type { HostTensor } from '../../../src/kernels/launch/host_tensor.js';
import type { MatmulProblem } from '../../../src/kernels/matmul/family.js';
import type { StepProblem } from '../../../src/kernels/recurrent/family.js';
import { attentionBackwardTrials, attentionTrials } from '../../../src/kernels/attention/trial.js';
import { momentsTrials } from '../../../src/kernels/norm/trial.js';
import { matmulTrials } from '../../../src/kernels/matmul/trial.js';
import {
  gruBackwardTrials,
  gruTrials,
  lstmBackwardTrials,
  lstmTrials,
  rnnBackwardTrials,
  rnnTrials,
} from '../../../src/kernels/recurrent/trial.js';
import { softmaxTrials } from '../../../src/kernels/loss/trial.js';
import { uploadInputs, type FamilyTrials } from '../../../src/kernels/launch/trial.js';
import { choicesTried } from '../../support/covering.js';
import { testDevice } from '../../support/gpu.js';
import { suite } from '../../support/harness.js';

const test = suite('families');

/** Largest difference relative to the largest magnitude; infinite where a number is missing. */
function errorOf(got: ArrayLike<number>, expected: HostTensor): number {
  const largest = expected.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-30);
  return (
    expected.data.reduce((m, v, i) => Math.max(m, Number.isFinite(got[i]) ? Math.abs(got[i] - v) : Infinity), 0) /
    largest
  );
}

function validate<P>(trials: FamilyTrials<P>, problems: readonly P[]): void {
  const { family } = trials;
  for (const [i, problem] of problems.entries())
    test(`${family.name} ${family.shapeClass(problem)}`, async () => {
      const device = await testDevice();
      const trial = trials.trial(problem);
      const inputs = uploadInputs(device, trial);
      const expected = trial.cpu(trial.inputs);
      const usual = family.defaultChoice(device, problem);
      const choices = choicesTried(device, family, problems)[i];
      assert.ok(
        choices.some((choice) => sameChoice(choice, usual)),
        'the default is one of the candidates',
      );
      for (const choice of choices) {
        const error = errorOf(await trial.gpu(inputs, choice).read(), expected);
        assert.ok(error < trial.tolerance, `${JSON.stringify(choice)}: ${error}`);
      }
    });
}

const matmul = (M: number, K: number, N: number, transposeA: boolean, transposeB: boolean): MatmulProblem => ({
  batch: 1,
  M,
  N,
  K,
  transposeA,
  transposeB,
});
validate(matmulTrials, [
  matmul(129, 17, 67, false, false),
  matmul(33, 36, 132, false, true),
  matmul(36, 19, 35, true, false),
  matmul(9, 128, 11, true, true),
  { ...matmul(20, 17, 12, false, false), batch: 3 },
]);
const steps: readonly StepProblem[] = [
  { N: 17, H: 36 },
  { N: 1, H: 7 },
];
for (const trials of [lstmTrials, lstmBackwardTrials, gruTrials, gruBackwardTrials, rnnTrials, rnnBackwardTrials])
  validate(trials, steps);
validate(momentsTrials, [
  { N: 5, C: 19, P: 9 },
  { N: 3, C: 2, P: 132 },
  { N: 9, C: 33, P: 16 },
  { N: 130, C: 70, P: 1 },
]);
validate(softmaxTrials, [
  { rows: 67, C: 10 },
  { rows: 65, C: 132 },
  { rows: 3, C: 1 },
  { rows: 1, C: 1031 },
]);
const heads = [
  { items: 2, heads: 3, L: 67, S: 45, E: 20, F: 36 },
  { items: 1, heads: 2, L: 5, S: 131, E: 68, F: 4 },
  { items: 2, heads: 1, L: 9, S: 3, E: 7, F: 5 },
].map((problem) => ({ ...problem, isFours: problem.E % 4 === 0 }));
validate(attentionTrials, heads);
validate(attentionBackwardTrials, heads);

test.run();

/**
 * Every member of every family with every set of constants, on a hostile problem of each kind: what the tuner may
 * choose is right.
 */
import * as assert from 'uvu/assert';
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

function validate<P>(trials: FamilyTrials<P>, problem: P): void {
  test(`${trials.family.name} ${trials.family.shapeClass(problem)}`, async () => {
    const device = await testDevice();
    const trial = trials.trial(problem);
    const inputs = uploadInputs(device, trial);
    const expected = trial.cpu(trial.inputs);
    const choices = trials.family.candidates(device, problem);
    assert.ok(
      choices.some((c) => JSON.stringify(c) === JSON.stringify(trials.family.defaultChoice(device, problem))),
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
validate(matmulTrials, matmul(129, 17, 67, false, false));
validate(matmulTrials, matmul(33, 36, 132, false, true));
validate(matmulTrials, matmul(36, 19, 35, true, false));
validate(matmulTrials, matmul(9, 128, 11, true, true));
validate(matmulTrials, { ...matmul(20, 17, 12, false, false), batch: 3 });
const steps: readonly StepProblem[] = [
  { N: 17, H: 36 },
  { N: 1, H: 7 },
];
for (const problem of steps) {
  validate(lstmTrials, problem);
  validate(lstmBackwardTrials, problem);
  validate(gruTrials, problem);
  validate(gruBackwardTrials, problem);
  validate(rnnTrials, problem);
  validate(rnnBackwardTrials, problem);
}
for (const problem of [
  { N: 5, C: 19, P: 9 },
  { N: 3, C: 2, P: 132 },
  { N: 9, C: 33, P: 16 },
  { N: 130, C: 70, P: 1 },
])
  validate(momentsTrials, problem);
for (const problem of [
  { rows: 67, C: 10 },
  { rows: 65, C: 132 },
  { rows: 3, C: 1 },
  { rows: 1, C: 1031 },
])
  validate(softmaxTrials, problem);
for (const problem of [
  { items: 2, heads: 3, L: 67, S: 45, E: 20, F: 36 },
  { items: 1, heads: 2, L: 5, S: 131, E: 68, F: 4 },
  { items: 2, heads: 1, L: 9, S: 3, E: 7, F: 5 },
]) {
  const isFours = problem.E % 4 === 0;
  validate(attentionTrials, { ...problem, isFours });
  validate(attentionBackwardTrials, { ...problem, isFours });
}

test.run();

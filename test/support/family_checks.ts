/** Checks of the members of families whose trials are as good as a check: every candidate against the reference. */
import { momentsTrials } from '../../src/kernels/norm/trial.js';
import { softmaxTrials } from '../../src/kernels/loss/trial.js';
import type { FamilyTrials } from '../../src/kernels/launch/trial.js';
import { expectClose } from '../../src/cases/close.js';
import { upload } from '../../src/cases/draw.js';
import type { KernelCheck } from './kernel_checks.js';

function check<P>(trials: FamilyTrials<P>, problem: P): KernelCheck {
  const { family } = trials;
  return {
    name: `${family.name} ${family.shapeClass(problem)}, every member`,
    run: async (device) => {
      const trial = trials.trial(problem);
      const inputs = trial.inputs.map((x) => upload(device, x));
      const expected = trial.cpu(trial.inputs).data;
      for (const choice of family.candidates(device, problem)) {
        const got = await trial.gpu(inputs, choice).read();
        expectClose({
          op: family.name,
          argument: choice.variant,
          got,
          expected,
          pair: 'GPU with CPU',
          label: family.shapeClass(problem),
        });
      }
    },
  };
}

export const familyChecks: readonly KernelCheck[] = [
  check(softmaxTrials, { rows: 67, C: 12 }),
  check(softmaxTrials, { rows: 3, C: 131 }),
  check(momentsTrials, { N: 5, C: 19, P: 9 }),
  check(momentsTrials, { N: 33, C: 3, P: 64 }),
];

/**
 * Checks of the members of families whose trials are as good as a check: one of each variant against the reference
 * (kernels/launch/families.test.ts tries all constants), in fours every candidate.
 */
import { attentionBackwardTrials, attentionTrials } from '../../src/kernels/attention/trial.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { FOURS } from '../../src/tensor/layout.js';
import { momentsTrials } from '../../src/kernels/norm/trial.js';
import { softmaxTrials } from '../../src/kernels/loss/trial.js';
import type { FamilyTrials } from '../../src/kernels/launch/trial.js';
import { expectClose } from '../../src/cases/close.js';
import { view } from '../../src/tensor/tensor.js';
import { upload } from '../../src/cases/draw.js';
import { oneOfEach } from './covering.js';
import type { KernelCheck } from './kernel_checks.js';

/** @param shape of all inputs, for a check in fours of channels. */
function check<P>(trials: FamilyTrials<P>, problem: P, shape: readonly number[] | null = null): KernelCheck {
  const { family } = trials;
  return {
    name: `${family.name} ${family.shapeClass(problem)}, every member${shape === null ? '' : ', in fours'}`,
    run: async (device) => {
      const trial = trials.trial(problem);
      const inputs = trial.inputs.map((x) =>
        shape === null ? upload(device, x) : convertLayout(view(upload(device, x), shape), FOURS),
      );
      const expected = trial.cpu(trial.inputs).data;
      const candidates = family.candidates(device, problem);
      for (const choice of shape === null ? oneOfEach(candidates) : candidates) {
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

const HEADS = { items: 2, heads: 1, L: 37, S: 35, E: 12, F: 20, isFours: true };

export const familyChecks: readonly KernelCheck[] = [
  check(attentionTrials, HEADS),
  check(attentionBackwardTrials, HEADS),
  check(softmaxTrials, { rows: 67, C: 12 }),
  check(softmaxTrials, { rows: 3, C: 131 }),
  check(momentsTrials, { N: 5, C: 19, P: 9 }),
  check(momentsTrials, { N: 33, C: 3, P: 64 }),
  check(momentsTrials, { N: 5, C: 20, P: 9 }, [5, 20, 3, 3]),
  check(momentsTrials, { N: 9, C: 8, P: 130 }, [9, 8, 10, 13]),
  check(momentsTrials, { N: 33, C: 132, P: 2 }, [33, 132, 1, 2]),
];

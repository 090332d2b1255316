/** The members of the recurrent steps that no op chooses on this adapter, each against the reference loops. */
import type { Device } from '../../src/device/device.js';
import type { StepProblem } from '../../src/kernels/recurrent/family.js';
import {
  gruBackwardTrials,
  gruTrials,
  lstmBackwardTrials,
  lstmTrials,
  rnnBackwardTrials,
  rnnTrials,
} from '../../src/kernels/recurrent/trial.js';
import type { FamilyTrials } from '../../src/kernels/launch/trial.js';
import { expectClose } from '../../src/cases/close.js';
import { upload } from '../../src/cases/draw.js';

function check({ family, trial }: FamilyTrials<StepProblem>): {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
} {
  return {
    name: `${family.name}, every member`,
    run: async (device) => {
      const problem = { N: 5, H: 20 };
      const { inputs, gpu, cpu, tolerance } = trial(problem);
      const expected = cpu(inputs);
      for (const choice of family
        .candidates(device, problem)
        .filter((c, i, all) => all.findIndex((d) => d.variant === c.variant) === i)) {
        const got = await gpu(
          inputs.map((x) => upload(device, x)),
          choice,
        ).read();
        expectClose({
          op: family.name,
          argument: 'y',
          got,
          expected: expected.data,
          shape: expected.shape,
          tolerance,
          pair: 'GPU with CPU',
          label: JSON.stringify(choice),
        });
      }
    },
  };
}

export const recurrentChecks = [
  lstmTrials,
  lstmBackwardTrials,
  gruTrials,
  gruBackwardTrials,
  rnnTrials,
  rnnBackwardTrials,
].map(check);

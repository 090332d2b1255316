/**
 * The candidates of every family agree with the reference loops on the small forms of its examples: the default on
 * each, the others on one (support/covering).
 */
import { TRIALS } from '../../../src/cases/index.js';
import { expectClose } from '../../../src/cases/close.js';
import { choicesTried } from '../../support/covering.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { upload } from '../../../src/cases/draw.js';

const test = gpuSuite('trials of families');
for (const { family, trial, small, examples } of TRIALS) {
  const problems = examples.map((example) => small(example));
  for (const [i, example] of examples.entries()) {
    const problem = problems[i];
    test(`${family.name}, ${family.shapeClass(example)}`, async () => {
      const device = await testDevice();
      const { inputs, gpu, cpu, tolerance } = trial(problem);
      const expected = cpu(inputs);
      for (const choice of choicesTried(device, family, problems)[i]) {
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
    });
  }
}
test.run();

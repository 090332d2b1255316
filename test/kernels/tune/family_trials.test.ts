/** Every candidate of every family agrees with the reference loops on the small form of each example. */
import { TRIALS } from '../../../src/cases/index.js';
import { expectClose } from '../../../src/cases/close.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { upload } from '../../../src/cases/draw.js';

const test = gpuSuite('trials of families');
for (const { family, trial, small, examples } of TRIALS) {
  for (const example of examples) {
    const problem = small(example);
    test(`${family.name}, ${family.shapeClass(example)}`, async () => {
      const device = await testDevice();
      const { inputs, gpu, cpu, tolerance } = trial(problem);
      const expected = cpu(inputs);
      for (const choice of family.candidates(device, problem)) {
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

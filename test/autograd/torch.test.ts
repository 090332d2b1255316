/** Every op on the GPU against PyTorch: forward and every gradient. */
import { checkAgainstTorch } from '../support/check_op.js';
import { isAsked } from '../support/every_op.js';
import { readGolden } from '../support/golden.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { specOf } from '../../src/cases/index.js';

const golden = readGolden();
const test = gpuSuite(`PyTorch ${golden.torch}`);
for (const g of golden.cases.filter(({ op }) => isAsked(op)))
  test(`${g.op}: ${g.name}`, async () => checkAgainstTorch(await testDevice(), specOf(g.op), g));
test.run();

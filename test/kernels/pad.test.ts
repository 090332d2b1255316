/** Padding against its reference; windows of planes, NaN, and what is refused. */
import * as assert from 'uvu/assert';
import { pad } from '../../src/autograd/ops/index.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { specOf } from '../../src/cases/index.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('pad');

for (const mode of ['reflect', 'replicate', 'circular']) {
  test(`${mode}: planes past the binding limit`, () =>
    withDevice({ maxBindingBytes: 65536 }, async (device) => {
      const one = { shapes: [[64, 16, 17]], args: { padding: [3, 2, 1, 0], mode } };
      await checkForward(device, specOf('pad'), one);
      await checkGradients(device, specOf('pad'), one);
    }));
}

test('NaN and infinities are shown as they are', async () => {
  const x = tensor(await testDevice(), [NaN, 1, -Infinity]);
  const shown = async (mode: 'reflect' | 'replicate' | 'circular'): Promise<number[]> => [
    ...(await pad(x, [2, 2], { mode }).read()),
  ];
  assert.equal(await shown('reflect'), [-Infinity, 1, NaN, 1, -Infinity, 1, NaN]);
  assert.equal(await shown('replicate'), [NaN, NaN, NaN, 1, -Infinity, -Infinity, -Infinity]);
  assert.equal(await shown('circular'), [1, -Infinity, NaN, 1, -Infinity, NaN, 1]);
});

test('what does not fit is named', async () => {
  const x = zeros(await testDevice(), [2, 3]);
  expectShapeErrors([
    [
      () => pad(x, [4, 0], { mode: 'circular' }),
      '[pad] padding (4, 0) of x (2, 3): a turn in dim 1 shows 0 to 3 places, not 4',
    ],
    [
      () => pad(x, [0, -1], { mode: 'replicate' }),
      '[pad] padding (0, -1) of x (2, 3): an edge in dim 1 shows 0 to Infinity places, not -1',
    ],
    [
      () => pad(zeros(x.device, [2, 0]), [1, 0], { mode: 'replicate' }),
      '[pad] padding (1, 0) of x (2, 0): an edge in dim 1 shows 0 to 0 places, not 1',
    ],
    [
      () => pad(zeros(x.device, [1, 1, 1, 1]), [0, 0, 0, 0, 0, 0, 1, 1], { mode: 'circular' }),
      "[pad] padding (0, 0, 0, 0, 0, 0, 1, 1) of x (1, 1, 1, 1): 'circular' takes at most 3 dimensions",
    ],
  ]);
});

test.run();

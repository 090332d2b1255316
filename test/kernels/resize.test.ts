/** Resizing against its reference: nearest-exact and bicubic; windows of planes, and what is refused. */
import * as assert from 'uvu/assert';
import { interpolate } from '../../src/autograd/ops/index.js';
import { Upsample } from '../../src/nn/index.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { specOf } from '../../src/cases/index.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const OPS = ['upsample_nearest', 'upsample_nearest_exact', 'upsample_bilinear', 'upsample_bicubic'];
const test = gpuSuite('resize');

for (const op of OPS) {
  test(`${op}: planes past the binding limit`, () =>
    withDevice({ maxBindingBytes: 65536 }, async (device) => {
      const one = { shapes: [[8, 16, 8, 7]], args: { size: [15, 9] } };
      await checkForward(device, specOf(op), one);
      await checkGradients(device, specOf(op), one);
    }));
}

test('nearest takes the place under an edge, nearest-exact that under the centre', async () => {
  const x = tensor(await testDevice(), [[[[1, 2, 3, NaN, 5]]]]);
  const shown = async (mode: 'nearest' | 'nearest-exact'): Promise<number[]> => [
    ...(await interpolate(x, { size: [1, 3], mode }).read()),
  ];
  assert.equal(await shown('nearest'), [1, 2, NaN]);
  assert.equal(await shown('nearest-exact'), [1, 3, 5]);
});

test('bicubic keeps what lies on a place, and spreads NaN over four', async () => {
  const x = tensor(await testDevice(), [[[[0, 1, 4, 9, 16, 25, NaN]]]]);
  const same = await new Upsample({ size: [1, 7], mode: 'bicubic' }).forward(x).read();
  assert.equal([...same.subarray(0, 4)], [0, 1, 4, 9]);
  assert.ok(Number.isNaN(same[6]));
  const twice = await interpolate(x, { scaleFactor: [1, 2], mode: 'bicubic' }).read();
  assert.equal(
    Array.from(twice, (v) => Number.isNaN(v)),
    Array.from({ length: 14 }, (_, i) => i >= 9),
  );
});

test('what does not fit is named', async () => {
  const x = zeros(await testDevice(), [1, 1, 2, 2]);
  expectShapeErrors([
    [
      () => interpolate(x, { size: 4, mode: 'nearest-exact', alignCorners: true }),
      "[interpolate] alignCorners has no meaning for mode 'nearest-exact'",
    ],
    [
      () => interpolate(x, { scaleFactor: 0.4, mode: 'bicubic' }),
      '[interpolate] x (1, 1, 2, 2) does not resize to (0,0)',
    ],
  ]);
});

test.run();

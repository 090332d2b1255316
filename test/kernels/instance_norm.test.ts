/** Instance normalisation against its reference: windows of images, NaN, running statistics, and what is refused. */
import * as assert from 'uvu/assert';
import { instanceNorm } from '../../src/autograd/ops/index.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { instanceNormChecks } from '../support/instance_norm_checks.js';
import { specOf } from '../../src/cases/index.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('instance_norm');
for (const check of instanceNormChecks) test(check.name, async () => check.run(await testDevice()));

test('images past the binding limit', () =>
  withDevice({ maxBindingBytes: 65536 }, async (device) => {
    const one = { shapes: [[40, 3, 16, 16], [3], [3]], args: {} };
    await checkForward(device, specOf('instance_norm'), one);
    await checkGradients(device, specOf('instance_norm'), one);
  }));

test('a NaN spoils its own channel of its own image, and the running statistics of the channel', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [
      [1, NaN, 3],
      [1, 2, 3],
    ],
    [
      [4, 5, 7],
      [4, 5, 7],
    ],
  ]);
  const [mean, variance] = [zeros(device, [2]), zeros(device, [2])];
  const y = await device.step(() => instanceNorm(x, mean, variance)).read();
  const isNaNs = (values: ArrayLike<number>): boolean[] => Array.from(values, (v) => Number.isNaN(v));
  assert.equal(
    isNaNs(y),
    Array.from({ length: 12 }, (_, i) => i < 3),
  );
  for (const running of [mean, variance]) assert.equal(isNaNs(await running.read()), [true, false]);
});

test('what does not fit is named', async () => {
  const device = await testDevice();
  const x = zeros(device, [2, 3, 4]);
  const three = zeros(device, [3]);
  expectShapeErrors([
    [() => instanceNorm(zeros(device, [2, 3])), '[instance_norm] x (2, 3) has 2 dimensions, expected at least 3'],
    [
      () => instanceNorm(zeros(device, [2, 3, 1])),
      '[instance_norm] expected more than 1 value per channel of an image, got x (2, 3, 1)',
    ],
    [
      () => instanceNorm(x, null, null, zeros(device, [4])),
      '[instance_norm] weight (4) f32 does not fit: expected (3) f32, one number per channel of x (2, 3, 4)',
    ],
    [() => instanceNorm(x, three), '[instance_norm] needs both running statistics'],
    [
      () => instanceNorm(x, null, null, null, null, { useInputStats: false }),
      '[instance_norm] needs both running statistics',
    ],
  ]);
});

test.run();

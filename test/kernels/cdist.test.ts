/** Pairwise distances: windows of rows, NaN, and what is refused. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { cdist, sum } from '../../src/autograd/ops/index.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { specOf } from '../../src/cases/index.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('cdist');

test('rows past the binding limit', () =>
  withDevice({ maxBindingBytes: 65536 }, async (device) => {
    const one = {
      shapes: [
        [1031, 7],
        [65, 7],
      ],
      args: null,
    };
    await checkForward(device, specOf('cdist'), one);
    await checkGradients(device, specOf('cdist'), one);
  }));

test('NaN and infinities reach the distance and both gradients', async () => {
  const device = await testDevice();
  const a = tensor(device, [NaN, 0, Infinity, 0, 0, 0], { shape: [3, 2], requiresGrad: true });
  const b = tensor(device, [0, 0], { shape: [1, 2], requiresGrad: true });
  const y = cdist(a, b);
  backward(sum(y));
  assert.equal([...(await y.read())], [NaN, Infinity, 0]);
  assert.equal([...(await a.grad!.read())], [NaN, NaN, NaN, 0, 0, 0]);
  assert.equal([...(await b.grad!.read())], [NaN, NaN]);
});

test('what does not fit is named', async () => {
  const x = zeros(await testDevice(), [2, 3]);
  expectShapeErrors([
    [() => cdist(x, zeros(x.device, [2, 4])), '[cdist] a (2, 3) and b (2, 4) are not (N, D) and (M, D)'],
    [() => cdist(x, zeros(x.device, [3])), '[cdist] a (2, 3) and b (3,) are not (N, D) and (M, D)'],
  ]);
});

test.run();

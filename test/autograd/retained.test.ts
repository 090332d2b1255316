/** Gradients of tensors between the leaves and the loss. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { add, mul, square } from '../../src/autograd/ops/index.js';
import { tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('retained gradients');

test('a tensor keeps the sum of what its uses hand back where it retains its gradient, and only there', async () => {
  const device = await testDevice();
  const x = tensor(device, [0.5, -1], { requiresGrad: true });
  const left = square(x);
  const y = mul(left, x); // x³
  left.retainsGrad = true;
  backward(add(mul(left, 5), y), tensor(device, [1, 10]));
  assert.equal([...((await left.grad?.read()) ?? [])], [0.5 + 5, 10 * (-1 + 5)]);
  assert.is(y.grad, null);
  assert.equal([...((await x.grad?.read()) ?? [])], [3 * 0.25 + 5, 10 * (3 - 10)]);
});

test.run();

/** Stochastic depth: whole images, or the whole batch, are dropped or scaled; never outside of training. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import { stochasticDepth } from '../../../src/autograd/ops/index.js';
import { ShapeError } from '../../../src/device/errors.js';
import { manualSeed } from '../../../src/kernels/random/random.js';
import { StochasticDepth } from '../../../src/nn/index.js';
import { full, type Tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('stochastic depth');

/** The one number that each image holds. @throws when an image holds more. */
async function perImage(y: Tensor): Promise<number[]> {
  const numbers = [...(await y.read())];
  const size = y.size / y.shape[0];
  return Array.from({ length: y.shape[0] }, (_, n) => {
    const own = new Set(numbers.slice(n * size, (n + 1) * size));
    assert.is(own.size, 1, `image ${n}`);
    return [...own][0];
  });
}

test('row: each image for itself, in the mean unchanged, and the gradient goes the same way', async () => {
  const device = await testDevice();
  manualSeed(device, 5);
  const x = full(device, [4000, 4, 1, 2], 3);
  x.requiresGrad = true;
  const y = stochasticDepth(x, 0.25, 'row');
  const numbers = await perImage(y);
  assert.equal([...new Set(numbers)].sort(), [0, 4]);
  const kept = numbers.filter((v) => v !== 0).length / numbers.length;
  assert.ok(Math.abs(kept - 0.75) < 0.03, String(kept)); // four deviations of a mean of 4000
  backward(y, full(device, y.shape, 6));
  assert.equal(
    await perImage(x.grad as Tensor),
    numbers.map((v) => 2 * v),
  );
});

test('batch: all or nothing', async () => {
  const device = await testDevice();
  manualSeed(device, 2);
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++)
    seen.add([...new Set(await perImage(stochasticDepth(full(device, [3, 5], 1), 0.5, 'batch')))].join());
  assert.equal([...seen].sort(), ['0', '2']);
});

test('the layer passes on what it is given in evaluation and for p = 0', async () => {
  const device = await testDevice();
  const x = full(device, [8, 2], 1);
  assert.is(new StochasticDepth(0, 'row').forward(x), x);
  const layer = new StochasticDepth(0.9, 'row');
  assert.is.not(layer.forward(x), x);
  assert.is(layer.eval().forward(x), x);
  assert.is(String(layer), 'StochasticDepth(p=0.9, mode=row)');
  assert.throws(
    () => stochasticDepth(x, 1.5, 'row'),
    (e: unknown) => e instanceof ShapeError && /p = 1.5 is not a probability/.test(e.message),
  );
});

test.run();

/** The losses: their cases, PyTorch's default of an ignored label, labels that are no class, and messages. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import { binaryCrossEntropyWithLogits, crossEntropy, nllLoss, smoothL1Loss } from '../../../src/autograd/ops/index.js';
import { functional } from '../../../src/nn/index.js';
import { tensor, zeros } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';

const test = gpuSuite('losses');

test('a label of -100 is ignored by default', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [1, 2, 3],
      [3, 2, 1],
    ],
    { requiresGrad: true },
  );
  const label = tensor(device, [0, -100], { dtype: 'u32' });
  const loss = crossEntropy(x, label);
  backward(loss);
  const alone = crossEntropy(tensor(device, [[1, 2, 3]]), tensor(device, [0], { dtype: 'u32' }));
  assert.is(await loss.item(), await alone.item());
  assert.equal([...((await x.grad?.read()) ?? [])].slice(3), [0, 0, 0]);
  const all = tensor(device, [-100, -100], { dtype: 'u32' });
  assert.ok(Number.isNaN(await crossEntropy(x, all).item())); // 0 / 0, as in PyTorch
  assert.is(await crossEntropy(x, all, { reduction: 'sum' }).item(), 0);
});

test('a label that is no class makes the loss NaN', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [1, 2, 3],
    [3, 2, 1],
  ]);
  const label = tensor(device, [1, 3], { dtype: 'u32' });
  const losses = await crossEntropy(x, label, { reduction: 'none' }).read();
  assert.equal([...losses].map(Number.isNaN), [false, true]);
  assert.ok(Number.isNaN(await nllLoss(x, label).item()));
});

test('in windows, past the binding limit', async () => {
  const x = Float32Array.from({ length: 256 * 10 }, (_, i) => Math.sin(i));
  const t = Uint32Array.from({ length: 256 }, (_, i) => (i * 7) % 10);
  const run = (limit?: number): Promise<number[]> =>
    withDevice(limit === undefined ? {} : { maxBindingBytes: limit }, async (device) => {
      const logits = tensor(device, x, { shape: [256, 10], requiresGrad: true });
      const loss = crossEntropy(logits, tensor(device, t), { labelSmoothing: 0.1, reduction: 'none' });
      const y = [...(await loss.read())];
      backward(loss, tensor(device, x.subarray(0, 256)));
      return [...y, ...((await logits.grad?.read()) ?? [])];
    });
  assert.equal(await run(4096), await run());
});

test('no samples', async () => {
  const device = await testDevice();
  const [x, label] = [zeros(device, [0, 3]), zeros(device, [0], 'u32')];
  assert.is(await crossEntropy(x, label, { reduction: 'sum' }).item(), 0);
  assert.ok(Number.isNaN(await crossEntropy(x, label).item()));
});

test('messages', async () => {
  const device = await testDevice();
  const [x, label] = [zeros(device, [4, 3]), zeros(device, [4], 'u32')];
  assert.throws(
    () => crossEntropy(x, zeros(device, [4])),
    /\[cross_entropy\] x \(4, 3\) needs labels \(4,\) u32, got \(4,\) f32/,
  );
  assert.throws(
    () => nllLoss(x, zeros(device, [3], 'u32')),
    /\[nll_loss\] x \(4, 3\) needs labels \(4,\) u32, got \(3,\) u32/,
  );
  assert.throws(() => crossEntropy(zeros(device, [4]), label), /\[cross_entropy\] x \(4,\) has 1 dimensions/);
  assert.throws(
    () => crossEntropy(x, label, { weight: zeros(device, [4]) }),
    /\[cross_entropy\] weight \(4,\) does not fit C = 3/,
  );
  assert.throws(
    () => crossEntropy(x, label, { labelSmoothing: 2 }),
    /\[cross_entropy\] labelSmoothing 2 is not from 0 to 1/,
  );
  assert.throws(() => smoothL1Loss(x, x, { beta: -1 }), /\[smooth_l1_loss\] beta -1 is negative/);
  assert.throws(() => binaryCrossEntropyWithLogits(x, zeros(device, [4, 1])), /x \(4, 3\) and target \(4, 1\) differ/);
  assert.throws(
    () => functional.mseLoss(x, zeros(device, [4, 2])),
    /\[mse_loss\] shapes \(4, 3\) and \(4, 2\) do not broadcast/,
  );
});

test.run();

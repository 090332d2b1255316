/**
 * Arguments where a formula overflows, underflows or loses digits unless it is written with care; expected values
 * relative to themselves.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy, elementwise, logSoftmax, max, min, softmax } from '../../src/autograd/ops/index.js';
import { unary } from '../../src/kernels/elementwise/reference.js';
import { hostTensor } from '../../src/kernels/launch/host_tensor.js';
import type { UnaryName } from '../../src/kernels/elementwise/unary_table.js';
import { unaryArgs } from '../../src/kernels/elementwise/unary.js';
import { full, tensor } from '../../src/tensor/tensor.js';
import { expectClose, largest } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('extremes');

/** Arguments, and the derivative that they approach. */
const SATURATED: readonly [name: UnaryName, x: readonly number[], slope: readonly number[]][] = [
  ['sigmoid', [-200, -100, 100, 200], [0, 0, 0, 0]],
  ['tanh', [-1e30, -200, -20, 20, 200, 1e30], [0, 0, 0, 0, 0, 0]],
  ['silu', [-200, -100, 100, 200], [0, 0, 1, 1]],
  ['softplus', [-200, -100, 100, 1e30], [0, 0, 1, 1]],
  ['elu', [-1e30, -100, 100, 1e30], [0, 0, 1, 1]],
  ['selu', [-1e30, -100], [0, 0]],
  ['exp', [-200, -1e30], [0, 0]],
];

for (const [name, xs, slope] of SATURATED) {
  test(`${name} far out: finite, and so is its gradient`, async () => {
    const x = tensor(await testDevice(), [...xs], { requiresGrad: true });
    const y = elementwise(name, x);
    const expected = unary(name, hostTensor([xs.length], xs), unaryArgs(name));
    const common = {
      op: name,
      pair: 'GPU with CPU',
      label: 'far out',
      tolerance: 1e-6,
      scale: Math.max(1, largest(expected.data)),
    } as const;
    expectClose({ ...common, argument: 'y', got: await y.read(), expected: expected.data });
    backward(y, full(x.device, [xs.length], 1));
    expectClose({ ...common, argument: 'dx', scale: 1, got: await x.grad!.read(), expected: slope });
  });
}

/** Where digits are lost if 1 is added to something small. Each result must be right to this, relative to itself. */
const RELATIVE = 2e-6;
const SMALL: readonly [name: UnaryName, x: readonly number[]][] = [
  ['log1p', [1e-7, -1e-7, 1e-5, -1e-5, 1e-3, 0.1, -0.1, 0.249, -0.249, -0.5, 3, 1e6]],
  ['softplus', [-15, -10, -5, 0, 5, 20, 100]],
  ['sigmoid', [-60, -30, -10]],
  ['exp', [-60, -1e-4, 0, 1e-4, 60]],
];

for (const [name, xs] of SMALL) {
  test(`${name} is right to ${RELATIVE} of each value`, async () => {
    const y = await elementwise(name, tensor(await testDevice(), [...xs])).read();
    const expected = unary(name, hostTensor([xs.length], Float32Array.from(xs)), unaryArgs(name)).data;
    for (const [i, x] of xs.entries()) {
      // exp turns an error in x into one of its own, |x| times as large
      const tolerance = RELATIVE * Math.max(1, Math.abs(x) / 10);
      expectClose({
        op: name,
        argument: 'y',
        got: [y[i]],
        expected: [expected[i]],
        pair: 'GPU with CPU',
        label: `at ${x}`,
        tolerance,
      });
    }
  });
}

test('softmax and cross-entropy of large logits', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [1e4, -1e4, 9999],
    [-3e38, 0, 0],
    [3e38, 3e38, -3e38],
  ]);
  const e = Math.E;
  const tail = Math.log1p(1 / e); // log of the sum of exp(0), exp(-20000), exp(-1)
  const common = { op: 'softmax', pair: 'GPU with CPU', label: 'large', tolerance: 1e-6 } as const;
  expectClose({
    ...common,
    argument: 'y',
    got: await softmax(x).read(),
    expected: [e / (1 + e), 0, 1 / (1 + e), 0, 0.5, 0.5, 0.5, 0.5, 0],
  });
  const logs = await logSoftmax(tensor(device, [[1e4, -1e4, 9999]])).read();
  expectClose({ ...common, op: 'log_softmax', argument: 'y', got: logs, expected: [-tail, -2e4 - tail, -1 - tail] });
  const loss = crossEntropy(
    tensor(device, [
      [1e4, -1e4],
      [0, 90],
    ]),
    tensor(device, new Uint32Array([0, 0])),
    { reduction: 'none' },
  );
  expectClose({ ...common, op: 'cross_entropy', argument: 'y', got: await loss.read(), expected: [0, 90] });
});

test('a confident right answer has a small loss, not zero', async () => {
  const device = await testDevice();
  const loss = await crossEntropy(tensor(device, [[12, 0]]), tensor(device, new Uint32Array([0]))).item();
  assert.ok(Math.abs(loss - Math.log1p(Math.exp(-12))) < 1e-6, `${loss}`);
});

test('a label that is no class makes the loss NaN', async () => {
  const device = await testDevice();
  const loss = await crossEntropy(
    tensor(device, [
      [1, 2],
      [1, 2],
    ]),
    tensor(device, new Uint32Array([1, 2])),
    { reduction: 'none' },
  ).read();
  assert.ok(Number.isFinite(loss[0]) && Number.isNaN(loss[1]), String(loss));
});

test('max and min of the largest numbers that f32 holds', async () => {
  const device = await testDevice();
  const largest = 3.4028234663852886e38;
  assert.is(await max(tensor(device, [-largest, -largest])).item(), -largest);
  assert.is(await min(tensor(device, [largest, largest])).item(), largest);
});

test.run();

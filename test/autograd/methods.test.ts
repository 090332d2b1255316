/** Tensor's methods give what the functions give; detach; gradcheck finds what is wrong. */
import * as assert from 'uvu/assert';
import '../../src/autograd/methods.js';
import { gradcheck } from '../../src/autograd/gradcheck.js';
import { apply, defineOp, noGradient, type Op } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { CheckError, UsageError } from '../../src/device/errors.js';
import { manualSeed, randn } from '../../src/kernels/random/random.js';
import { tensor, Tensor } from '../../src/tensor/tensor.js';
import { fails } from '../device/tools.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('methods');

const numbers = async (x: Tensor): Promise<number[]> => [...(await x.read())];

test('methods are the functions, with the tensor as first argument', async () => {
  const device = await testDevice();
  manualSeed(device, 1);
  const [x, y] = [randn(device, [3, 4]), randn(device, [3, 4])];
  const pairs: [Tensor, Tensor][] = [
    [x.add(y), F.add(x, y)],
    [x.sub(1), F.sub(x, 1)],
    [x.mul(y).div(2), F.div(F.mul(x, y), 2)],
    [x.exp().log(), F.log(F.exp(x))],
    [x.matmul(y.t()), F.matmul(x, F.transpose(y))],
    [x.sum({ dim: 1, keepdim: true }), F.sum(x, { dim: 1, keepdim: true })],
    [x.mean(), F.mean(x)],
    [x.permute([1, 0]), F.permute(x, [1, 0])],
    [x.transpose(), F.transpose(x)],
    [x.reshape(2, -1), F.reshape(x, [2, 6])],
    [x.softmax(0), F.softmax(x, 0)],
    [x.clamp({ min: 0 }), F.clamp(x, { min: 0 })],
    [x.leakyRelu(0.3), F.leakyRelu(x, 0.3)],
    [x.var({ dim: 0 }), F.var(x, { dim: 0 })],
    [x.slice(1, 1, 3), F.slice(x, 1, 1, 3)],
    [x.greaterEqual(y), F.greaterEqual(x, y)],
  ];
  for (const [method, f] of pairs) {
    assert.equal(method.shape, f.shape);
    assert.equal(await numbers(method), await numbers(f));
  }
  assert.equal(
    Object.keys(x).filter((key) => key in F),
    [],
    'they are on the prototype, and not enumerable',
  );
});

test('backward, detach, requiresGrad_ and toArray', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [1, -2],
    [3, 4],
  ]).requiresGrad_();
  x.mul(x).sum().backward();
  assert.equal(await x.grad?.toArray(), [
    [2, -4],
    [6, 8],
  ]);
  const y = x.mul(2);
  const apart = y.detach();
  assert.equal([apart.requiresGrad, apart.node, apart.storage === y.storage], [false, null, true]);
  x.grad = null;
  x.mul(apart).sum().backward();
  assert.equal(await x.grad, await x.grad);
  assert.equal(await (x.grad as unknown as Tensor).toArray(), [
    [2, -4],
    [6, 8],
  ]);
  assert.is(await tensor(device, 3).toArray(), 3);
  assert.equal(await tensor(device, [[], []]).toArray(), [[], []]);
  assert.equal(await F.reshape(tensor(device, [1, 2, 3, 4]), [2, 1, 2]).toArray(), [[[1, 2]], [[3, 4]]]);
});

/** Not declared: the list of ops is what other tests walk. */
const square = (factor: number): ((x: Tensor) => Tensor) => {
  const op: Op<null, Tensor> = {
    name: `test square ${factor}`,
    forward: ([x]) => ({ output: F.square(x.detach()), saved: x }),
    backward: (dy, x) => [F.mul(F.mul(dy, x.detach()), factor)],
  };
  return (x) => apply(op, [x], null);
};

test('gradcheck passes right gradients, of several inputs and through reshapes', async () => {
  const device = await testDevice();
  manualSeed(device, 2);
  const x = randn(device, [5, 20]).requiresGrad_();
  const w = randn(device, [20, 3]).requiresGrad_();
  const label = tensor(device, Uint32Array.of(0, 2, 1, 1, 0));
  assert.is(await gradcheck(square(2), [x]), true);
  assert.is(await gradcheck((a, b) => F.tanh(a.matmul(b)), [x, w]), true);
  assert.is(await gradcheck((a, b, c) => F.crossEntropy(a.matmul(b), c), [x, w, label]), true);
  assert.is(await gradcheck((a) => a.reshape(-1), [x]), true);
  assert.is(x.grad, null, 'the inputs get no gradients');
});

test('gradcheck names what is wrong, in elements it samples and in those it does not', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2, 3], { requiresGrad: true });
  await fails(() => gradcheck(square(1), [x]), CheckError, /^\[gradcheck\] input 0 \(3,\), element 0: backward gives/);
  manualSeed(device, 3);
  const large = randn(device, [2000]).requiresGrad_();
  const inMiddle: Op<null, Tensor> = {
    name: 'test wrong in the middle',
    forward: ([a]) => ({ output: F.mul(a.detach(), 2), saved: a }),
    backward: (dy) => [
      F.cat([F.mul(dy.slice(0, 0, 1), 2), F.mul(dy.slice(0, 1, 1999), -2), F.mul(dy.slice(0, 1999), 2)]),
    ],
  };
  await fails(
    () => gradcheck((a) => apply(inMiddle, [a], null), [large], { samples: 2 }),
    CheckError,
    /along a random direction/,
  );
  const noise = (a: Tensor): Tensor => F.add(a, randn(device, [3]));
  await fails(() => gradcheck(noise, [x]), CheckError, /at the same inputs/);
});

test('gradcheck refuses what it cannot check; an op without a gradient says so; names are taken once', async () => {
  const device = await testDevice();
  await fails(() => gradcheck(F.relu, [tensor(device, [1])]), UsageError, /no input requires a gradient/);
  const without: Op<null, null> = {
    name: 'test without',
    forward: ([x]) => ({ output: F.neg(x.detach()), saved: null }),
    backward: noGradient,
  };
  const x = tensor(device, [1], { requiresGrad: true });
  await fails(() => gradcheck((a) => apply(without, [a], null), [x]), UsageError, /\[test without\] has no gradient/);
  await fails(() => defineOp({ ...without, name: 'relu' }), UsageError, /op relu is declared twice/);
});

test.run();

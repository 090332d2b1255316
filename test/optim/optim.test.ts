/**
 * Optimizers as the user meets them: learning rate, gradients, refusals. Their arithmetic is tested with the kernels.
 */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { backward } from '../../src/autograd/graph.js';
import { mul, sum } from '../../src/autograd/ops/index.js';
import { Module } from '../../src/nn/module.js';
import { Parameter } from '../../src/nn/parameter.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { Adam, AdamW, SGD, type Optimizer } from '../../src/optim/optim.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('optim');

/** Two weights, zero at first; the loss is w · x, so the gradient is x. */
class Weights extends Module {
  readonly w = new Parameter([2], (t) => t.device.clear(t.storage, t.byteOffset, 8));

  forward(x: Tensor): Tensor {
    return sum(mul(this.w.value, x));
  }
}

async function setUp<O extends Optimizer>(
  make: (model: Weights) => O,
): Promise<{
  optimizer: O;
  step: (...x: number[]) => Promise<number[]>;
  backwardOnly: (...x: number[]) => void;
  model: Weights;
}> {
  const device = await testDevice();
  const model = new Weights().to(device);
  const optimizer = make(model);
  const backwardOnly = (...x: number[]): void => device.step(() => backward(model.forward(tensor(device, x))));
  const step = async (...x: number[]): Promise<number[]> => {
    optimizer.zeroGrad();
    backwardOnly(...x);
    optimizer.step();
    return [...(await model.w.value.read())];
  };
  return { optimizer, step, backwardOnly, model };
}

test('a new learning rate takes effect with the next step, in the middle of recorded work too', async () => {
  const { optimizer, step, model } = await setUp((m) => new SGD(m, { lr: 0.5 }));
  assert.equal(await step(1, -2), [-0.5, 1]);
  optimizer.lr = 0.25;
  assert.is(optimizer.lr, 0.25);
  assert.equal(await step(1, -2), [-0.75, 1.5]);
  optimizer.step(); // recorded, not submitted yet
  optimizer.lr = 1;
  optimizer.step();
  optimizer.lr = 0;
  optimizer.step();
  assert.equal([...(await model.w.value.read())], [-0.75 - 0.25 - 1, 1.5 + 0.5 + 2]);
});

test('gradients add up until zeroGrad', async () => {
  const { optimizer, backwardOnly, model } = await setUp((m) => new SGD(m, { lr: 1 }));
  backwardOnly(1, 2);
  backwardOnly(10, 20);
  assert.equal([...((await model.w.value.grad?.read()) ?? [])], [11, 22]);
  optimizer.step();
  assert.equal([...(await model.w.value.read())], [-11, -22]);
  optimizer.zeroGrad();
  assert.equal([...((await model.w.value.grad?.read()) ?? [])], [0, 0]);
  optimizer.step();
  assert.equal([...(await model.w.value.read())], [-11, -22], 'no gradient, no step');
});

test('momentum goes on, with and without Nesterov', async () => {
  const plain = await setUp((m) => new SGD(m, { lr: 1, momentum: 0.5 }));
  await plain.step(1, 0);
  assert.equal(await plain.step(1, 0), [-2.5, 0]); // 1, then 0.5 + 1
  const nesterov = await setUp((m) => new SGD(m, { lr: 1, momentum: 0.5, nesterov: true }));
  assert.equal(await nesterov.step(1, 0), [-1.5, 0]); // 1 + 0.5 * 1
});

test("Adam's first step is the learning rate, whatever the gradient's size", async () => {
  for (const Kind of [Adam, AdamW]) {
    const { step, optimizer } = await setUp((m) => new Kind(m, { lr: 0.01, weightDecay: 0 }));
    const [a, b] = await step(1000, -1e-3);
    assert.ok(Math.abs(a + 0.01) < 1e-6 && Math.abs(b - 0.01) < 1e-6, `${a} ${b}`);
    assert.equal([...optimizer.state().keys()], ['hyper', 'm', 'v']);
    assert.is((await optimizer.state().get('hyper')?.read())?.[1], 1, 'one step is counted');
  }
});

test('AdamW decays the weights by default, apart from the gradient', async () => {
  const { step, optimizer } = await setUp((m) => new AdamW(m, { lr: 1 }));
  await step(1, -1);
  optimizer.lr = 0.5;
  const [a] = await step(0, 0); // m = 0.09, v = 0.000999 after correction: the gradient's part goes on by momentum
  const mHat = 0.09 / (1 - 0.81);
  const vHat = 0.000999 / (1 - 0.998001);
  assert.ok(Math.abs(a - (-1 * (1 - 0.5 * 0.01) - 0.5 * (mHat / Math.sqrt(vHat)))) < 1e-5, `${a}`);
});

test('what makes no sense is refused, and the old learning rate stays', async () => {
  const { optimizer, model } = await setUp((m) => new SGD(m, { lr: 0.1 }));
  for (const lr of [Number.NaN, -1, Infinity]) {
    assert.throws(
      () => (optimizer.lr = lr),
      (e: unknown) => e instanceof UsageError && e.message.includes(String(lr)),
    );
    assert.throws(() => new Adam(model, { lr }), /learning rate/);
  }
  assert.is(optimizer.lr, 0.1);
  assert.throws(() => new SGD(model, { lr: 1, nesterov: true }), /Nesterov needs momentum > 0/);
  assert.throws(
    () => new SGD(model, { lr: 1, nesterov: true, momentum: 0.9, dampening: 0.1 }),
    /no dampening, got momentum 0\.9 and dampening 0\.1/,
  );
  assert.throws(() => new SGD(new Weights(), { lr: 1 }), /no device/);
});

test.run();

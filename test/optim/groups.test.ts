/**
 * Groups, clipping, averages and accumulated gradients as the user meets them. Their numbers against PyTorch's:
 * test/support/training_checks.ts.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy, mul, sum } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { clipGradNorm_ as clipFlat } from '../../src/kernels/optimizer/clip_and_average.js';
import { Flatten, Linear, Sequential, Tanh } from '../../src/nn/index.js';
import { full, rows, type Tensor } from '../../src/tensor/tensor.js';
import {
  Adagrad,
  Adam,
  EMA,
  RMSprop,
  SGD,
  clipGradNorm_,
  clipGradValue_,
  type Optimizer,
} from '../../src/optim/optim.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const test = gpuSuite('flat memory');

/** 13 -> 67 -> 5: parameters that are no multiples of 64 elements. Its numbers depend on the seed only. */
function makeModel(device: Device): Sequential {
  return new Sequential(new Flatten(), new Linear(13, 67), new Tanh(), new Linear(67, 5)).to(device, { seed: 3 });
}

interface Batch {
  readonly x: Tensor;
  readonly label: Tensor;
}

const BATCH = 256; // a quarter of it starts on 256 bytes

function makeBatch(device: Device): Batch {
  return {
    x: upload(device, drawTensor([BATCH, 13], UNIT, 1)),
    label: upload(device, drawTensor([BATCH], { low: 0, high: 5, integers: true }, 2), 'u32'),
  };
}

test('k micro-batches, each loss divided by k, are one batch', async () => {
  const device = await testDevice();
  const batch = makeBatch(device);
  const train = async (parts: number): Promise<{ weights: ArrayLike<number>; grads: ArrayLike<number> }> => {
    const model = makeModel(device);
    const optimizer = new Adam(model, { lr: 0.01 });
    const size = BATCH / parts;
    for (let step = 0; step < 5; step++) {
      device.step(() => optimizer.zeroGrad());
      for (let i = 0; i < parts; i++) {
        device.step(() => {
          const [x, label] = [batch.x, batch.label].map((t) => rows(t, i * size, (i + 1) * size));
          backward(mul(crossEntropy(model.forward(x), label), 1 / parts));
        });
      }
      device.step(() => optimizer.step());
    }
    return { weights: await model.memory.weights.read(), grads: await model.memory.grads.read() };
  };
  const [whole, inParts] = [await train(1), await train(4)];
  for (const argument of ['weights', 'grads'] as const) {
    expectClose({
      op: 'micro-batches',
      argument,
      got: inParts[argument],
      expected: whole[argument],
      pair: 'GPU with CPU',
      label: '4 of 64',
      tolerance: 2e-5,
    });
  }
});

/** A step with everything on: what it creates, and how many kernels it launches. */
async function steadyStep(device: Device, make: (model: Sequential) => Optimizer): Promise<void> {
  const model = makeModel(device);
  const optimizer = make(model);
  const average = new EMA(model, 0.99);
  const batch = makeBatch(device);
  const step = (): void =>
    device.step(() => {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(batch.x), batch.label));
      clipGradNorm_(model, 0.1);
      clipGradValue_(model, 0.01);
      optimizer.step();
      average.update();
    });
  await collectGarbage(); // memory that came back later would be used first, in new bind groups
  for (let i = 0; i < 3; i++) step();
  const before = device.statistics();
  for (let i = 0; i < 5; i++) step();
  const after = device.statistics();
  for (const key of ['created', 'bindGroups', 'pipelines', 'uniformSlabs', 'inUse'] as const)
    assert.is(after[key], before[key], key);
}

const GROUPS = [
  { match: /bias$/, weightDecay: 0 },
  { match: (name: string) => name.startsWith('1.'), lr: 0.5 },
];
for (const Kind of [RMSprop, Adagrad, Adam]) {
  test(`a steady step with groups, clipping and averages creates nothing: ${Kind.name}`, async () => {
    await steadyStep(await testDevice(), (model) => new Kind(model, { lr: 0.01, weightDecay: 0.1, groups: GROUPS }));
  });
}

test('an optimizer step is two dispatches, however many groups there are', async () => {
  const device = await testDevice();
  const optimizer = new SGD(makeModel(device), { lr: 0.1, groups: GROUPS });
  const before = device.statistics().dispatches;
  optimizer.step();
  assert.is(device.statistics().dispatches - before, 2);
});

test('a new learning rate scales that of groups', async () => {
  const device = await testDevice();
  const model = makeModel(device);
  const optimizer = new SGD(model, {
    lr: 1,
    groups: [
      { match: /bias/, lr: 10 },
      { match: /^3/, lr: 0 },
    ],
  });
  const state = async (): Promise<number[]> => [...((await optimizer.state().get('rates')?.read()) ?? [])].slice(0, 6);
  assert.equal(await state(), [1, 0, 10, 0, 0, 0]);
  optimizer.lr = 0.5;
  assert.equal(await state(), [0.5, 0, 5, 0, 0, 0]);
  optimizer.lr = 0;
  optimizer.lr = 1;
  assert.equal(await state(), [1, 0, 10, 0, 0, 0]);
  assert.equal([...optimizer.state().keys()], ['hyper', 'rates', 'velocity']);
});

test('what makes no sense is refused', async () => {
  const device = await testDevice();
  const model = makeModel(device);
  const refused = (body: () => unknown, message: RegExp): void =>
    assert.throws(body, (e: unknown) => e instanceof UsageError && message.test(e.message));
  refused(() => new SGD(model, { lr: 1, groups: [{ match: /gamma/ }] }), /group 0 \(\/gamma\/\) has no parameters/);
  refused(() => new SGD(model, { lr: 1, groups: [{ match: /./ }, { match: /bias/ }] }), /group 1/);
  refused(() => new SGD(model, { lr: 1, groups: [{ match: /./, lr: -1 }] }), /learning rate -1/);
  refused(() => new SGD(model, { lr: 0, groups: [{ match: /./, lr: 1 }] }), /no multiple/);
  refused(() => new Adagrad(model, { initialAccumulatorValue: -1 }), /initialAccumulatorValue -1/);
  refused(() => clipGradNorm_(model, 0), /maxNorm 0/);
  refused(() => clipGradValue_(model, Number.NaN), /limit NaN/);
  refused(() => new EMA(model, 1.5), /decay 1.5/);
});

test('clipping: a small norm changes nothing, not a number makes all so, and nothing is read back', async () => {
  const device = await testDevice();
  const model = makeModel(device);
  const { grads } = model.memory;
  const numbers = drawTensor([grads.size], UNIT, 4);
  const values = new Float32Array(numbers.data);
  const norm = Math.hypot(...values);
  device.write(grads.storage, values);
  const before = device.statistics().submits;
  const returned = clipGradNorm_(model, 2 * norm);
  assert.is(device.statistics().submits, before);
  expectSame('clip_grad_norm', 'grads', await grads.read(), values);
  assert.ok(Math.abs((await returned.item()) / norm - 1) < 1e-6);
  clipGradNorm_(model, norm / 8);
  expectClose({
    op: 'clip_grad_norm',
    argument: 'grads',
    got: await grads.read(),
    expected: values.map((v) => v / 8),
    pair: 'GPU with CPU',
    label: 'an eighth',
    tolerance: 1e-6,
  });
  device.write(grads.storage, Float32Array.of(Number.NaN));
  clipGradNorm_(model, 1);
  assert.ok((await grads.read()).every(Number.isNaN));
});

test('clipping: the same bits whatever the binding limit, past 65,535 partial sums too', async () => {
  const run = async (device: Device): Promise<ArrayLike<number>> => {
    const grads = upload(device, drawTensor([40_000], UNIT, 9));
    clipFlat(grads, 1);
    return grads.read();
  };
  expectSame(
    'clip_grad_norm',
    'grads',
    await withDevice({ maxBindingBytes: 16384 }, run),
    await run(await testDevice()),
  );
  const large = full(await testDevice(), [5_000_000], 0.5);
  assert.ok(Math.abs((await clipFlat(large, 1).item()) / (0.5 * Math.sqrt(5_000_000)) - 1) < 1e-6);
});

test('groups past the binding limit', async () => {
  const run = async (device: Device): Promise<ArrayLike<number>> => {
    const model = new Sequential(new Linear(100, 100), new Linear(100, 33)).to(device, { seed: 1 });
    const optimizer = new RMSprop(model, {
      lr: 0.1,
      weightDecay: 0.5,
      momentum: 0.9,
      groups: [{ match: /bias/, weightDecay: 0, lr: 1 }],
    });
    device.fill(model.memory.grads.storage, 0x3f000000); // 0.5
    optimizer.step();
    optimizer.step();
    return model.memory.weights.read();
  };
  expectSame('rmsprop', 'weights', await withDevice({ maxBindingBytes: 16384 }, run), await run(await testDevice()));
});

test('averages: swapped in and out bit for bit, and not touched meanwhile', async () => {
  const device = await testDevice();
  const model = makeModel(device);
  const average = new EMA(model, 0.5);
  const start = await model.memory.weights.read();
  device.fill(model.memory.weights.storage, 0);
  average.update();
  average.swap();
  assert.is(average.isSwapped, true);
  expectSame(
    'ema',
    'average',
    await model.memory.weights.read(),
    start.map((v) => v / 2),
  );
  assert.throws(() => average.update(), /holds the averages/);
  assert.throws(() => average.state(), /holds the averages/);
  average.swap();
  assert.ok((await model.memory.weights.read()).every((v) => v === 0));
  expectSame(
    'ema',
    'state',
    (await average.state().get('ema')?.read()) ?? [],
    start.map((v) => v / 2),
  );
});

test('gradients of zero: the norm is 0 and nothing becomes a NaN', async () => {
  const device = await testDevice();
  const model = makeModel(device);
  const optimizer = new RMSprop(model, { centered: true });
  optimizer.zeroGrad();
  assert.is(await clipGradNorm_(model, 1).item(), 0);
  optimizer.step();
  assert.ok(Number.isFinite(await sum(model.memory.weights).item()));
});

test.run();

/**
 * A captured step: the same bits as an eager one, recorded again for other arguments, and honest about what cannot be
 * replayed.
 */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { manualSeed, rand } from '../../src/kernels/random/random.js';
import { Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { BatchNorm2d } from '../../src/nn/norm.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { Adam } from '../../src/optim/optim.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('capture');

/** Convolution, batch norm and dropout, with Adam. The images are drawn anew in each step. */
function training(device: Device): { step: (batch: number) => Tensor; weights: Tensor; release: () => void } {
  manualSeed(device, 7);
  const model = new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    new BatchNorm2d(4),
    new ReLU(),
    new Dropout(0.3),
    new Flatten(),
    new Linear(4 * 36, 5),
  );
  model.to(device, { seed: 1 }).train();
  const optimizer = new Adam(model, { lr: 0.01 });
  const step = (batch: number): Tensor => {
    optimizer.zeroGrad();
    const x = rand(device, [batch, 1, 6, 6]);
    const loss = F.crossEntropy(model.forward(x), zeros(device, [batch], 'u32'));
    backward(loss);
    optimizer.step();
    return loss;
  };
  return { step, weights: model.memory.weights, release: () => model.memory.release() };
}

const bits = async (x: Tensor): Promise<string> => Buffer.from((await x.read()).buffer).toString('hex');

/** The losses of the steps of these batch sizes and the weights after them. */
async function run(device: Device, batches: readonly number[], capture: boolean): Promise<string[]> {
  const { step, weights, release } = training(device);
  const captured = device.capture(step);
  const seen: string[] = [];
  for (const batch of batches) seen.push(await bits(capture ? captured(batch) : device.step(() => step(batch))));
  seen.push(await bits(weights));
  if (capture) assert.is(captured.recordings, new Set(batches).size);
  captured.release();
  release();
  return seen;
}

test('20 replayed steps with dropout and Adam equal 20 eager ones, bit for bit', async () => {
  const device = await testDevice();
  const batches = Array<number>(20).fill(8);
  const eager = await run(device, batches, false);
  assert.equal(await run(device, batches, true), eager);
  assert.is(new Set(eager).size, 21, 'every step gives another loss');
});

test('other batch sizes in between are recorded anew', async () => {
  const device = await testDevice();
  const batches = [8, 8, 5, 8, 5, 16, 8, 16, 5];
  assert.equal(await run(device, batches, true), await run(device, batches, false));
});

test('steps without a capture in between share nothing with it', async () => {
  const device = await testDevice();
  const double = device.capture((x: Tensor) => F.mul(F.add(x, x), 1));
  const x = tensor(device, [1, 2, 3]);
  const first = double(x);
  assert.equal([...(await first.read())], [2, 4, 6]);
  // Takes memory of the same size and holds it: a replay must not write there.
  const held = device.step(() => Array.from({ length: 8 }, (_, i) => F.add(x, i)));
  double(x);
  for (const [i, t] of held.entries()) assert.equal([...(await t.read())], [1 + i, 2 + i, 3 + i]);
  double.release();
});

test('tensors are arguments: their numbers at each call, a recording for each shape', async () => {
  const device = await testDevice();
  const product = device.capture((a: Tensor, b: Tensor, scale: number) => F.mul(F.mul(a, b), scale));
  const of = (...numbers: number[]): Tensor => tensor(device, numbers);
  assert.equal([...(await product(of(1, 2), of(3, 4), 1).read())], [3, 8]);
  assert.equal([...(await product(of(5, 6), of(7, 8), 1).read())], [35, 48]);
  assert.equal([...(await product(of(5, 6), of(7, 8), 2).read())], [70, 96]);
  assert.is(product.recordings, 2);
  assert.equal([...(await product(of(1, 2, 3), of(1, 2, 3), 1).read())], [1, 4, 9]);
  assert.equal([...(await product(of(1, 2), of(1, 2), 1).read())], [1, 4]);
  assert.is(product.recordings, 3);
  product.release();
});

test('gradients add up over captured steps that do not zero them', async () => {
  const device = await testDevice();
  const model = new Linear(2, 1, { bias: false }).to(device, { seed: 0 });
  const x = tensor(device, [[1, 2]]);
  const accumulate = device.capture(() => backward(F.sum(model.forward(x))));
  model.memory.zeroGrads(); // outside: the recording must not take it for its own
  for (let i = 0; i < 3; i++) accumulate();
  assert.equal([...(await (model.weight.value.grad as Tensor).read())], [3, 6]);
  const zeroAndAdd = device.capture(() => {
    model.memory.zeroGrads();
    backward(F.sum(model.forward(x)));
  });
  for (let i = 0; i < 3; i++) zeroAndAdd();
  assert.equal([...(await (model.weight.value.grad as Tensor).read())], [1, 2]);
  accumulate.release();
  zeroAndAdd.release();
});

test('a result is not freed by release, and is overwritten by the next call', async () => {
  const device = await testDevice();
  const next = device.capture((x: Tensor) => F.add(x, 1));
  const y = next(tensor(device, [1]));
  y.storage.release();
  assert.is(next(tensor(device, [5])), y);
  assert.is(await y.item(), 6);
  next.release();
  assert.throws(() => F.add(y, 1), /after its step ended/);
});

test('a captured step inside a step is part of it', async () => {
  const device = await testDevice();
  const inner = device.capture((x: Tensor) => F.add(x, 1));
  const outer = device.capture((x: Tensor) => F.mul(inner(x), 2));
  assert.is(await outer(tensor(device, [1])).item(), 4);
  assert.is(await outer(tensor(device, [2])).item(), 6);
  assert.equal([inner.recordings, outer.recordings], [0, 1]);
  outer.release();
});

test('what cannot be replayed is refused, and the device works on', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2]);
  const leaf = tensor(device, [1, 2], { requiresGrad: true });
  const cases: readonly (readonly [string, () => unknown])[] = [
    ['[write]', () => tensor(device, [1])],
    [
      '[read]',
      () => void x.read().catch((error: unknown) => assert.match(String(error), /\[read\] inside a captured step/)),
    ],
    ['[keep]', () => backward(F.sum(leaf))],
    ['[write]', () => new Linear(2, 2).to(device, { seed: 0 })],
  ];
  for (const [words, body] of cases) {
    const step = device.capture(body);
    if (words === '[read]') step();
    else
      assert.throws(
        () => step(),
        (error: unknown) => error instanceof UsageError && error.message.startsWith(words),
        words,
      );
    step.release();
  }
  assert.throws(() => device.capture(async () => {})(), /not async/);
  assert.equal([...(await F.add(x, 1).read())], [2, 3]);
});

test('replays create nothing, and all memory goes back', () =>
  withDevice({}, async (device) => {
    const { step, release } = training(device);
    const captured = device.capture(step);
    for (const batch of [8, 5]) captured(batch);
    await device.sync();
    const before = device.statistics();
    for (let i = 0; i < 50; i++) captured(i % 3 === 0 ? 5 : 8);
    await device.sync();
    const { submits: s0, dispatches: d0, transfers: _, ...held } = before;
    const { submits, dispatches, transfers, ...after } = device.statistics();
    assert.equal(after, held);
    assert.ok(dispatches > d0 && submits > s0 && transfers > 0);
    captured.release();
    release();
    device.trim();
    const left = device.statistics();
    assert.ok(left.buffers <= left.inUse, `${left.buffers} buffers exist, ${left.inUse} are in use`);
  }));

test('compile: the kernels are ready afterwards, and nothing else has happened', () =>
  withDevice({}, async (device) => {
    const expected = await run(device, [8, 8], false);
    const { step, weights, release } = training(device);
    const captured = device.capture(step);
    const [before, dispatches] = [await bits(weights), device.statistics().dispatches];
    const progress: number[][] = [];
    device.gpu.createComputePipeline = () => assert.unreachable('compiled in the step') as never;
    await captured.compile([8], (done, total) => void progress.push([done, total]));
    assert.is(device.statistics().dispatches, dispatches);
    assert.is(await bits(weights), before);
    assert.equal([await bits(captured(8)), await bits(captured(8)), await bits(weights)], expected);
    assert.equal(
      progress.map(([done]) => done),
      progress.map((_, i) => i + 1),
    );
    release();
  }));

test('compile names what does not', () =>
  withDevice({}, async (device) => {
    const fill = {
      name: 'fill',
      file: 'memory/fill.wgsl',
      includes: ['common/grid.wgsl'],
      bindings: ['write', 'params'],
    } as const;
    const captured = device.capture((x: Tensor) =>
      device.dispatch(fill, { buffers: [x.range], params: [1, 1], constants: { NO_SUCH: 1 }, workgroups: 1 }),
    );
    await fails(() => captured.compile([tensor(device, [1])]), 5, /fill\|NO_SUCH=1/);
  }));

test('a smaller batch takes the memory of a larger one', () =>
  withDevice({}, async (device) => {
    const { step } = training(device);
    const captured = device.capture(step);
    captured(64);
    const large = device.statistics().bytes;
    captured(47);
    assert.ok(device.statistics().bytes - large < large / 20, `${large} bytes, then ${device.statistics().bytes}`);
  }));

test.run();

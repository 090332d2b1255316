/** A repeated training step creates no GPU object and its memory stays as it is, from the 10th step to the 150th. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { abs, conv2d, crossEntropy, dropout, flatten, linear, maxPool2d, relu } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { adam_, advanceStep_, sgd_ } from '../../src/kernels/optimizer/optimizer.js';
import { manualSeed, uniform_ } from '../../src/kernels/random/random.js';
import { empty, tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { withDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';
import { countCreations } from './tools.js';
import { collectGarbage } from '../support/garbage.js';

const test = suite('steady state');

const ADAM = { betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupled: false } as const;
const SGD = { momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: false } as const;

/** Parameters, their two moments, and the learning rate, made and updated by hand: no nn and no train here. */
class Weights {
  readonly #all: { weight: Tensor; m: Tensor; v: Tensor }[] = [];
  readonly #hyper: Tensor;
  readonly #device: Device;

  constructor(device: Device, lr: number) {
    this.#device = device;
    this.#hyper = tensor(device, [lr, 0, 0]);
  }

  /** All sizes are multiples of 4, as the optimizers want them. */
  make(...shape: number[]): Tensor {
    const weight = empty(this.#device, shape);
    uniform_(weight, -0.3, 0.3);
    weight.requiresGrad = true;
    this.#all.push({ weight, m: zeros(this.#device, shape), v: zeros(this.#device, shape) });
    return weight;
  }

  update(optimizer: 'adam' | 'sgd'): void {
    advanceStep_(this.#hyper);
    for (const { weight, m, v } of this.#all) {
      const grad = weight.grad as Tensor;
      if (optimizer === 'adam') adam_(weight, grad, m, v, this.#hyper, ADAM);
      else sgd_(weight, grad, m, this.#hyper, SGD);
      this.#device.clear(grad.storage);
    }
  }
}

/** Labels 0 and 1 of four images 8 x 8 that differ in their left and right halves. */
function batch(device: Device): { x: Tensor; label: Tensor } {
  const pixels = Float32Array.from(
    { length: 4 * 64 },
    (_, i) => (i % 8 < 4 === i >> 6 < 2 ? 1 : 0) + ((i * 37) % 11) / 50,
  );
  return { x: tensor(device, pixels, { shape: [4, 1, 8, 8] }), label: tensor(device, Uint32Array.of(0, 0, 1, 1)) };
}

/** A model's step: records forward, backward and update, gives the loss. */
function convStep(device: Device, rate: number): () => Tensor {
  const weights = new Weights(device, 0.02);
  const [w, b, fc, fcBias] = [weights.make(4, 1, 3, 3), weights.make(4), weights.make(4, 36), weights.make(4)];
  const { x, label } = batch(device);
  return () => {
    const hidden = dropout(flatten(maxPool2d(relu(conv2d(x, w, b)), { kernelSize: 2 })), rate);
    const loss = crossEntropy(linear(hidden, fc, fcBias), label);
    backward(loss);
    weights.update('adam');
    return loss;
  };
}

function mlpStep(device: Device): () => Tensor {
  const weights = new Weights(device, 0.05);
  const [w1, b1, w2, b2] = [weights.make(16, 64), weights.make(16), weights.make(4, 16), weights.make(4)];
  const { x, label } = batch(device);
  return () => {
    const loss = crossEntropy(linear(relu(linear(flatten(x), w1, b1)), w2, b2), label);
    backward(loss);
    weights.update('sgd');
    return loss;
  };
}

/** What one step left behind would be there 140 times. */
const STEPS = 150;

/** Calls `one` so many times; compares what exists after 10 and at the end, and counts what was created between. */
async function staysFlat(device: Device, one: (step: number) => Promise<void> | void): Promise<void> {
  for (let step = 0; step < 10; step++) await one(step);
  await device.sync();
  const { submits: _, dispatches: before, transfers: _t, ...at10 } = device.statistics();
  const created = countCreations(device.gpu);
  for (let step = 10; step < STEPS; step++) await one(step);
  await device.sync();
  const { submits: __, dispatches: after, transfers: __t, ...atEnd } = device.statistics();
  assert.equal([...created], [], 'GPU objects created after step 10');
  assert.equal(atEnd, at10);
  assert.is((after - before) % (STEPS - 10), 0, 'every step dispatches alike');
}

test('conv net with dropout and Adam, nothing read', () =>
  withDevice({}, async (device) => {
    manualSeed(device, 1);
    const step = convStep(device, 0.25);
    await staysFlat(device, () => {
      device.step(() => void step());
    });
  }));

test('conv net, the loss read in each step; it falls', () =>
  withDevice({}, async (device) => {
    manualSeed(device, 1);
    const step = convStep(device, 0);
    const losses: number[] = [];
    await staysFlat(device, async () => {
      const pending: Promise<number>[] = [];
      device.step(() => void pending.push(step().item())); // recorded here; what follows does not change it
      losses.push(await pending[0]);
    });
    assert.is(losses.length, STEPS);
    assert.ok(losses[0] > 0.5 && losses[STEPS - 1] < 0.01, `${losses[0]} to ${losses[STEPS - 1]}`);
  }));

test('MLP with SGD, the loss returned, read and released', () =>
  withDevice({}, async (device) => {
    const step = mlpStep(device);
    let last = 0;
    await staysFlat(device, async () => {
      const loss = device.step(step);
      last = await loss.item();
      loss.storage.release();
    });
    assert.ok(last < 0.01, String(last));
  }));

test('a loss that is returned and dropped costs memory only until the garbage is collected', () =>
  withDevice({}, async (device) => {
    const step = mlpStep(device);
    for (let i = 0; i < 10; i++) device.step(step);
    await collectGarbage();
    const { inUse } = device.statistics();
    for (let i = 0; i < 100; i++) device.step(step);
    await collectGarbage();
    assert.is(device.statistics().inUse, inUse);
    const { buffers } = device.statistics();
    for (let i = 0; i < 100; i++) device.step(step);
    await collectGarbage();
    assert.equal([device.statistics().inUse, device.statistics().buffers], [inUse, buffers]);
  }));

test('an epoch whose last batch is smaller is steady from its second round on', () =>
  withDevice({}, async (device) => {
    const weights = new Weights(device, 0.01);
    const [w, b] = [weights.make(4, 64), weights.make(4)];
    const { x, label } = batch(device);
    const short = {
      x: tensor(device, new Float32Array(3 * 64).fill(0.5), { shape: [3, 1, 8, 8] }),
      label: tensor(device, Uint32Array.of(0, 1, 2)),
    };
    const one = (i: number): void =>
      device.step(() => {
        const data = i % 5 === 4 ? short : { x, label };
        backward(crossEntropy(linear(flatten(data.x), w, b), data.label));
        weights.update('sgd');
      });
    await staysFlat(device, one);
  }));

test('no two pipelines have the same layout object: wgpu takes the sizes of one for those of the other', () =>
  withDevice({}, async (device) => {
    const layouts: unknown[] = [];
    const { gpu } = device;
    const make = gpu.createComputePipeline.bind(gpu);
    gpu.createComputePipeline = (descriptor) => {
      layouts.push(descriptor.layout);
      return make(descriptor);
    };
    const x = tensor(device, [-1, 2, -3, 4]);
    assert.equal([...(await relu(x).read())], [0, 2, 0, 4]);
    assert.equal([...(await abs(x).read())], [1, 2, 3, 4]);
    assert.ok(layouts.length >= 2 && new Set(layouts).size === layouts.length, `${layouts.length} pipelines`);
  }));

test.run();

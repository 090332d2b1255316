/**
 * Dynamic loss scaling: the gradients are unscaled, an overflow skips the step for every optimizer, the scale falls and
 * rises.
 */
import * as assert from 'uvu/assert';
import { Linear } from '../../src/nn/layers.js';
import {
  Adagrad,
  Adam,
  AdamW,
  LAMB,
  Lion,
  Muon,
  RMSprop,
  SGD,
  clipGradNorm_,
  type Optimizer,
} from '../../src/optim/optim.js';
import type { AnyModule } from '../../src/nn/module.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('loss scale');
const device = await testDevice();

const OPTIMIZERS: Readonly<Record<string, (model: AnyModule) => Optimizer>> = {
  sgd: (m) => new SGD(m, { lr: 0.1, momentum: 0.9 }),
  adam: (m) => new Adam(m),
  adamw: (m) => new AdamW(m),
  rmsprop: (m) => new RMSprop(m, { momentum: 0.5, centered: true }),
  adagrad: (m) => new Adagrad(m),
  lion: (m) => new Lion(m),
  lamb: (m) => new LAMB(m),
  muon: (m) => new Muon(m, { rest: () => false }),
};

/** One step whose gradients are `g` times the scale, with `bad` in one place. */
function step(model: AnyModule, optimizer: Optimizer, scale: number, g: number, bad: number | null = null): void {
  const { grads } = model.memory;
  const numbers = new Float32Array(grads.size).fill(g * scale);
  if (bad !== null) numbers[numbers.length - 3] = bad;
  device.write(grads.storage, numbers);
  optimizer.step();
}

/** Said in a word: a list of differences of thousands of numbers takes minutes to make. */
async function expectSameWeights(a: AnyModule, b: AnyModule, what: string): Promise<void> {
  const [x, y] = await Promise.all([a, b].map((m) => m.memory.weights.read()));
  assert.is(
    x.findIndex((v, i) => v !== y[i]),
    -1,
    what,
  );
}

const all = async (o: Optimizer): Promise<string> =>
  JSON.stringify(
    await Promise.all(
      [...o.state()]
        .filter(([name]) => name !== 'loss_scale')
        .map(async ([name, t]) => [name, [...(await t.read())].map((v, i) => (name === 'hyper' && i === 2 ? 0 : v))]),
    ),
  );

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`[${name}] a scaled step is the plain step, and an overflow moves nothing`, async () => {
    // more than one chunk of 4096
    const [plain, scaled] = [0, 1].map(() => new Linear(67, 131).to(device, { seed: 4 }));
    const [a, b] = [make(plain), make(scaled)];
    const scaling = b.scaleLoss({ initial: 1024 });
    for (const g of [0.01, -0.02]) {
      step(plain, a, 1, g);
      step(scaled, b, 1024, g);
    }
    await expectSameWeights(scaled, plain, 'scaled and plain steps');
    assert.ok((await all(b)) === (await all(a)), 'moments');
    for (const [i, bad] of [Infinity, -Infinity, NaN].entries()) {
      step(scaled, b, 1024 / 2 ** i, 0.5, bad);
      assert.equal(await scaling.read(), { scale: 512 / 2 ** i, skipped: i + 1 });
    }
    await expectSameWeights(scaled, plain, 'weights');
    assert.ok((await all(b)) === (await all(a)), 'moments and step number');
    step(plain, a, 1, 0.03);
    step(scaled, b, 128, 0.03);
    await expectSameWeights(scaled, plain, 'and it goes on');
  });
}

test('the scale doubles after so many good steps, not past 2^24, and not below 1', async () => {
  const model = new Linear(2, 2).to(device);
  const optimizer = new SGD(model, { lr: 0 });
  const scaling = optimizer.scaleLoss({ initial: 2 ** 22, interval: 3 });
  const scales = [];
  for (let i = 0; i < 12; i++) {
    step(model, optimizer, 1, 0);
    scales.push(Math.log2((await scaling.read()).scale));
  }
  assert.equal(scales, [22, 22, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24]);
  step(model, optimizer, 1, 0, NaN);
  assert.is((await scaling.read()).scale, 2 ** 23);
  for (let i = 0; i < 30; i++) step(model, optimizer, 1, 0, NaN);
  assert.equal(await scaling.read(), { scale: 1, skipped: 31 });
});

test('clipping after unscale sees the true gradients', async () => {
  const model = new Linear(3, 1, { bias: false }).to(device);
  const optimizer = new SGD(model, { lr: 1 });
  const scaling = optimizer.scaleLoss({ initial: 256 });
  device.write(model.memory.grads.storage, Float32Array.of(3 * 256, 4 * 256, 0));
  const before = await model.memory.weights.read();
  scaling.unscale();
  assert.is(await clipGradNorm_(model, 1).item(), 5);
  optimizer.step();
  const moved = (await model.memory.weights.read()).slice(0, 3).map((w, i) => before[i] - w);
  for (const [i, d] of [0.6, 0.8, 0].entries()) assert.ok(Math.abs(moved[i] - d) < 1e-5, `${moved[i]} is not ${d}`);
});

test.run();

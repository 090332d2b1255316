/** Branches that end in convolutions, in evaluation: each writes its channels of what `cat` makes. */
import * as assert from 'uvu/assert';
import { FoldedNorms } from '../../src/autograd/folding.js';
import * as F from '../../src/autograd/ops/index.js';
import { expectClose } from '../../src/cases/close.js';
import { modelSpec } from '../../src/nn/index.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { input, Odd, plain, unsettle } from './inference_models.js';

const test = gpuSuite('joined branches');

const JOINED: Readonly<Record<string, readonly [copies: number, (h: Tensor, y: (h: Tensor) => Tensor) => Tensor]>> = {
  'one with its norm, and one with neither': [0, (h, bn) => F.cat([bn(h), h], 1)],
  'the same twice': [0, (h) => F.cat([h, h], 1)],
  'it is used before': [4, (h, bn) => F.add(F.cat([F.relu(h), bn(h)], 1), F.cat([h, h], 1))],
  'it is used later': [0, (h, bn) => F.add(F.cat([h, bn(h)], 1), F.cat([bn(h), h], 1))],
  'something else is joined, too': [2, (h, bn) => F.cat([bn(h), F.relu(h)], 1)],
  'images are joined': [0, (h, bn) => F.cat([h, bn(h)], 0)],
};

for (const [label, [copies, use]] of Object.entries(JOINED))
  test(`convolutions are joined: ${label}`, async () => {
    const device = await testDevice();
    const model = new Odd(use).to(device, { seed: 1 }).eval();
    unsettle(device, model);
    const x = input(device, [2, 3, 9, 7]);
    const expected = await plain(device, model, x).read();
    const norms = new FoldedNorms();
    const run = (): Tensor => device.step(() => norms.run(() => model.forward(x)));
    const got = await run().read();
    expectClose({ op: label, argument: 'y', got, expected, pair: 'GPU with GPU', label: 'joined' });
    if (device.features.has('timestamp-query')) {
      const kernels = await device.profile(() => void run());
      assert.is(kernels.find((k) => k.label === 'copy_runs')?.calls ?? 0, copies);
    }
    norms.release();
  });

for (const name of ['squeezenet1_1', 'googlenet'])
  test(`${name} copies nothing to join branches`, async () => {
    const device = await testDevice();
    if (!device.features.has('timestamp-query')) return;
    const model = modelSpec(name).build({ channels: 3, height: 64, width: 64, classes: 10 });
    model.to(device, { seed: 3 }).eval();
    const norms = new FoldedNorms();
    const x = input(device, [2, 3, 64, 64]);
    const kernels = await device.profile(() => void device.step(() => norms.run(() => model.forward(x))));
    assert.ok(kernels.some((k) => /^conv2d_/.test(k.label)));
    assert.not.ok(kernels.some((k) => k.label === 'copy_runs'));
    norms.release();
    model.release();
  });

test.run();

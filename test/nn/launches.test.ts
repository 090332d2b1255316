/** How many launches a training step has on a GPU: each waits for the one before it. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { Device } from '../../src/device/device.js';
import type { Kernel, Launch } from '../../src/device/kernel.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { MODELS } from '../../src/nn/models/registry.js';
import { Adam } from '../../src/optim/index.js';
import { empty } from '../../src/tensor/tensor.js';
import { suite } from '../support/harness.js';

const test = suite('launches');

/** Of a step of 32 images: what bench/verdict counts too. */
const EXPECTED: Readonly<Record<string, number>> = { lstm: 14, bilstm: 18 };

function launchesDuring(body: () => void): number {
  let count = 0;
  const { dispatch } = Device.prototype;
  Device.prototype.dispatch = function (this: Device, kernel: Kernel, launch: Launch): void {
    if (launch.workgroups > 0) count++;
    dispatch.call(this, kernel, launch);
  };
  try {
    body();
  } finally {
    Device.prototype.dispatch = dispatch;
  }
  return count;
}

for (const [name, launches] of Object.entries(EXPECTED)) {
  test(`${name}: ${launches} launches`, () => {
    const device = shapesOnlyDevice();
    const found = MODELS.find((m) => m.name === name);
    assert.ok(found);
    const { build, input } = found;
    const model = build(input).to(device).train();
    const optimizer = new Adam(model);
    const x = empty(device, [32, input.channels, input.height, input.width]);
    const label = empty(device, [32], 'u32');
    const step = (): void =>
      device.step(() => {
        optimizer.zeroGrad();
        backward(crossEntropy(model.forward(x), label));
        optimizer.step();
      });
    step(); // makes once what is made once
    assert.is(launchesDuring(step), launches);
    device.destroy();
  });
}

test.run();

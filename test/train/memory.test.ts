/** What training holds on the GPU: constant while it runs, nothing afterwards. */
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import type { Device } from '../../src/device/device.js';
import { backward } from '../../src/autograd/graph.js';
import { mean } from '../../src/autograd/ops/index.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { full } from '../../src/tensor/tensor.js';
import { Adam } from '../../src/optim/optim.js';
import { train } from '../../src/train/trainer.js';
import { fails } from '../data/fixtures.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun } from './fixtures.js';

const test = gpuSuite('memory');

type Method = (...args: unknown[]) => unknown;

/** Counts calls of every `create…` of the GPU device but that of command encoders, which submitting needs. */
function spy(device: Device): { readonly created: string[]; readonly restore: () => void } {
  const gpu = device.gpu as unknown as Record<string, Method>;
  const names: string[] = [];
  for (let o: object | null = device.gpu; o !== null && o !== Object.prototype; o = Object.getPrototypeOf(o))
    names.push(...Object.getOwnPropertyNames(o));
  const watched = [...new Set(names)].filter((name) => name.startsWith('create') && name !== 'createCommandEncoder');
  for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createShaderModule'])
    assert.ok(watched.includes(name), name);
  const created: string[] = [];
  const originals = watched.map((name) => [name, Object.getOwnPropertyDescriptor(gpu, name), gpu[name]] as const);
  for (const [name, , original] of originals) {
    gpu[name] = (...args) => {
      created.push(name);
      return original.apply(gpu, args);
    };
  }
  const restore = (): void => {
    for (const [name, own] of originals) {
      if (own === undefined) delete gpu[name];
      else Object.defineProperty(gpu, name, own);
    }
  };
  return { created, restore };
}

test('the spy sees what is created', async () => {
  const device = await testDevice();
  const { created, restore } = spy(device);
  device.gpu.createBuffer({ size: 16, usage: 8 }).destroy();
  restore();
  device.gpu.createBuffer({ size: 16, usage: 8 }).destroy();
  assert.equal(created, ['createBuffer']);
});

test('steps 10 and 500 hold the same buffers, and nothing is created in between', async () => {
  const device = await testDevice();
  await device.sync();
  await collectGarbage(); // memory that came back meanwhile would be used first, in new bind groups
  const data = syntheticGarments({ train: 1010, test: 0, seed: 0 }).train;
  let step = 0;
  const held: { buffers: number; bytes: number }[] = [];
  const watches: ReturnType<typeof spy>[] = [];
  await inRun((files) =>
    train(device, { ...CONFIG, batch: 2, epochs: 1, valSplit: 0 }, data, files, {
      interrupted: () => {
        if (step === 10) watches.push(spy(device));
        if (step === 500) watches[0].restore();
        const { buffers, bytes } = device.statistics();
        if (step === 10 || step === 500) held.push({ buffers, bytes });
        step++;
        return null;
      },
    }),
  );
  assert.is(step, 505);
  assert.equal(held[1], held[0]);
  assert.equal(watches[0].created, []);
});

test('whole epochs, with their small last batch, validation and checkpoints, create nothing from the second on', async () => {
  const device = await testDevice();
  await device.sync();
  await collectGarbage(); // memory that came back meanwhile would be used first, in new bind groups
  const held: { buffers: number; bytes: number; inUse: number }[] = [];
  const watches: ReturnType<typeof spy>[] = [];
  await inRun((files) =>
    train(device, { ...CONFIG, epochs: 4 }, GARMENTS, files, {
      onEpoch: (history) => {
        const { buffers, bytes, inUse } = device.statistics();
        held.push({ buffers, bytes, inUse });
        if (history.length === 2) watches.push(spy(device));
      },
    }),
  ).finally(() => watches[0]?.restore());
  assert.equal(held[3], held[1]);
  assert.equal(watches[0].created, []);
});

test('a run gives its memory back when it ends, however it ends', async () => {
  const device = await testDevice();
  const run = (options: object): Promise<unknown> =>
    inRun((files) => train(device, { ...CONFIG, epochs: 1, ...options }, GARMENTS, files));
  await run({}); // what the device keeps for good: constants, the random generator
  await device.sync();
  await collectGarbage(); // what other tests left
  const before = device.statistics().inUse;
  await run({});
  assert.is(device.statistics().inUse, before, 'finished');
  await fails(() => run({ lr: 1e30 }), 6);
  assert.is(device.statistics().inUse, before, 'diverged');
});

test('a model and an optimizer that are forgotten give their memory back when they are garbage collected', async () => {
  const device = await testDevice();
  const stepOnce = async (): Promise<number> => {
    const model = buildModel('mlp', DEFAULT_INPUT).to(device);
    const optimizer = new Adam(model);
    const losses = device.step(() => {
      const l = mean(model.forward(full(device, [2, 1, 28, 28], 1)));
      backward(l);
      optimizer.step();
      return l;
    });
    await losses.read();
    return device.statistics().inUse;
  };
  await stepOnce(); // what the device keeps for good
  await device.sync();
  await collectGarbage();
  const before = device.statistics().inUse;
  assert.ok((await stepOnce()) > before);
  await device.sync();
  await collectGarbage();
  assert.is(device.statistics().inUse, before);
});

test.run();

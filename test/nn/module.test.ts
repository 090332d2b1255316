/** Modules: state dicts, initial values, modes. */
import * as assert from 'uvu/assert';
import { ModelError, UsageError } from '../../src/device/errors.js';
import { Conv2d, Dropout, Linear, ReLU, Sequential } from '../../src/nn/index.js';
import { LeNet5 } from '../../src/nn/models/lenet5.js';
import { DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { Module, type AnyModule } from '../../src/nn/module.js';
import {
  encodeSafetensors,
  fromFloat32,
  parseSafetensors,
  toFloat32,
  type RawTensor,
} from '../../src/nn/state/safetensors.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { full, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('module');

/** A module of every kind of child: a property, a list, a Sequential. */
class Nested extends Module {
  readonly stem = new Linear(3, 2, { bias: false });
  readonly blocks = [new Linear(2, 2), new Linear(2, 2)];
  readonly head = new Sequential(new ReLU(), new Conv2d(4, 6, [3, 1], { groups: 2 }));

  forward(x: Tensor): Tensor {
    return x;
  }
}

async function bytesOf(model: Module): Promise<Buffer> {
  return Buffer.from(encodeSafetensors(await model.stateDict()));
}

test('keys are paths of property names, as PyTorch has them', () => {
  const shapes = [...new Nested().namedParameters()].map(([key, p]) => [key, p.shape]);
  assert.equal(shapes, [
    ['stem.weight', [2, 3]],
    ['blocks.0.weight', [2, 2]],
    ['blocks.0.bias', [2]],
    ['blocks.1.weight', [2, 2]],
    ['blocks.1.bias', [2]],
    ['head.1.weight', [6, 2, 3, 1]],
    ['head.1.bias', [6]],
  ]);
  assert.is(new Nested().parameterCount(), 6 + 6 + 6 + 36 + 6);
});

test('initial values are uniform in ±1 / sqrt(fan-in)', async () => {
  const device = await testDevice();
  const state = await new LeNet5(DEFAULT_INPUT).to(device, { seed: 3 }).stateDict();
  for (const [layer, fanIn] of Object.entries({ conv1: 25, conv2: 150, fc1: 400, fc2: 120, fc3: 84 })) {
    const bound = Math.fround(1 / Math.sqrt(fanIn));
    for (const key of [`${layer}.weight`, `${layer}.bias`]) {
      const values = toFloat32(state.get(key) as RawTensor, key, '');
      const [low, high] = [Math.min(...values), Math.max(...values)];
      assert.ok(low >= -bound && high <= bound, `${key}: ${low} to ${high}, bound ${bound}`);
      if (values.length < 100) continue;
      assert.ok(low < -0.9 * bound && high > 0.9 * bound, `${key} fills its range: ${low} to ${high}, bound ${bound}`);
      const mean = values.reduce((s, v) => s + v, 0) / values.length;
      // 4 standard errors
      assert.ok(Math.abs(mean) < (4 * bound) / Math.sqrt(3 * values.length), `${key}: mean ${mean}`);
    }
  }
});

test('the same seed gives the same bytes, another one others; layers differ', async () => {
  const device = await testDevice();
  const make = async (seed: number): Promise<Buffer> => bytesOf(new LeNet5(DEFAULT_INPUT).to(device, { seed }));
  const first = await make(7);
  assert.ok(first.equals(await make(7)));
  assert.not(first.equals(await make(8)));
  assert.not(first.equals(await make(7 + 2 ** 32)), 'the upper word of the seed counts');
  const state = await new Nested().to(device, { seed: 0 }).stateDict();
  assert.not.equal(state.get('blocks.0.weight'), state.get('blocks.1.weight'));
});

test('a state dict goes through safetensors and back, bit for bit', async () => {
  const device = await testDevice();
  const source = new LeNet5(DEFAULT_INPUT).to(device, { seed: 1 });
  const file = await bytesOf(source);
  const target = new LeNet5(DEFAULT_INPUT).to(device, { seed: 2 });
  target.loadStateDict(parseSafetensors(file, 'file').tensors, 'file');
  assert.ok(file.equals(await bytesOf(target)));
  assert.equal(
    [...(await source.stateDict()).keys()],
    [...source.namedParameters()].map(([key]) => key),
  );
});

test('loadStateDict refuses keys that are missing, unexpected or of another shape, and changes nothing', async () => {
  const device = await testDevice();
  const model = new Sequential(new Linear(3, 2), new Linear(2, 1)).to(device, { seed: 5 });
  const before = await bytesOf(model);
  const good = await model.stateDict();
  const other = (key: string, t: RawTensor | null): Map<string, RawTensor> => {
    const state = new Map(
      [...good].map(([name, raw]) => [name, fromFloat32(new Float32Array(toFloat32(raw, name, '').length), raw.shape)]),
    );
    if (t === null) state.delete(key);
    else state.set(key, t);
    return state;
  };
  const cases: [Map<string, RawTensor>, RegExp][] = [
    [other('1.bias', null), /^f\.safetensors does not belong to this model: missing 1\.bias$/],
    [other('2.weight', fromFloat32(new Float32Array(1), [1])), /unexpected 2\.weight$/],
    [
      other('0.weight', fromFloat32(new Float32Array(6), [3, 2])),
      /0\.weight is \(3, 2\) in the file, \(2, 3\) in the model$/,
    ],
    [
      other('0.bias', fromFloat32(new Float32Array(2), [2, 1])),
      /0\.bias is \(2, 1\) in the file, \(2,\) in the model$/,
    ],
    [new Map(), /missing 0\.weight, 0\.bias, 1\.weight, 1\.bias$/],
    [other('1.bias', { dtype: 'C64', shape: [1], data: new Uint8Array(8) }), /1\.bias/],
  ];
  for (const [state, message] of cases) {
    assert.throws(
      () => model.loadStateDict(state, 'f.safetensors'),
      (e: unknown) => e instanceof ModelError && e.exitCode === 7 && message.test(e.message),
    );
    assert.ok(before.equals(await bytesOf(model)), `unchanged after ${String(message)}`);
  }
});

test('a model on no device says so', async () => {
  const model = new Sequential(new Linear(3, 2));
  assert.throws(
    () => model.memory,
    (e: unknown) => e instanceof UsageError && /no device/.test(e.message),
  );
  assert.throws(() => [...model.namedParameters()][0][1].value, /no device/);
});

test('dropout: off in eval, scaled and random while training, another mask each step', async () => {
  const device = await testDevice();
  manualSeed(device, 0);
  const model = new Sequential(new Dropout(0.25));
  const x = full(device, [4000], 3);
  const run = async (): Promise<Float32Array> => {
    const y = device.step(() => model.forward(x));
    return (await y.read()) as Float32Array;
  };
  model.eval();
  assert.ok((await run()).every((v) => v === 3));
  model.train();
  const [a, b] = [await run(), await run()];
  for (const y of [a, b]) {
    const zeros = y.filter((v) => v === 0).length;
    assert.ok(
      y.every((v) => v === 0 || v === 4),
      'kept ones are divided by 1 - p',
    );
    assert.ok(Math.abs(zeros / y.length - 0.25) < 0.03, `${zeros} of ${y.length} dropped`);
  }
  assert.not.equal(a, b);
  assert.throws(() => new Sequential(new Dropout(1)).forward(x), /p = 1/);
});

test('train and eval reach every module', () => {
  const model = new Sequential(new Dropout(), new Sequential(new Dropout()));
  const modes = (m: AnyModule): boolean[] => [m.training, ...[...m.children()].flatMap(([, child]) => modes(child))];
  assert.equal(modes(model.eval()), [false, false, false, false]);
  assert.equal(modes(model.train()), [true, true, true, true]);
});

test.run();

/** Networks in evaluation mode, captured, their batch norms in their convolutions. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { FoldedNorms } from '../../src/autograd/folding.js';
import * as F from '../../src/autograd/ops/index.js';
import { expectClose } from '../../src/cases/close.js';
import type { Device } from '../../src/device/device.js';
import { unary } from '../../src/kernels/elementwise/unary.js';
import { foldBatchNorm_ } from '../../src/kernels/norm/fold_batch_norm.js';
import { BatchNorm2d, captureInference, modelSpec, MODELS } from '../../src/nn/index.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { input, Odd, plain, unsettle } from './inference_models.js';
import { narrow } from '../../bench/shared/narrow.js';
import { noise } from './noise.js';
import { modelsTried } from './same_blocks.js';

const test = gpuSuite('captured inference');

const INPUTS = JSON.parse(
  readFileSync(new URL('../../../test/golden/numbers/architectures.json', import.meta.url), 'utf8'),
) as { readonly models: readonly { readonly name: string; readonly input: readonly [number, number, number] }[] };

/**
 * Batch norms that are behind no convolution: a dense layer's first normalises what was concatenated, that of a block
 * of a wide residual network (of all but the first block) and the last one what was added up.
 */
const NOT_BEHIND_CONVOLUTIONS: Readonly<Record<string, number>> = { densenet121: 58 + 3 + 1, wrn16_4: 6, wrn28_10: 12 };

for (const { name, input: size } of modelsTried('captured inference', INPUTS.models))
  test(`${name}: folded, the logits are the same within rounding, and no batch norm behind a convolution is left`, async () => {
    const device = await testDevice();
    const [channels, height, width] = size;
    const model = modelSpec(name).build({ channels, height, width, classes: 10 });
    narrow(model);
    model.to(device, { seed: 3 }).eval();
    unsettle(device, model);
    const x = input(device, [2, ...size]);
    const expected = await plain(device, model, x).read();
    const infer = captureInference(device, (fold, images: Tensor) => fold(() => model.forward(images)));
    const logits = infer(x);
    for (const label of ['recorded', 'replayed']) {
      const got = await (label === 'recorded' ? logits : infer(x)).read();
      expectClose({ op: name, argument: 'logits', got, expected, pair: 'GPU with GPU', label });
    }
    infer.release();
    const norms = new FoldedNorms();
    const run = (): void => void device.step(() => norms.run(() => model.forward(x)));
    run();
    const all = [...model.namedModules()].filter(([, m]) => m instanceof BatchNorm2d).length;
    const left = NOT_BEHIND_CONVOLUTIONS[name] ?? 0;
    assert.is(norms.count, all - left);
    if (device.features.has('timestamp-query')) {
      const kernels = await device.profile(run);
      const calls = kernels.filter((k) => /batch_norm/.test(k.label)).map((k) => k.calls);
      assert.is(
        calls.reduce((n, c) => n + c, 0),
        left,
      );
    }
    norms.release();
    model.release();
  });

test('all models are in that list', () =>
  assert.equal(INPUTS.models.map((m) => m.name).sort(), MODELS.map((m) => m.name).sort()));

const ODD: Readonly<Record<string, readonly [count: number, () => Odd]>> = {
  'a bias in the convolution': [1, () => new Odd((h, bn) => bn(h))],
  'a stride, and weights that are per channel only': [1, () => new Odd((h, bn) => bn(h), { stride: 2, bias: false })],
  'no affine parameters': [1, () => new Odd((h, bn) => bn(h), {}, { affine: false })],
  'no running statistics': [0, () => new Odd((h, bn) => bn(h), {}, { trackRunningStats: false })],
  'the output is used twice': [1, () => new Odd((h, bn) => F.add(bn(h), h))],
  'it is used before the norm': [1, () => new Odd((h, bn) => F.add(F.relu(h), bn(h)))],
  'it is normalised twice': [1, () => new Odd((h, bn) => F.add(bn(h), F.relu(bn(h))))],
  'the norm comes later': [0, () => new Odd((h, bn) => bn(F.relu(h)))],
  'an activation of the convolution’s own': [0, () => new Odd((h, bn) => bn(h), { activation: 'relu' })],
  'nothing follows': [0, () => new Odd((h) => h)],
  'a kernel of its own reads it': [0, () => new Odd((h, bn) => bn(unary('relu', h, [0, 0])))],
};

for (const [label, [count, make]] of Object.entries(ODD))
  test(`any network: ${label}`, async () => {
    const device = await testDevice();
    const model = make().to(device, { seed: 1 }).eval();
    unsettle(device, model);
    const x = input(device, [2, 3, 9, 7]);
    const expected = await plain(device, model, x).read();
    const norms = new FoldedNorms();
    for (const run of [1, 2]) {
      const y = device.step(() => norms.run(() => model.forward(x)));
      expectClose({
        op: label,
        argument: 'y',
        got: await y.read(),
        expected,
        pair: 'GPU with GPU',
        label: `run ${run}`,
      });
    }
    assert.is(norms.count, count);
    norms.release();
  });

test('results in arrays and records are whole', async () => {
  const device = await testDevice();
  const model = new Odd((h) => h).to(device, { seed: 1 }).eval();
  const x = input(device, [1, 3, 5, 5]);
  const expected = await plain(device, model, x).read();
  const infer = captureInference(device, (fold, images: Tensor) =>
    fold(() => ({ list: [model.forward(images)], one: model.forward(images) })),
  );
  const { list, one } = infer(x);
  assert.equal(await list[0].read(), expected);
  assert.equal(await one.read(), expected);
  infer.release();
});

test('a model that trains is not folded, and an error of its own is what it was', async () => {
  const device = await testDevice();
  const model = new Odd((h, bn) => bn(h)).to(device, { seed: 1 });
  const x = input(device, [2, 3, 9, 7]);
  const norms = new FoldedNorms();
  const before = await (model.bn.running_mean as NonNullable<typeof model.bn.running_mean>).value.read();
  device.step(() => norms.run(() => void model.forward(x)));
  assert.is(norms.count, 0);
  assert.not.equal(await (model.bn.running_mean as NonNullable<typeof model.bn.running_mean>).value.read(), before);
  model.eval();
  assert.throws(() => device.step(() => norms.run(() => model.forward(input(device, [2, 4, 9, 7])))), /\[conv2d\]/);
  norms.release();
});

test('weights that have changed are folded anew, into the memory that captured calls read', async () => {
  const device = await testDevice();
  const model = modelSpec('resnet20').build({ channels: 3, height: 16, width: 16, classes: 10 });
  model.to(device, { seed: 3 }).eval();
  const infer = captureInference(device, (fold, images: Tensor) => fold(() => model.forward(images)));
  const x = input(device, [2, 3, 16, 16]);
  const first = await infer(x).read();
  unsettle(device, model);
  assert.equal(await infer(x).read(), first, 'nobody said so');
  infer.weightsChanged();
  const expected = await plain(device, model, x).read();
  assert.not.equal(expected, first);
  expectClose({
    op: 'resnet20',
    argument: 'logits',
    got: await infer(x).read(),
    expected,
    pair: 'GPU with GPU',
    label: 'changed',
  });
  const state = await model.stateDict();
  assert.is([...state.keys()].length, [...model.namedState()].length, 'what is folded is in no state dict');
  infer.release();
});

test('NaN and infinities are kept', async () => {
  const device = await testDevice();
  const model = new Odd((h, bn) => bn(h)).to(device, { seed: 1 }).eval();
  unsettle(device, model);
  const put = (t: Tensor | undefined, i: number, value: number): void => {
    if (t) device.write(t.storage, Float32Array.of(value), t.byteOffset + 4 * i);
  };
  put(model.bn.running_var?.value, 1, NaN);
  put(model.bn.running_var?.value, 2, Infinity);
  put(model.bn.running_mean?.value, 3, -Infinity);
  put(model.bn.weight?.value, 4, NaN);
  put(model.bn.bias?.value, 5, Infinity);
  const numbers = noise(3 * 36, 0);
  [numbers[40], numbers[90]] = [NaN, Infinity];
  const x = tensor(device, numbers, { shape: [1, 3, 6, 6] });
  const expected = await plain(device, model, x).read();
  const norms = new FoldedNorms();
  const got = await device.step(() => norms.run(() => model.forward(x))).read();
  const kinds = (values: ArrayLike<number>): string[] =>
    Array.from(values, (v) => (Number.isFinite(v) ? 'finite' : String(v)));
  assert.equal(kinds(got), kinds(expected));
  assert.ok(kinds(got).includes('NaN') && kinds(got).includes('finite') && kinds(got).includes('Infinity'));
  norms.release();
});

test('halves are folded too', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  const model = modelSpec('resnet20').build({ channels: 3, height: 16, width: 16, classes: 10 });
  model.to(device, { seed: 3 }).eval();
  unsettle(device, model);
  const x = input(device, [2, 3, 16, 16]);
  const expected = await plain(device, model, x).read();
  const norms = new FoldedNorms();
  const got = await device
    .step(() =>
      norms.run(() =>
        F.cast(
          autocast(() => model.forward(x)),
          'f32',
        ),
      ),
    )
    .read();
  assert.ok(norms.count > 0);
  expectClose({
    op: 'resnet20',
    argument: 'logits',
    got,
    expected,
    tolerance: 2e-2,
    pair: 'GPU with GPU',
    label: 'f16',
  });
  norms.release();
});

test('folded parameters are those of loops, also of weights larger than a binding', async () => {
  const [O, K, eps] = [24, 64 * 9, 1e-3];
  const run = async (device: Device): Promise<number[][]> => {
    const [convBias, mean, weight, bias] = [1, 2, 3, 4].map((stream) => input(device, [O], stream));
    const variance = tensor(
      device,
      noise(O, 5).map((v) => v + 1.5),
    );
    const w = input(device, [O, 64, 3, 3], 6);
    const into = { w: zeros(device, [O, 64, 3, 3]), b: zeros(device, [O]) };
    foldBatchNorm_(into, w, convBias, { mean, variance, weight, bias, eps });
    return [[...(await into.w.read())], [...(await into.b.read())]];
  };
  const [convBias, mean, weight, bias, v, w] = [1, 2, 3, 4, 5, 6].map((stream) =>
    noise(stream === 6 ? O * K : O, stream),
  );
  const scale = [...weight].map((a, o) => a / Math.sqrt(v[o] + 1.5 + eps));
  const expected = [
    [...w].map((x, i) => x * scale[Math.floor(i / K)]),
    [...bias].map((b, o) => b + (convBias[o] - mean[o]) * scale[o]),
  ];
  for (const got of [await run(await testDevice()), await withDevice({ maxBindingBytes: 8192 }, run)])
    for (const [i, argument] of ['w', 'b'].entries())
      expectClose({
        op: 'fold_batch_norm',
        argument,
        got: got[i],
        expected: expected[i],
        tolerance: 1e-6,
        pair: 'GPU with CPU',
        label: 'all',
      });
});

test.run();

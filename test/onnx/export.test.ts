/** Networks as ONNX files: every model of the zoo, read back by Weft and run by ONNX Runtime. */
import * as assert from 'uvu/assert';
import { apply, defineOp, noGrad, noGradient } from '../../src/autograd/graph.js';
import { add, cat, flatten, mul } from '../../src/autograd/ops/index.js';
import { verify } from '../../src/cli/export/runtime.js';
import { UsageError } from '../../src/device/errors.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { rand } from '../../src/kernels/random/random.js';
import { useCosines } from '../../src/nn/vector_head.js';
import { headInput } from '../../src/nn/head_input.js';
import { Linear } from '../../src/nn/layers.js';
import { models, modelSpec } from '../../src/nn/models/registry.js';
import { Module } from '../../src/nn/module.js';
import { exportOnnx, readOnnxModel } from '../../src/onnx/index.js';
import { parseOnnx } from '../../src/onnx/parse_onnx.js';
import { ROWS_OF_OPS } from '../../src/onnx/table.js';
import { trace } from '../../src/onnx/trace.js';
import { full, tensor, type HostArray, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { noise } from '../nn/noise.js';
import { runtimeOr } from './runtime.js';

const test = gpuSuite('onnx: export');
const runtime = await runtimeOr('onnx: the logits of every model');

/** Larger ones are traced only: a file of half a gigabyte takes a test too long. */
const MOST_PARAMETERS = 30e6;
const [MEAN, STD] = [0.4, 0.25];

const run = async (device: Awaited<ReturnType<typeof testDevice>>, body: () => Tensor): Promise<HostArray> =>
  device.step(() => noGrad(body)).read();

for (const { name, minimumSize, input } of models()) {
  test(`${name}: logits as Weft's, in ONNX Runtime and read back`, async () => {
    const device = await testDevice();
    const side = Math.max(minimumSize, Math.min(input.height, 64));
    const own = { ...input, height: side, width: side, classes: 7 };
    const built = modelSpec(name).build(own);
    if (built.parameterCount() > MOST_PARAMETERS) {
      const shape = [own.channels, side, side];
      const { ops } = trace(built.to(shapesOnlyDevice()), [{ name: 'x', shape }], ([x]) => ({ y: built.forward(x) }));
      assert.ok(ops.length > 10 && ops.every((op) => op.name in ROWS_OF_OPS));
      return;
    }
    const model = built.to(device, { seed: 1 }).eval();
    for (const [key, { value }] of model.namedParameters())
      // some begin with zeros
      if (key === `${modelSpec(name).head}.weight`) value.write(noise(value.size, 9, 0.1));
    const each = (v: number): number[] => new Array<number>(own.channels).fill(v);
    const normalization = { mean: each(MEAN), std: each(STD) };
    const file = await exportOnnx(model, { input: own, normalization });
    const read = readOnnxModel(file, `${name}.onnx`);
    assert.equal(read.input, own);
    assert.is(read.head, modelSpec(name).head);
    assert.equal(
      read.normalization?.mean.map((v) => v.toFixed(4)),
      normalization.mean.map((v) => v.toFixed(4)),
    );
    const back = read.build(read.input).to(device, { seed: 2 }).eval();
    assert.equal([...back.namedState()].map(([key]) => key).sort(), [...model.namedState()].map(([key]) => key).sort());
    for (const N of [1, 3]) {
      const pixels = noise(N * own.channels * side * side, 5).map((v) => (v + 1) / 2);
      const x = tensor(
        device,
        pixels.map((v) => (v - MEAN) / STD),
        { shape: [N, own.channels, side, side] },
      );
      const logits = await run(device, () => model.forward(x));
      const again = await run(device, () => back.forward(x));
      // most are the same bits; what ONNX writes in several nodes (silu) rounds otherwise
      const scale = Math.max(...[...logits].map((v) => Math.abs(v)));
      const worst = Math.max(...[...logits].map((v, i) => Math.abs(v - again[i])));
      assert.ok(scale > 0 && worst <= 1e-5 * scale, `${worst} of ${scale}`);
      const feeds = { input: { data: pixels, dims: x.shape } };
      if (runtime !== null) await verify(runtime, file, [{ feeds, expected: { logits } }], 'f32');
    }
    for (const m of [model, back]) m.release();
  });
}

test('weights as f16 take half the bytes, and the logits stay near', async () => {
  const device = await testDevice();
  const { build, input } = modelSpec('convbn');
  const model = build(input).to(device, { seed: 1 }).eval();
  const [whole, half] = [await exportOnnx(model, { input }), await exportOnnx(model, { input, precision: 'f16' })];
  assert.ok(half.length < 0.55 * whole.length, `${half.length} of ${whole.length} bytes`);
  const back = readOnnxModel(half, 'half.onnx').build(input).to(device).eval();
  const x = rand(device, [2, 1, 28, 28]);
  const [a, b] = [[...(await run(device, () => model.forward(x)))], await run(device, () => back.forward(x))];
  const scale = Math.max(...a.map((v) => Math.abs(v)));
  const worst = Math.max(...a.map((v, i) => Math.abs(v - b[i])));
  assert.ok(worst > 0 && worst < 0.01 * scale, `${worst} of ${scale}`);
  for (const m of [model, back]) m.release();
});

test('cosines and features: the head of ArcFace, and what reaches it', async () => {
  const device = await testDevice();
  const { build, input, head } = modelSpec('lenet5');
  const model = useCosines(build(input), head, 30).to(device, { seed: 1 }).eval();
  const file = await exportOnnx(model, { input, features: head, classes: ['a', 'b"'], metadata: { more: 'ü' } });
  const { graph, metadata } = parseOnnx(file, 'x.onnx');
  assert.equal(
    graph.outputs.map(({ name, shape }) => [name, ...shape]),
    [
      ['logits', 'N', 10],
      ['features', 'N', 84],
    ],
  );
  assert.is(graph.nodes.filter(({ type }) => type === 'Conv').length, 2, 'one pass, not two');
  assert.equal([JSON.parse(metadata['classes']), metadata['more']], [['a', 'b"'], 'ü']);
  if (runtime !== null) {
    const pixels = rand(device, [3, 1, 28, 28]);
    const expected = {
      logits: await run(device, () => model.forward(pixels)),
      features: await run(device, () => headInput(model, head, pixels)),
    };
    const feeds = { input: { data: (await pixels.read()) as Float32Array, dims: pixels.shape } };
    await verify(runtime, file, [{ feeds, expected }], 'f32');
  }
  model.release();
});

const strange = defineOp<null, null>({
  name: 'test_onnx_strange',
  forward: ([x]) => ({ output: x, saved: null }),
  backward: noGradient,
});

class Strange extends Module {
  readonly fc = new Linear(4, 2);
  constructor(readonly what: 'op' | 'batch' | 'constants') {
    super();
  }
  forward(x: Tensor): Tensor {
    const y = this.fc.forward(x.size > 0 ? mul(x, 1) : x);
    if (this.what === 'op') return apply(strange, [y], null);
    if (this.what === 'batch') return x.shape[0] > 2 ? add(y, 1) : mul(y, 2);
    const { device } = this.fc.weight.value; // not that of x while it is traced
    return cat([add(y, full(device, [2], 0.5)), add(y, tensor(device, [1, 2]))], 1);
  }
}

const input = { channels: 1, height: 1, width: 4 };
const flat = (model: Module): Module => {
  const forward = model.forward.bind(model);
  model.forward = (x) => forward(flatten(x));
  return model;
};

test('an op without a row is named; so is a forward that depends on the batch', async () => {
  const device = await testDevice();
  for (const [what, expected] of [
    ['op', /op test_onnx_strange: it has no row/],
    ['batch', /does other things with three samples/],
  ] as const) {
    const model = flat(new Strange(what).to(device));
    const error = await exportOnnx(model, { input }).then(
      () => null,
      (e: unknown) => e,
    );
    assert.ok(error instanceof UsageError && expected.test(error.message), String(error));
    assert.ok(model.training, 'the network is as it was');
    model.release();
  }
});

test('numbers that the forward makes on the network’s own device are in the file', async () => {
  const device = await testDevice();
  for (const on of [device, shapesOnlyDevice()]) {
    const model = flat(new Strange('constants').to(on));
    const weights = await new Strange('constants').to(device, { seed: 3 }).stateDict();
    const file = await exportOnnx(model, { input, weights });
    const { graph } = parseOnnx(file, 'x.onnx');
    const numbers = [...graph.initializers.values()].flatMap((t) =>
      t.dtype === 'F32' ? [...new Float32Array(t.data.slice().buffer)] : [],
    );
    for (const v of [0.5, 1, 2]) assert.ok(numbers.includes(v), `${v}`);
  }
});

test('opsets that are not offered, and halves that would be infinite, are refused', async () => {
  const device = await testDevice();
  const model = flat(new Strange('constants').to(device, { seed: 1 }));
  const refused = (pattern: RegExp, options: object): Promise<void> =>
    exportOnnx(model, { input, ...options }).then(
      () => assert.unreachable(),
      (error: unknown) => assert.ok(error instanceof UsageError && pattern.test(error.message), String(error)),
    );
  await refused(/opset 12/, { opset: 12 });
  model.loadStateDict(new Map([...(await model.stateDict())].map(([k, t]) => [k, { ...t, data: t.data.fill(0x7e) }])));
  await refused(/fc.weight has numbers above 65504/, { precision: 'f16' });
  model.release();
});

test.run();

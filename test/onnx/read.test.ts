/** Networks of PyTorch's exporter, read from test/golden/onnx (make_onnx.py), and files that are refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { backward, noGrad } from '../../src/autograd/graph.js';
import { crossEntropy, softmax } from '../../src/autograd/ops/index.js';
import { ModelError, WeftError } from '../../src/device/errors.js';
import { buildModel, modelSpec, defineModel } from '../../src/nn/models/registry.js';
import { encodeOnnx, type OnnxFile, type OnnxNode } from '../../src/onnx/messages.js';
import { exportOnnx, readOnnxModel } from '../../src/onnx/index.js';
import { parseOnnx } from '../../src/onnx/parse_onnx.js';
import { Adam } from '../../src/optim/optim.js';
import { tensor } from '../../src/tensor/tensor.js';
import { loadPretrained, parsePretrained } from '../../src/train/pretrained.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { randomNumbers } from '../../src/cases/draw.js';
import { noise } from '../nn/noise.js';

const test = gpuSuite('onnx: read');
const FOLDER = join(process.cwd(), 'test', 'golden', 'onnx');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, `${name}.onnx`)));
const { batch, logits } = JSON.parse(readFileSync(join(FOLDER, 'logits.json'), 'utf8')) as {
  batch: number;
  logits: Record<string, number[]>;
};

for (const [name, expected] of Object.entries(logits)) {
  test(`${name}: PyTorch's logits`, async () => {
    const device = await testDevice();
    const { input, build } = readOnnxModel(bytesOf(name), `${name}.onnx`);
    const { channels, height, width, classes } = input;
    assert.is(classes, 5);
    const model = build(input).to(device).eval();
    const x = tensor(device, noise(batch * channels * height * width, 0), { shape: [batch, channels, height, width] });
    // its file ends in a softmax, which is left out: a classifier of Weft's gives logits
    const y = await device
      .step(() => noGrad(() => (name === 'lstm' ? softmax(model.forward(x)) : model.forward(x))))
      .read();
    expected.forEach((v, i) => assert.ok(Math.abs(v - y[i]) < 3e-6, `[${i}] ${y[i]} instead of ${v}`));
    model.release();
  });

  test(`${name}: is trained on, for other classes`, async () => {
    const device = await testDevice();
    const { input, build, head } = readOnnxModel(bytesOf(name), `${name}.onnx`);
    const model = build({ ...input, classes: 3 }).to(device, { seed: 1 });
    assert.is([...model.namedParameters()].find(([key]) => key === `${head}.weight`)?.[1].shape[0], 3);
    const before = await model.stateDict();
    const { channels, height, width } = input;
    const x = tensor(device, noise(6 * channels * height * width, 1), { shape: [6, channels, height, width] });
    const label = tensor(device, Uint32Array.of(0, 1, 2, 0, 1, 2));
    const optimizer = new Adam(model, { lr: 0.02 });
    const losses: number[] = [];
    for (let i = 0; i < 12; i++) {
      const loss = device.step(() => {
        optimizer.zeroGrad();
        const l = crossEntropy(model.forward(x), label);
        backward(l);
        optimizer.step();
        return l;
      });
      losses.push(await loss.item());
    }
    assert.ok(losses[11] < 0.9 * losses[0], losses.join(', '));
    const after = await model.stateDict();
    for (const [key, { data }] of before)
      if (!/num_batches/.test(key) && [...model.namedParameters()].some(([k]) => k === key))
        assert.not.equal([...(after.get(key)?.data ?? [])], [...data], key);
    const moved = [...before].filter(([key, t]) => key.endsWith('running_mean') && !same(after.get(key)?.data, t.data));
    assert.is(moved.length > 0, name === 'resnet' || name === 'mobilenet', 'statistics move where there are any');
    model.release();
  });
}

const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.from(a).equals(b);

test('a file’s network is entered into the list of models', () => {
  const read = readOnnxModel(bytesOf('resnet'), 'some/where/my resnet.onnx');
  assert.is(read.name, 'my_resnet');
  const spec = defineModel({ ...read, name: 'test_onnx_resnet' });
  assert.is(spec.head, 'fc');
  const model = buildModel('test_onnx_resnet', { ...read.input, classes: 9 });
  const keys = [...model.namedState()].map(([key]) => key);
  for (const key of ['conv1.weight', 'layer2.0.downsample.1.running_var', 'fc.bias'])
    assert.ok(keys.includes(key), key);
  assert.throws(() => buildModel('test_onnx_resnet', { ...read.input, channels: 1 }), /images of 3 channels/);
});

test('weights by name: an exported network into one of other classes', async () => {
  const device = await testDevice();
  const { build, input, head } = modelSpec('resnet20');
  const model = build(input).to(device, { seed: 1 });
  const file = parsePretrained(await exportOnnx(model, { input }), 'resnet20.onnx');
  const other = build({ ...input, classes: 4 }).to(device, { seed: 2 });
  const { missing } = loadPretrained(other, head, file);
  assert.equal(missing, ['fc.weight', 'fc.bias']);
  const [a, b] = [await model.stateDict(), await other.stateDict()];
  for (const [key, { data }] of a) if (!key.startsWith('fc.')) assert.ok(same(b.get(key)?.data, data), key);
  for (const m of [model, other]) m.release();
});

/** A network of one node: x (N, 1, 2, 2) -> y. */
function tiny(node: Partial<OnnxNode>, about: Partial<OnnxFile> = {}): Uint8Array {
  const made = { name: 'the_node', type: 'Relu', domain: '', inputs: ['x'], outputs: ['y'], attributes: {}, ...node };
  return encodeOnnx({
    opset: 17,
    producer: 'a test',
    metadata: {},
    graph: {
      nodes: [made],
      initializers: new Map(),
      inputs: [{ name: 'x', dtype: 'F32', shape: ['N', 1, 2, 2] }],
      outputs: [{ name: 'y', dtype: 'F32', shape: ['N', 4] }],
    },
    ...about,
  });
}

const refusal = (bytes: Uint8Array): string => {
  try {
    readOnnxModel(bytes, 'f.onnx');
  } catch (error) {
    assert.ok(error instanceof ModelError, String(error));
    return error.message;
  }
  return 'none';
};

test('what Weft does not read is named, with its node', () => {
  assert.match(refusal(tiny({ type: 'NonMaxSuppression' })), /f.onnx: .*NonMaxSuppression \(the_node\)/);
  assert.match(refusal(tiny({ type: 'Relu', domain: 'com.microsoft' })), /com.microsoft.Relu \(the_node\)/);
  assert.match(refusal(tiny({})), /none/);
  assert.match(refusal(new TextEncoder().encode('{"not": "onnx"}')), /f.onnx: /);
  const { graph } = parseOnnx(tiny({}), 'x');
  assert.match(refusal(tiny({}, { graph: { ...graph, inputs: [...graph.inputs, ...graph.inputs] } })), /2 inputs/);
  const vector = { ...graph.inputs[0], shape: ['N', 4] };
  assert.match(refusal(tiny({}, { graph: { ...graph, inputs: [vector] } })), /no batch of images/);
});

test('weights in other files are refused by name', () => {
  // field 13 of a tensor (external data) with an entry, inside field 5 of the graph (7)
  const name = [0x42, 1, 0x77]; // name: "w"
  const entry = [0x6a, 4, 0x0a, 2, 0x61, 0x62];
  const body = [0x10, 1, ...name, ...entry, 0x70, 1];
  const graph = [0x2a, body.length, ...body];
  const file = Uint8Array.from([0x42, 2, 0x10, 17, 0x3a, graph.length, ...graph]);
  assert.match(refusal(file), /the numbers of "w" lie in another file/);
});

test('a file cut off anywhere, or with any byte changed, is read or refused', () => {
  const whole = bytesOf('lstm');
  for (let end = 0; end < whole.length; end += 5) assert.not.match(refusal(whole.subarray(0, end)), /^none$/);
  const random = randomNumbers(7);
  let refused = 0;
  for (const name of ['lstm', 'odds', 'resnet'])
    for (let i = 0; i < 400; i++) {
      const bytes = bytesOf(name);
      for (let k = 0; k <= i % 3; k++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        readOnnxModel(bytes, 'f.onnx');
      } catch (error) {
        if (!(error instanceof WeftError)) throw error;
        refused++;
      }
    }
  assert.ok(refused > 20, `${refused} of 1200`);
});

test.run();

/** A real network: SqueezeNet 1.1 with the weights trained on ImageNet gives the logits that its reference gives. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { noGrad } from '../../src/autograd/graph.js';
import { SqueezeNet } from '../../src/nn/models/squeezenet.js';
import { parseSafetensors, toFloat32, type RawTensor } from '../../src/nn/state/safetensors.js';
import { tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { testWithData } from '../support/harness.js';

const test = gpuSuite('squeezenet');
const INPUT = { channels: 3, height: 224, width: 224, classes: 1000 };

test('has the published number of parameters', () => {
  assert.is(new SqueezeNet(INPUT).parameterCount(), 1_235_496);
});

testWithData(test, 'SqueezeNet 1.1 reproduces its reference', 'pretrained', async (folder) => {
  const device = await testDevice();
  const read = (name: string): ReadonlyMap<string, RawTensor> =>
    parseSafetensors(new Uint8Array(readFileSync(join(folder, name))), name).tensors;
  const model = new SqueezeNet(INPUT).to(device).eval();
  model.loadStateDict(read('squeezenet1_1.safetensors'), 'squeezenet1_1.safetensors');
  const vectors = read('squeezenet1_1_vectors.safetensors');
  const numbers = (name: string): Float32Array<ArrayBuffer> =>
    toFloat32(vectors.get(name) as RawTensor, name, 'vectors');
  const expected = numbers('output_0');
  const x = tensor(device, numbers('input_0'), { shape: vectors.get('input_0')?.shape ?? [] });
  const logits = device.step(() => noGrad(() => model.forward(x)));
  const got = (await logits.read()) as Float32Array;
  assert.is(got.length, expected.length);
  const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const error = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - got[i])), 0) / largest;
  assert.ok(error < 1e-3, `largest error ${error} of the largest logit`);
  const top5 = (v: Float32Array): number[] =>
    Array.from(v.keys())
      .sort((a, b) => v[b] - v[a])
      .slice(0, 5);
  assert.equal(top5(got), top5(expected));
  if (process.env['WEFT_OP_TABLE'] !== undefined)
    console.log(`squeezenet: largest error ${error.toExponential(2)} of the largest logit`);
});

test.run();

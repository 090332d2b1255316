/** The ONNX file that ONNX Runtime is given in the comparison; bench/peers/ort.mjs checks what comes of it. */
import * as assert from 'uvu/assert';
import { INFERENCE } from '../../bench/compare/inference.js';
import { onnxOf } from '../../bench/compare/onnx.js';
import { modelSpec } from '../../src/nn/index.js';
import { zeros } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('onnx');

for (const name of new Set(INFERENCE.map((w) => w.model)))
  test(`${name}: a file with all its weights`, async () => {
    const device = await testDevice();
    const { build, minimumSize, input } = modelSpec(name);
    const side = Math.max(minimumSize, 33);
    const model = build({ ...input, height: side, width: side })
      .to(device, { seed: 1 })
      .eval();
    const file = await onnxOf(model, zeros(device, [2, input.channels, side, side]));
    assert.equal([...file.subarray(0, 2)], [8, 8], 'field 1, ir_version 8');
    const bytes = 4 * model.parameterCount();
    assert.ok(file.length > bytes && file.length < 1.1 * bytes + 65536, `${file.length} bytes, weights ${bytes}`);
    model.release();
  });

test('an op that it does not know is refused', async () => {
  const device = await testDevice();
  const model = modelSpec('lstm').build({ channels: 1, height: 28, width: 28, classes: 10 }).to(device).eval();
  await onnxOf(model, zeros(device, [1, 1, 28, 28])).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /no ONNX for/),
  );
  model.release();
});

test.run();

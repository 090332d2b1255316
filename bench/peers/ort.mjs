/**
 * ONNX Runtime, its WebAssembly build, which runs networks but trains none: `node ort.mjs THREADS WORKLOAD BUDGET_MS`.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inferenceOf, INFERENCE } from '../../dist/bench/compare/inference.js';
import { contend, measure } from '../../dist/bench/compare/measure.js';
import { noGrad } from '../../dist/src/autograd/graph.js';
import { Device } from '../../dist/src/device/device.js';
import { exportOnnx } from '../../dist/src/onnx/index.js';

const require = createRequire(import.meta.url);

/** Of the largest logit. */
const TOLERANCE = 1e-3;

await contend(async () => {
  const [threads, name, budget] = process.argv.slice(2);
  if (!INFERENCE.some((w) => w.name === name)) throw new Error('it trains nothing');
  const device = await Device.create();
  const { model, x } = inferenceOf(device, name);
  const [, channels, height, width] = x.shape;
  const file = await exportOnnx(model, { input: { channels, height, width } });
  const expected = await device.step(() => noGrad(() => model.forward(x))).read();
  const images = await x.read();
  device.destroy();

  const ort = require('onnxruntime-web');
  ort.env.wasm.numThreads = Number(threads);
  ort.env.wasm.proxy = false;
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const feeds = { input: new ort.Tensor('float32', images, x.shape) };
  const run = async () => Object.values(await session.run(feeds))[0].data;
  const { version } = JSON.parse(
    readFileSync(new URL('node_modules/onnxruntime-web/package.json', import.meta.url), 'utf8'),
  );
  const step = async () => {
    await run();
    return null;
  };
  const result = await measure(step, Number(budget), { version });
  const logits = await run();
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  if (!expected.every((v, i) => Math.abs(v - logits[i]) <= TOLERANCE * largest))
    throw new Error('its logits are not those of Weft');
  return result;
});

/** TensorFlow.js as a contender: `node tfjs.mjs webgpu|wasm WORKLOAD BUDGET_MS`. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { contend, measure } from '../../dist/bench/compare/measure.js';
import { provideWebGPU } from './gpu.mjs';
import { tfjsWorkloads } from './tfjs_workloads.mjs';

const require = createRequire(import.meta.url);

/** Loads the library with its backend; returns it and the adapter's name. */
async function open(backend) {
  const adapter = backend === 'webgpu' ? await provideWebGPU() : undefined;
  const tf = require('@tensorflow/tfjs');
  const loaded = require(`@tensorflow/tfjs-backend-${backend}`);
  if (backend === 'wasm') {
    loaded.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`);
    // its threaded build starts workers from blob: addresses, which Node refuses
    tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) throw new Error(`the backend is ${tf.getBackend()}`);
  return { tf, adapter };
}

await contend(async () => {
  const [backend, name, budget] = process.argv.slice(2);
  const { tf, adapter } = await open(backend);

  /** Waits until the tensors are computed, without reading them where the backend can; disposes of them. */
  const finish = async (tensors) => {
    if (backend === 'webgpu') {
      const gpu = tf.backend();
      gpu.endComputePassEncoder();
      gpu.submitQueue();
      await gpu.queue.onSubmittedWorkDone();
    } else for (const t of tensors) await t.data();
    for (const t of tensors) t.dispose();
    return null;
  };
  const prepare = tfjsWorkloads(tf, finish)[name];
  if (prepare === undefined) throw new Error(`no workload ${name}`);
  return measure(prepare(), Number(budget), { adapter, version: tf.version_core });
});

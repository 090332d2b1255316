/** jax-js as a contender: `node jaxjs.mjs webgpu|wasm WORKLOAD BUDGET_MS`. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { contend, measure } from '../../dist/bench/compare/measure.js';
import { provideWebGPU } from './gpu.mjs';
import { jaxjsWorkloads } from './jaxjs_workloads.mjs';

await contend(async () => {
  const [backend, name, budget] = process.argv.slice(2);
  let adapter;
  if (backend === 'webgpu') adapter = await provideWebGPU();
  else
    Object.defineProperty(globalThis, 'navigator', {
      value: { userAgent: 'node', hardwareConcurrency: availableParallelism() },
      configurable: true,
    });
  const jax = await import('@jax-js/jax');
  const opened = await jax.init(backend);
  if (!opened.includes(backend)) throw new Error(`the backends are ${opened}`);
  jax.defaultDevice(backend);
  const prepare = jaxjsWorkloads(jax)[name];
  if (prepare === undefined) throw new Error(`no workload ${name}`);
  const { version } = JSON.parse(
    readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'),
  );
  return measure(prepare(), Number(budget), { adapter, version });
});

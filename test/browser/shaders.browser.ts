/** The browser's own compiler takes every kernel: Tint in Chromium, naga in Firefox. */
import { writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { ALL_KERNELS, FEATURES_OF_KERNELS, featuresOf, MOST_BUFFERS, sourceOf } from '../support/all_kernels.js';
import { skipped, suite } from '../support/harness.js';
import { BROWSER, launch, NO_BROWSER, serveFolder } from './browsers.js';
import { at, cwd } from './trained_runs.js';

const test = suite('shaders in a browser');
let browser: Browser;

/** Opens a device on the page; returns those of the features that it has. */
const OPEN = `(async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const requiredFeatures = ${JSON.stringify(FEATURES_OF_KERNELS)}.filter((name) => adapter.features.has(name));
  const limit = Math.min(${MOST_BUFFERS}, adapter.limits.maxStorageBuffersPerShaderStage);
  const requiredLimits = { maxStorageBuffersPerShaderStage: limit };
  globalThis.device = await adapter.requestDevice({ requiredFeatures, requiredLimits });
  return requiredFeatures;
})()`;

/** What the browser says of a kernel; '' where it takes it. */
const compiled = (code: string, bindings: readonly string[]): string => `(async () => {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: ${JSON.stringify(code)} });
  const types = { read: 'read-only-storage', write: 'storage', params: 'uniform' };
  const entries = ${JSON.stringify(bindings)}.map((kind, binding) =>
    ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: types[kind] } }));
  const bindGroupLayouts = [device.createBindGroupLayout({ entries })];
  const layout = device.createPipelineLayout({ bindGroupLayouts });
  device.createComputePipeline({ layout, compute: { module, entryPoint: 'main' } });
  const [error, { messages }] = await Promise.all([device.popErrorScope(), module.getCompilationInfo()]);
  const wrong = messages.filter(({ type }) => type !== 'info').map(({ message }) => message);
  return [...wrong, error?.message ?? ''].join('\\n').trim();
})()`;

if (BROWSER === null) skipped.push(`shaders in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    browser = await launch(true);
  });
  test.after(async () => {
    await browser?.close();
  });

  test('every kernel whose features it has compiles, within the default limits', async () => {
    writeFileSync(at('empty.html'), '<title>Empty</title>'); // of this machine: WebGPU wants that
    const { url, end } = await serveFolder(cwd);
    const page = await browser.newPage();
    try {
      await page.goto(`${url}empty.html`);
      const features = await page.evaluate<string[]>(OPEN);
      const said: string[] = [];
      let taken = 0;
      for (const kernel of ALL_KERNELS) {
        const code = sourceOf(kernel);
        if (featuresOf(code).some((feature) => !features.includes(feature))) continue;
        const message = await page.evaluate<string>(compiled(code, kernel.bindings));
        if (message !== '') said.push(`${kernel.name}: ${message}`);
        taken++;
      }
      assert.equal(said, []);
      assert.ok(taken > 150, `only ${taken} of ${ALL_KERNELS.length}`);
    } finally {
      await page.close();
      end();
    }
  });
}

test.run();

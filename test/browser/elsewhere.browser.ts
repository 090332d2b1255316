/** The page where there is no WebGPU, and from a plain server, with the example of the library. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { ROOT } from '../architecture/source.js';
import { weft } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import { BROWSER, launch, NO_BROWSER, ready, screenshot, serve, serveFolder, visit, type Served } from './browsers.js';
import { at, cwd, expectSame, trainRuns } from './trained_runs.js';

const test = suite('page elsewhere');
let browser: Browser;
let grey: Served;

if (BROWSER === null) skipped.push(`page elsewhere (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, grey] = await Promise.all([launch(true), serve('grey', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await grey?.end();
  });

  test('without WebGPU: the page says so, and under weft serve the server computes', async () => {
    const plain = await launch(false);
    try {
      const { page } = await visit(plain, grey.url);
      await page.getByText(/^This browser (has no WebGPU|finds no GPU)/).waitFor();
      await ready(page);
      await expectSame(page, 'grey', at('garment.png'));
      assert.match(grey.output(), /a browser without WebGPU: computing here/);
      assert.ok(!(await page.locator('#looking').isVisible()));
      await page.click('#tab-train');
      assert.ok(await page.locator('#run').isDisabled());
      await screenshot(page, 'without-webgpu');
      const { code, stderr } = await weft(['page', 'grey', '--out', 'static'], { cwd });
      assert.is(code, 0, stderr);
    } finally {
      await plain.close();
    }
  });

  test('the static page of weft page, and the example of the library, from a plain server', async () => {
    assert.ok(readFileSync(join(ROOT, 'docs', 'browser_example.html'), 'utf8').split('\n').length < 60);
    cpSync(join(ROOT, 'docs', 'browser_example.html'), at('static/example.html'));
    cpSync(join(ROOT, 'dist', 'browser', 'weft.js'), at('static/weft.js'));
    const { url, end } = await serveFolder(at('static'));
    try {
      const { page } = await visit(browser, url);
      await ready(page);
      await expectSame(page, 'grey', at('garment.png'));
      // Another page of this site, an earlier one of this folder; and weights that page.json does not know of yet.
      const kept = (): Promise<string[]> =>
        page.evaluate("caches.open('weft-files').then((c) => c.keys()).then((keys) => keys.map((k) => k.url))");
      const [own] = await kept();
      await page.evaluate(
        "caches.open('weft-files').then((c) => Promise.all(['./other/model.safetensors?1', " +
          "'./model.safetensors?1'].map((name) => c.put(name, new Response('')))))",
      );
      await page.reload();
      await ready(page);
      assert.equal((await kept()).sort(), [own, `${url}other/model.safetensors?1`].sort());
      const weights = readFileSync(at('static/model.safetensors'));
      writeFileSync(
        at('static/model.safetensors'),
        weights.map((byte, i) => (i === weights.length - 1 ? byte ^ 1 : byte)),
      );
      await page.evaluate("caches.delete('weft-files')");
      await page.reload();
      await page.locator('#problem', { hasText: /model\.safetensors: is another file than page\.json says/ }).waitFor();
      assert.equal(await kept(), []);
      writeFileSync(at('static/model.safetensors'), weights);
      await page.reload();
      await ready(page);
      await page.goto(`${url}example.html`);
      await page.locator('#log', { hasText: 'test accuracy' }).waitFor();
      const log = (await page.textContent('#log')) ?? '';
      assert.ok(Number(/test accuracy ([\d.]+) %/.exec(log)?.[1]) > 50, log);
      await page.close();
    } finally {
      end();
    }
  });
}

test.run();

/** A model of the user's own on the page: its code comes with the page, and says what weft predict says. */
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { weft } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import { BROWSER, launch, NO_BROWSER, ready, serve, serveFolder, visit } from './browsers.js';
import { at, cwd, expectSame, trainRuns } from './trained_runs.js';

const test = suite('a model of the user’s own on the page');
const MODEL = ['--model', './my_model.ts'];

if (BROWSER === null) skipped.push(`a model of the user’s own on the page (${NO_BROWSER})`);
else {
  let browser: Browser;
  test.before(async () => {
    await trainRuns();
    // compiled to dist/test/browser/own_model.browser.js
    copyFileSync(fileURLToPath(new URL('../../../docs/examples/own/my_model.ts', import.meta.url)), at('my_model.ts'));
    for (const words of ['train --data garments.csv --epochs 1 --out own', 'page own --out own_page']) {
      const { code, stderr } = await weft([...words.split(' '), ...MODEL], { cwd, apart: true });
      assert.is(code, 0, stderr);
    }
    browser = await launch(true);
  });
  test.after(() => browser?.close());

  test('a static page and weft serve classify with it', async () => {
    const folder = await serveFolder(at('own_page'));
    const served = await serve('own', cwd, MODEL);
    for (const { url } of [folder, served]) {
      const { page, complaints } = await visit(browser, url);
      await ready(page);
      await expectSame(page, 'own', at('garment.png'), MODEL);
      assert.equal(complaints, []);
      await page.close();
    }
    folder.end();
    await served.end();
  });
}

test.run();

/** The page in Chromium, computing on SwiftShader: the same answers as the command line, and bad uploads. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { DATA, skipped, suite } from '../support/harness.js';
import {
  BROWSER,
  launch,
  NO_BROWSER,
  ready,
  screenshot,
  serve,
  shownClasses,
  testInChromium,
  visit,
  type Served,
} from './browsers.js';
import { at, cwd, expectSame, trainRuns } from './trained_runs.js';

const test = suite('page in a browser');
let browser: Browser;
let grey: Served;
let colour: Served;

if (BROWSER === null) skipped.push(`page in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, grey, colour] = await Promise.all([launch(true), serve('grey', cwd), serve('colour', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await Promise.all([grey?.end(), colour?.end()]);
  });

  test('a garment: the same classes as weft predict; the map of what it looks at', async () => {
    const { page, complaints } = await visit(browser, grey.url);
    await ready(page);
    assert.match((await page.textContent('#hint')) ?? '', /^Drop or paste a picture of one of these: .*, .*\.$/);
    await expectSame(page, 'grey', at('garment.png'));
    assert.ok(!(await page.locator('#doubt').isVisible()));
    await page.click('#look');
    await page.getByText('Show the picture').waitFor();
    assert.ok(await page.locator('#overlay').isVisible());
    await screenshot(page, 'classify');
    assert.equal(complaints, []);
    assert.ok(
      await page.evaluate("caches.open('weft-files').then((c) => c.keys()).then((keys) => keys.length === 1)"),
      'the weights are kept',
    );
    await page.reload();
    await ready(page);
    await page.close();
  });

  test('another picture while the network’s looking is made out: the button is that one’s', async () => {
    const { page } = await visit(browser, grey.url);
    await ready(page);
    await page.setInputFiles('#file', at('garment.png'));
    await shownClasses(page);
    await page.click('#look');
    await page.locator('#look', { hasText: /^(Looking … |Show the picture)/ }).waitFor(); // a fast machine may be done
    await page.setInputFiles('#file', at('photo.jpg'));
    await page.locator('#look:enabled', { hasText: /^Where the network looks$/ }).waitFor();
    await shownClasses(page);
    assert.match((await page.textContent('#doubt')) ?? '', /small grey pictures, 28 pixels a side/);
    assert.ok(await page.locator('#doubt').isVisible());
    assert.ok(!(await page.locator('#overlay').isVisible()));
    await page.close();
  });

  test('a JPEG photograph: the same classes as weft predict', async () => {
    const { page, complaints } = await visit(browser, colour.url);
    await ready(page);
    await expectSame(page, 'colour', at('photo.jpg'));
    assert.equal(complaints, []);
    await page.close();
  });

  /** Opens a model on a page that shows a picture, and waits for the answer. */
  async function opened(page: Page, open: () => Promise<unknown>): Promise<void> {
    await page.evaluate("document.getElementById('status').textContent = ''");
    await open();
    await page.locator('#status', { hasText: /%$/ }).waitFor();
  }

  testInChromium(test, 'a run’s folder is opened; one without a model', 'folders cannot be chosen', async () => {
    const { page } = await visit(browser, grey.url);
    await ready(page);
    await page.setInputFiles('#file', at('photo.jpg'));
    await shownClasses(page);
    assert.ok(await page.locator('#doubt').isVisible(), 'the network of grey pictures');
    await opened(page, () => page.setInputFiles('#run-folder', at('colour')));
    await expectSame(page, 'colour', at('photo.jpg'));
    assert.ok(!(await page.locator('#doubt').isVisible()), 'that of photographs');
    await page.setInputFiles('#run-folder', at('colours/warm'));
    await page.getByText(/^There is no best\.safetensors in this folder\. To mend it: /).waitFor();
    await page.close();
  });

  test('a model of one’s own is opened: its file, the file dropped', async () => {
    const { page } = await visit(browser, colour.url);
    await ready(page);
    await page.setInputFiles('#file', at('garment.png'));
    await shownClasses(page);
    await opened(page, () => page.setInputFiles('#model-file', at('grey/best.safetensors')));
    await expectSame(page, 'grey', at('garment.png'));
    const base64 = readFileSync(at('colour/best.safetensors')).toString('base64');
    await opened(page, () =>
      page.evaluate(`{
        const dataTransfer = new DataTransfer();
        const bytes = Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], 'mine.safetensors'));
        document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
      }`),
    );
    await expectSame(page, 'colour', at('photo.jpg'));
    await page.close();
  });

  const real = DATA === null ? null : join(DATA, 'clothing', 'test', 'shoes');

  if (real === null || !existsSync(real))
    skipped.push('real photographs in the page (no clothing/test/shoes; set WEFT_DATA)');
  else {
    test('real photographs: the same classes as weft predict', async () => {
      const { page } = await visit(browser, colour.url);
      await ready(page);
      for (const name of readdirSync(real).sort().slice(0, 3)) await expectSame(page, 'colour', join(real, name));
      await page.close();
    });
  }

  test('bad uploads are refused in words, and page and server go on', async () => {
    const png = readFileSync(at('garment.png'));
    png.writeUInt32BE(60000, 16);
    png.writeUInt32BE(60000, 20);
    writeFileSync(at('huge.png'), png);
    writeFileSync(at('drawing.jpg'), '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    writeFileSync(at('fat.jpg'), Buffer.alloc(50e6, 0xff));
    writeFileSync(at('cut.jpg'), readFileSync(at('photo.jpg')).subarray(0, 5000));
    writeFileSync(at('<script>alert(1).png'), 'no picture');
    const { page, complaints } = await visit(browser, grey.url);
    await ready(page);
    for (const [name, says] of [
      ['huge.png', /huge\.png: has 60000x60000 pixels, at most 64 million/],
      ['drawing.jpg', /drawing\.jpg: is no JPEG, PNG or WebP picture/],
      ['fat.jpg', /fat\.jpg: has 50\.0 MB, at most 20 MB/],
      ['cut.jpg', /cut\.jpg: is damaged or truncated/],
      ['<script>alert(1).png', /<script>alert\(1\)\.png: is no JPEG/],
    ] as const) {
      await page.setInputFiles('#file', at(name));
      await page.locator('#problem', { hasText: says }).waitFor();
      const body = readFileSync(at(name));
      const response = await fetch(new URL('classify', grey.url), { method: 'POST', body }).catch(
        (error: unknown) => error,
      );
      if (response instanceof Response) assert.ok([413, 422].includes(response.status), `${name}: ${response.status}`);
    }
    const own = (await (await fetch(grey.url)).text()).match(/<script\b/g)?.length;
    assert.is(await page.locator('script').count(), own, 'no name became an element');
    await page.setInputFiles('#file', at('garment.png'));
    assert.ok((await shownClasses(page)).length === 5 && !(await page.locator('#problem').isVisible()));
    assert.equal(complaints, []);
    await page.close();
  });

  test('the server ends at Ctrl-C', async () => {
    assert.is(await (await serve('grey', cwd)).end(), 0);
  });
}

test.run();

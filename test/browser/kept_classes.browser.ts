/** What the browser keeps of the visitor's own classes: by two tabs, and while pictures come and go. */
import { writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { encodePng } from '../../src/data/pictures/png.js';
import { skipped, suite } from '../support/harness.js';
import { BROWSER, launch, NO_BROWSER, retype, serve, type Served } from './browsers.js';
import { at, cwd, trainRuns } from './trained_runs.js';

const test = suite('kept classes in a browser');
let browser: Browser;
let served: Served;

/** Writes pictures of one colour each and returns their paths. */
const pictures = (name: string, colour: readonly number[], count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const path = at(`${name}-${i}.png`);
    writeFileSync(
      path,
      encodePng(
        Uint8Array.from({ length: 3 * 40 * 30 }, (_, j) => colour[j % 3] - i),
        40,
        30,
      ),
    );
    return path;
  });

const box = (page: Page, nth: number): ReturnType<Page['locator']> => page.locator('.box').nth(nth);

async function give(page: Page, nth: number, files: readonly string[]): Promise<void> {
  await box(page, nth).locator('input[type=file]').first().setInputFiles(files);
}

if (BROWSER === null) skipped.push(`kept classes in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, served] = await Promise.all([launch(true), serve('colour', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await served?.end();
  });

  test('two tabs keep each other’s pictures; no two classes of one name; as many other pictures', async () => {
    const context = await browser.newContext();
    const [red, blue] = [pictures('red', [210, 40, 40], 4), pictures('blue', [50, 60, 220], 3)];
    const [first, atOnce, second] = [await context.newPage(), await context.newPage(), await context.newPage()];
    // reads what is kept before the first has written its two
    await atOnce.addInitScript(`{
      const all = IDBObjectStore.prototype.getAll;
      IDBObjectStore.prototype.getAll = function () { return all.call(this, IDBKeyRange.only(-1)); };
    }`);
    for (const page of [first, atOnce, second]) {
      page.setDefaultTimeout(120_000);
      await page.goto(`${served.url}#teach`);
      await page.locator('#teach-part').waitFor();
      assert.is(await page.locator('.box').count(), 2);
    }
    await atOnce.close();
    for (const [i, page, files] of [
      [0, first, red.slice(0, 3)],
      [1, second, blue],
    ] as const) {
      await give(page, i, files);
      await box(page, i).getByText('3 pictures').waitFor();
    }
    await first.reload();
    for (const i of [0, 1]) await box(first, i).getByText('3 pictures').waitFor();

    const name = box(first, 1).locator('.class-name');
    await first.bringToFront();
    await retype(name, 'Class 1');
    await first.getByText('There is a class called Class 1 already.').waitFor();
    assert.is(await name.inputValue(), 'Class 2');

    await first.click('#teach-train');
    await first.locator('#taught-report').waitFor();
    await first.reload();
    await first.locator('#taught-report').waitFor();
    await box(first, 0).locator('.thumbnails .remove').first().click();
    await give(first, 0, red.slice(3));
    await box(first, 0).getByText('3 pictures').waitFor();
    await first.reload();
    await box(first, 1).getByText('3 pictures').waitFor();
    await first.waitForTimeout(1000); // what was taught would be there by then
    assert.not(await first.locator('#taught-report').isVisible(), 'what was taught is of other pictures');
    await context.close();
  });

  test('the tab is chosen before the page knows what came with it', async () => {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const page = await context.newPage();
    let chosen: () => void = () => {};
    const wait = new Promise<void>((resolve) => (chosen = resolve));
    await context.route('**/page.json', async (route) => {
      await wait;
      await route.continue();
    });
    await page.goto(served.url);
    await page.click('#tab-teach');
    assert.not(await page.locator('#teach-part').isVisible());
    chosen();
    await page.locator('#teach-part').waitFor();
    assert.ok(await page.locator('#teach').isVisible());
    await context.close();
  });
}

test.run();

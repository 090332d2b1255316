/** Training on the page: falling loss, pause, one step, drawing by keys, reset. */
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
import { CHROMIUM, launch, NO_BROWSER, screenshot, serve, visit, type Served } from './chromium.js';
import { cwd, trainRuns } from './trained_runs.js';

const test = suite('training in a browser');
let browser: Browser;
let grey: Served;

if (CHROMIUM === null) skipped.push(`training in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, grey] = await Promise.all([launch(true), serve('grey', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await grey?.end();
  });

  test('trains 50 steps with falling loss; pause, one step, drawing by keys, reset', async () => {
    const { page, complaints } = await visit(browser, `${grey.url}#train`);
    const number = async (id: string): Promise<number> => Number.parseFloat((await page.textContent(id)) ?? '');
    await page.click('#step');
    await page.locator('#steps', { hasText: /^1$/ }).waitFor();
    await page.locator('#confusion td').first().waitFor();
    const first = await number('#loss');
    await page.click('#run');
    // no waitForFunction: the page's policy forbids eval
    await page.locator('#steps', { hasText: /^([5-9]\d|\d{3,})$/ }).waitFor();
    await page.click('#example'); // while it learns
    await page.locator('#guesses li').first().waitFor();
    assert.is(await page.textContent('#run'), 'Pause');
    await page.click('#clear');
    await page.click('#run');
    await page.getByText(/^Go on$/).waitFor();
    // Steps under way when Pause was pressed still count; then the test images are measured once more.
    while (!(await page.textContent('#progress'))?.startsWith(`Step ${await number('#steps')}:`))
      await page.waitForTimeout(50);
    assert.ok((await number('#loss')) < 0.75 * first, `${first} to ${await number('#loss')}`);
    await page.focus('#sketch');
    for (const key of ['Space', 'ArrowDown', 'ArrowDown', 'Space']) await page.keyboard.press(key);
    await page.locator('#guesses li').first().waitFor();
    await page.click('#example');
    await screenshot(page, 'train');
    await page.click('#reset');
    await page.getByText('A fresh network. Press Train.').waitFor();
    assert.is(await number('#steps'), 0);
    await page.focus('#tab-train');
    for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
    assert.ok(await page.locator('#classify').isVisible(), 'the tabs obey the arrow keys');
    assert.equal(complaints, []);
    await page.close();
  });
}

test.run();

/** Training on the page: falling loss, pause, one step, drawing by keys, reset. */
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
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
import { at, cwd, trainRuns } from './trained_runs.js';

const test = suite('training in a browser');
let browser: Browser;
let grey: Served;

if (BROWSER === null) skipped.push(`training in a browser (${NO_BROWSER})`);
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

  const lost = 'a GPU that is lost is opened anew: pictures are answered, training says that its network is gone';
  testInChromium(test, lost, 'nothing can be run in a worker', async () => {
    const { page } = await visit(browser, grey.url);
    await ready(page);
    await page.setInputFiles('#file', at('garment.png'));
    const before = await shownClasses(page);
    await page.click('#tab-train');
    await page.click('#step');
    await page.locator('#steps', { hasText: /^1$/ }).waitFor();
    await page.locator('#confusion td').first().waitFor();
    const [worker] = page.workers();
    // the next command buffer ends the device, as a driver that is reset does
    await worker.evaluate(`{
      const made = GPUDevice.prototype.createCommandEncoder;
      GPUDevice.prototype.createCommandEncoder = function (...args) {
        GPUDevice.prototype.createCommandEncoder = made;
        this.destroy();
        return made.apply(this, args);
      };
    }`);
    await page.click('#tab-classify');
    await page.setInputFiles('#file', at('photo.jpg'));
    await page.locator('#memory', { hasText: /opened anew 1 time/ }).waitFor();
    await shownClasses(page);
    await page.setInputFiles('#file', at('garment.png'));
    await page.locator('#doubt').waitFor({ state: 'hidden' });
    assert.equal(await shownClasses(page), before);
    await page.click('#tab-train');
    await page.click('#step');
    await page.locator('#progress', { hasText: /the network was lost with the GPU/ }).waitFor();
    await page.click('#reset');
    await page.getByText('A fresh network. Press Train.').waitFor();
    await page.click('#step');
    await page.locator('#steps', { hasText: /^1$/ }).waitFor();
    await page.close();
  });

  test('the page goes on while its engine learns: no frame comes late', async () => {
    const { page } = await visit(browser, `${grey.url}#train`);
    await page.click('#run');
    await page.locator('#steps', { hasText: /^[1-9]\d*$/ }).waitFor();
    // the main thread alone: frames also wait for the machine, which computes what a GPU should
    const longest = await page.evaluate(
      `new Promise((resolve) => {
        let [longest, last] = [0, performance.now()];
        const channel = new MessageChannel();
        const end = last + 5000;
        channel.port1.onmessage = () => {
          const now = performance.now();
          [longest, last] = [Math.max(longest, now - last), now];
          if (now < end) channel.port2.postMessage(0);
          else resolve(longest);
        };
        channel.port2.postMessage(0);
      })`,
    );
    assert.ok((longest as number) < 250, `the page stood still for ${String(longest)} ms`);
    await page.close();
  });
}

test.run();

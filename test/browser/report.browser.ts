/**
 * report.html in a browser: at desktop and phone width, light and dark; nothing is asked for, nothing sticks out, and
 * axe-core has nothing to say against it.
 */
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
import { brokenRules } from './axe.js';
import { BROWSER, IS_FIREFOX, launch, NO_BROWSER, screenshot } from './browsers.js';
import { at, trainRuns } from './trained_runs.js';

/** Runs in the page, whose types the compiler does not know here. */
const LOOK = `({
  wide: document.documentElement.scrollWidth,
  ground: getComputedStyle(document.body).backgroundColor,
  broken: [...document.images].filter((image) => image.naturalWidth === 0).length,
})`;

const test = suite('report.html in a browser');
let browser: Browser;
/** Firefox shows the machine's own, which is the light one. */
const SCHEMES = IS_FIREFOX ? (['light'] as const) : (['light', 'dark'] as const);

if (BROWSER === null) skipped.push(`report.html in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    browser = await launch(false);
  });
  test.after(async () => {
    await browser?.close();
  });

  for (const run of ['grey', 'colour'])
    test(`${run}: no request leaves it, it fits 1280 and 375 pixels, in both schemes`, async () => {
      const address = pathToFileURL(at(`${run}/report.html`)).href;
      for (const colorScheme of SCHEMES) {
        const page = await browser.newPage({ colorScheme });
        const [asked, complaints]: string[][] = [[], []];
        page.on('request', (request) => asked.push(request.url()));
        page.on('console', (message) => complaints.push(message.text()));
        const grounds: string[] = [];
        for (const width of [1280, 375]) {
          await page.setViewportSize({ width, height: 900 });
          await page.goto(address);
          const { wide, ground, broken } = await page.evaluate<{ wide: number; ground: string; broken: number }>(LOOK);
          assert.ok(wide <= width, `${wide} of ${width} pixels`);
          assert.is(broken, 0, 'all pictures are there');
          grounds.push(ground);
          assert.equal(await brokenRules(page), [], `${colorScheme}, ${width} pixels`);
        }
        assert.equal([...new Set(grounds)], [colorScheme === 'light' ? 'rgb(251, 251, 250)' : 'rgb(20, 23, 26)']);
        const others = new Set(asked.filter((url) => !url.startsWith('data:')));
        assert.equal([...others], IS_FIREFOX ? [] : [address], 'Firefox does not tell of files'); // but of all else
        assert.equal(complaints, []);
        if (colorScheme === 'light') await screenshot(page, `report-${run}`);
        await page.close();
      }
    });
}

test.run();

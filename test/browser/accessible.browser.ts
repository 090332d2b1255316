/**
 * The page for everybody: axe-core has nothing to say against any tab, in both languages, light and dark, at desktop
 * and phone width; nothing sticks out; everything is reached by keys; and another language says all of it.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { EN } from '../../src/page/words/en.js';
import { KO } from '../../src/page/words/ko.js';
import { weft } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import { brokenRules } from './axe.js';
import { BROWSER, launch, NO_BROWSER, ready, screenshot, serve, shownClasses, visit, type Served } from './browsers.js';
import { at, cwd, trainRuns } from './trained_runs.js';

const test = suite('the page for everybody');
let browser: Browser;
let fashion: Served;
let colour: Served;

/** Controls that can be seen, without those that arrow keys lead to: of toolbars and lists of tabs. */
const CONTROLS = `[...document.querySelectorAll('button, select, input, summary, [tabindex="0"], .editor')].filter(
  (control) => control.checkVisibility() && !control.disabled && control.getAttribute('tabindex') !== '-1')`;
const NAME = `((control) => control.id || control.tagName + ' ' + control.textContent.trim())`;

const TABS = ['classify', 'teach', 'train', 'learn'] as const;
type Tab = (typeof TABS)[number];

const go = (page: Page, tab: Tab): Promise<void> => page.click(`#tab-${tab}`);

/** What is wrong, and where: all of it is told. */
let wrong: string[] = [];

const note = (what: string, found: readonly string[]): void => {
  wrong.push(...found.map((one) => `${what}: ${one}`));
};

/** Has axe-core look at what is in view. */
async function look(page: Page, what: string): Promise<void> {
  note(what, await brokenRules(page));
}

/** Asks whether the page fits, and leaves it at this width. */
async function fits(page: Page, width: number, what: string): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  if (wide > width) note(what, [`${wide} of ${width} pixels`]);
}

/** Every tab with something in it: an answer and a map, a trained network, a checked kernel, an open network. */
async function fill(page: Page): Promise<void> {
  await go(page, 'train');
  await page.click('#run');
  await page.locator('#confusion td').first().waitFor();
  await go(page, 'classify');
  await page.click('#sample'); // while it trains
  assert.is((await shownClasses(page)).length, 5);
  await page.click('#look');
  await page.locator('#overlay').waitFor();
  await page.focus('#look');
  await page.keyboard.press('Escape');
  assert.not(await page.locator('#overlay').isVisible(), 'Escape takes the map off the picture');
  await page.click('#look');
  await page.locator('#overlay').waitFor();
  await go(page, 'teach');
  await page.locator('#boxes input').first().waitFor();
  await go(page, 'train');
  await page.click('#run');
  await page.locator('#run', { hasText: EN.train.goOn }).waitFor();
  await page.click('#example');
  await page.locator('#guesses li').first().waitFor();
  await go(page, 'learn');
  for (const button of ['#kernel-hint', '#kernel-solve', '#kernel-run', '#open-start']) await page.click(button);
  await page.locator('#tests .failed').waitFor();
  await page.locator('#window-rows td').first().waitFor();
}

if (BROWSER === null) skipped.push(`the page for everybody (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    copyFileSync(at('garments.csv'), at('fashion-mnist_train.csv')); // a name by which the classes are known
    for (const words of [
      'train --data fashion-mnist_train.csv --model lenet5 --epochs 1 --batch 32 --out fashion',
      'index colour --data colours --out index',
    ]) {
      const { code, stderr } = await weft(words.split(' '), { cwd });
      assert.is(code, 0, stderr);
    }
    [browser, fashion, colour] = await Promise.all([
      launch(true),
      serve('fashion', cwd),
      serve('colour', cwd, ['--index', 'index']),
    ]);
  });
  test.before.each(() => {
    wrong = [];
  });
  test.after(async () => {
    await browser?.close();
    await Promise.all([fashion?.end(), colour?.end()]);
  });

  test('all tabs by axe-core and in width; keys, sizes, motion and colours; then the same in Korean', async () => {
    const { page, complaints } = await visit(browser, fashion.url);
    page.setDefaultTimeout(60_000);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await ready(page);
    await fill(page);
    for (const tab of TABS) {
      await go(page, tab);
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        for (const width of [390, 1280]) {
          await fits(page, width, tab);
          await look(page, `${tab}, ${colorScheme}, ${width} pixels`);
        }
      }
      await fits(page, 320, tab);
      await page.setViewportSize({ width: 1280, height: 900 });
      await reachAll(page, tab);
      await screenshot(page, `accessible-${tab}-en`);
    }
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    const [chosen, other] = await page.locator('[role="tab"]').evaluateAll((tabs) =>
      [true, false].map((is) => {
        const tab = tabs.find((one) => (one.getAttribute('aria-selected') === 'true') === is);
        return tab === undefined
          ? ''
          : (globalThis as unknown as { getComputedStyle(e: unknown): { borderBottomColor: string } }).getComputedStyle(
              tab,
            ).borderBottomColor;
      }),
    );
    assert.is.not(chosen, other, 'the tab in view is told apart in the system’s colours');
    await page.emulateMedia({ forcedColors: null, reducedMotion: 'reduce', colorScheme: 'light' });

    await page.selectOption('#language', 'ko');
    assert.is(await page.evaluate('document.documentElement.lang'), 'ko');
    assert.is(await page.title(), KO.page.title);
    assert.is(await page.getAttribute('#maps', 'role'), 'application');
    for (const tab of TABS) {
      await go(page, tab);
      for (const width of [320, 390, 1280]) await fits(page, width, `${tab} in Korean`);
      for (const width of [390, 1280]) {
        await fits(page, width, tab);
        await look(page, `${tab} in Korean, ${width} pixels`);
      }
      note(`${tab}, left in English`, await leftInEnglish(page));
      await screenshot(page, `accessible-${tab}-ko`);
    }
    assert.equal([wrong, complaints], [[], []]);
    await page.close();
  });

  test('similar products; the language is the browser’s first, then the chosen one; refusals are in it', async () => {
    const page = await browser.newPage({ locale: 'ko-KR' });
    page.setDefaultTimeout(60_000);
    await page.goto(colour.url);
    await page.getByText(/모델이 준비되었습니다\.$/).waitFor();
    writeFileSync(at('none.png'), 'no picture');
    await page.setInputFiles('#file', at('none.png'));
    await page.locator('#problem', { hasText: /^none\.png: JPEG, PNG, WebP 사진이 아닙니다\. / }).waitFor();
    await page.setInputFiles('#file', at('photo.jpg'));
    await page.locator('#products li').first().waitFor();
    assert.ok(!(await page.locator('#brand-part').isVisible()), 'there are no brands to choose among');
    for (const width of [390, 1280]) {
      await fits(page, width, 'similar products');
      await look(page, `similar products, ${width} pixels`);
    }
    await screenshot(page, 'accessible-similar-ko');
    await page.selectOption('#language', 'en');
    await page.getByText(EN.similar.heading, { exact: true }).waitFor();
    assert.match(await page.locator('#product').innerText(), /^Most like: /);
    await look(page, 'similar products in English');
    assert.equal(wrong, []);
    await screenshot(page, 'accessible-similar-en');
    await page.reload();
    await ready(page);
    await page.close();
  });
}

/** Every control that can be seen is reached by Tab, shows that it has the focus, and is large enough. */
async function reachAll(page: Page, tab: Tab): Promise<void> {
  const wanted = await page.evaluate<string[]>(`${CONTROLS}.map(${NAME})`);
  const small = await page.evaluate<string[]>(
    `${CONTROLS}.filter((control) => {
      const { width, height } = control.getBoundingClientRect();
      return control.tagName !== 'INPUT' && Math.min(width, height) < 24;
    }).map(${NAME})`,
  );
  note(`${tab}, less than 24 pixels`, small);
  await page.evaluate('document.activeElement.blur()');
  await page.focus('#language');
  for (const key of ['Tab', 'Shift+Tab']) await page.keyboard.press(key); // by keys, as the others
  assert.ok(await page.evaluate('document.hasFocus()'));
  const [reached, unseen]: string[][] = [[], []];
  for (let i = 0; i < wanted.length + 10; i++) {
    const [name, isSeen] = await page.evaluate<[string, boolean]>(
      `(async (control) => {
        if (control.shadowRoot !== null) await new Promise((done) => setTimeout(done, 100)); // CodeMirror's own wait
        const inner = control.shadowRoot?.activeElement?.closest('.cm-editor') ?? control;
        return [${NAME}(control), getComputedStyle(inner).outlineStyle !== 'none'];
      })(document.activeElement)`,
    );
    reached.push(name);
    if (!isSeen && name !== 'BODY') unseen.push(name);
    // the next one may be the browser's own, from which Firefox does not come back
    if (i >= wanted.length - 1 && wanted.every((one) => reached.includes(one))) break;
    await page.keyboard.press('Tab');
  }
  note(
    `${tab}, not reached by keys`,
    wanted.filter((name) => !reached.includes(name)),
  );
  note(
    `${tab}, no focus is seen`,
    unseen.filter((name) => wanted.includes(name)),
  );
  assert.is(await page.evaluate('document.getAnimations().length'), 0, `${tab}: nothing moves`);
}

/** Texts on the page that are English ones of the words, and are others in Korean. */
async function leftInEnglish(page: Page): Promise<string[]> {
  const fixed = (part: object): string[] =>
    Object.values(part).flatMap((value: unknown) =>
      typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? fixed(value) : [],
    );
  const korean = fixed(KO);
  const english = fixed(EN).filter((text) => !korean.includes(text) && text !== EN.name);
  const shown = await page.evaluate<string[]>(
    `[...document.querySelectorAll('body *')].flatMap((element) => [
      ...[...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()),
      ...[element.getAttribute('aria-label') ?? ''],
    ])`,
  );
  assert.ok(shown.some((text) => korean.includes(text)));
  return shown.filter((text) => english.includes(text));
}

test.run();

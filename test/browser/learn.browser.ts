/** The tab Learn: kernels written, checked and timed, and a network laid open. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { ROOT } from '../architecture/source.js';
import { weft } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import {
  BROWSER,
  IS_FIREFOX,
  launch,
  NO_BROWSER,
  screenshot,
  serve,
  serveFolder,
  visit,
  type Served,
} from './browsers.js';
import { at, cwd, trainRuns } from './trained_runs.js';
import { wrongSolutions } from '../support/wrong_solutions.js';

const test = suite('learning in a browser');
let browser: Browser;
let grey: Served;

const LESSON = { path: join(ROOT, 'docs', 'lessons', '03-kernel') };
const file = (name: string): string => readFileSync(join(LESSON.path, name), 'utf8');

/** Types lines into the editor below the comment that says where. */
async function write(page: Page, ...lines: readonly string[]): Promise<void> {
  await page.locator('.cm-line', { hasText: '// yours' }).click();
  await page.keyboard.press('End');
  for (const line of lines) await page.keyboard.type(`\n${line}`);
}

/** Types a whole text over what the editor has. */
async function replace(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Numbers of a sentence of the page, whose minus sign is a true one. */
const numbers = (sentence: string): number[] =>
  [...sentence.replaceAll('−', '-').matchAll(/-?\d+(\.\d+)?(e-\d+)?/g)].map(([found]) => Number(found));

if (BROWSER === null) skipped.push(`learning in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, grey] = await Promise.all([launch(true), serve('grey', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await grey?.end();
  });

  test('a kernel is typed, is right, is timed beside the solution and Weft’s own, and is kept', async () => {
    const { page, complaints } = await visit(browser, `${grey.url}#learn`);
    await page.locator('.cm-content').waitFor();
    assert.is(await page.locator('#kernel-task').inputValue(), 'add');
    await write(page, 'let i = id.x;', 'if (i < params.n) {', 'y[i] = a[i] + b[i];', '}');
    await page.keyboard.press('Control+Enter');
    await page.locator('#verdict', { hasText: /^Solved: .* takes [\d.]+ (ms|µs)\.$/ }).waitFor();
    assert.equal(await page.locator('#times th').allInnerTexts(), ['your kernel', 'the solution', 'Weft’s add(a, b)']);
    assert.is(await page.locator('#tests .passed').count(), 6);
    await screenshot(page, 'learn-solved');
    await page.reload();
    await page.locator('#kernel-progress', { hasText: /^1 of \d+ solved$/ }).waitFor();
    assert.is(await page.locator('#kernel-task').inputValue(), 'transpose', 'the next one is open');
    await page.selectOption('#kernel-task', '✓ add');
    assert.match(await page.locator('.cm-content').innerText(), /y\[i\] = a\[i\] \+ b\[i\];/);
    assert.equal(complaints, []);
    await page.close();
  });

  test('a wrong kernel: the wrong index, what was expected and what came, and the mistake', async () => {
    const { page, complaints } = await visit(browser, `${grey.url}#learn`);
    await page.selectOption('#kernel-task', { index: 0 });
    const wrong = wrongSolutions(LESSON, { name: 'add', file: 'add.wgsl' }).find((w) => w.name === 'local_out');
    await replace(page, wrong?.text ?? '');
    await page.click('#kernel-run');
    const failed = page.locator('#tests .failed');
    await failed.waitFor();
    assert.match(await failed.locator('.message').innerText(), /^y\[64\] is wrong: expected -?[\d.]+, got -?[\d.]+\n/);
    assert.match(await failed.locator('.mistake').innerText(), /^the local index counts within a workgroup/);
    assert.is(await page.locator('#tests .passed').count(), 3);
    await screenshot(page, 'learn-wrong');
    assert.equal(complaints, []);
    await page.close();
  });

  test('what the compiler says stands at its line; hints one by one, the solution on request, from the start again', async () => {
    const { page, complaints } = await visit(browser, `${grey.url}#learn`);
    await page.selectOption('#kernel-task', 'transpose');
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('x'); // over all lines, which the browser would join
    await page.keyboard.press('Control+z');
    await write(page, 'let i = id.x;', 'y[i] = zebra;');
    await page.click('#kernel-run');
    const complaint = IS_FIREFOX ? 'no definition in scope for identifier: `zebra`' : "unresolved value 'zebra'";
    assert.is(await page.locator('.complaint').innerText(), complaint);
    assert.is((await page.locator('.cm-line.marked').innerText()).trim(), 'y[i] = zebra;');
    assert.is(await page.locator('.marked-word').innerText(), 'zebra');
    assert.match(
      await page.locator('#tests .failed .message').innerText(),
      /transpose\.wgsl:\d+:\d+ error: (unresolved|no definition)/,
    );
    if (IS_FIREFOX)
      assert.equal(
        complaints.splice(0).filter((text) => !text.includes('transpose.wgsl')),
        [],
      ); // it says so
    await screenshot(page, 'learn-compiler');
    assert.is(await page.locator('#hints li').count(), 0);
    for (const n of [1, 2, 3]) {
      await page.click('#kernel-hint');
      assert.is(await page.locator('#hints li').count(), n);
    }
    assert.is(await page.locator('#kernel-hint').innerText(), 'No more hints');
    assert.not(await page.locator('#solution').isVisible());
    await page.click('#kernel-solve');
    assert.is(await page.locator('#solution-text').innerText(), file('solution/transpose.wgsl'));
    await page.click('#kernel-take');
    await page.keyboard.press('Shift+Tab'); // no trap: out of the editor again, and back into it
    await page.click('#kernel-run');
    await page.locator('#verdict', { hasText: 'Solved' }).waitFor();
    await page.click('#kernel-again');
    assert.is(await page.locator('.complaint').count(), 0);
    assert.match(await page.locator('.cm-content').innerText(), /\/\/ yours/);
    assert.equal(complaints, []);
    await page.close();
  });

  test('a network laid open: by keys to a layer and a number; its sum; the gradients of a step', async () => {
    const { page, complaints } = await visit(browser, `${grey.url}#learn`);
    await page.click('#open-start');
    await page.locator('#open-status', { hasText: /^Step 0: / }).waitFor();
    assert.is(await page.evaluate('document.activeElement.id'), 'open-step');
    assert.equal(await page.locator('#layers .name').allInnerTexts(), [
      ...['conv1', 'pool1', 'conv2', 'pool2'],
      ...['fc1', 'fc2', 'fc3'],
    ]);
    const sentence = (): Promise<string> => page.locator('#window-sentence').innerText();
    const sums = async (): Promise<void> => {
      const said = await sentence();
      const [, column, map, value, products, bias, before, after] = numbers(said.replace(/over \d+ maps/, ''));
      assert.ok(column >= 0 && map >= 0, said);
      assert.ok(Math.abs(products + bias - before) < 2e-3 && Math.abs(Math.tanh(before) - after) < 2e-3, said);
      assert.ok(Math.abs(value - after) < 2e-3, said);
    };
    assert.match(await sentence(), /^Row 14, column 14 of map 0 is /);
    await sums();
    assert.is(await page.locator('#window-rows td').count(), 3 * 25);
    await page.locator('#layers button').first().focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    assert.match(await page.locator('#layer-about').innerText(), /^conv2: a convolution\. .* filter of 5 × 5/);
    assert.is(await page.locator('#layers [aria-pressed="true"] .name').innerText(), 'conv2');
    await page.locator('#maps').focus();
    for (const key of ['PageDown', 'ArrowUp', 'ArrowRight']) await page.keyboard.press(key);
    assert.match(await sentence(), /^Row 4, column 6 of map 1 is .* over 6 maps/);
    await sums();
    const pictures = (): Promise<string[]> =>
      page
        .locator('.tiles')
        .evaluateAll((all) => all.map((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL()));
    const before = await pictures();
    assert.is(new Set(before).size, 4);
    await page.click('#open-step');
    await page.locator('#open-status', { hasText: /^Step 1: .* its loss on this picture is [\d.]+\.$/ }).waitFor();
    assert.ok(
      (await pictures()).every((picture, i) => picture !== before[i]),
      'a step changes all of them',
    );
    assert.match(await sentence(), /^Row 4, column 6 of map 1 is /);
    await sums();
    await screenshot(page, 'learn-open');
    await page.setViewportSize({ width: 390, height: 900 });
    await page.locator('#maps').click({ position: { x: 100, y: 20 } });
    assert.match(await sentence(), /^Row \d, column \d of map 1 is /);
    assert.ok(
      await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
      'nothing sticks out of a phone',
    );
    for (const name of ['fc1', 'fc3', 'pool1']) {
      await page.locator('#layers button', { hasText: name }).click();
      await screenshot(page, `learn-open-${name}`);
    }
    assert.match(await sentence(), /the mean of the window is/);
    assert.not(await page.locator('#filters-part').isVisible());
    await page.click('#open-next');
    await page.selectOption('#open-network', 'cnn');
    await page.locator('#open-status', { hasText: /^Step 0: / }).waitFor();
    await page.locator('#layers button', { hasText: '64 × 14 × 14' }).click();
    assert.match(await sentence(), / over 32 maps, /);
    await screenshot(page, 'learn-open-cnn');
    assert.equal(complaints, []);
    await page.close();
  });

  test('weft page --learn: a page without a run, with Train and Learn', async () => {
    const { code, stderr } = await weft(['page', '--learn', '--out', 'lessons'], { cwd });
    assert.is(code, 0, stderr);
    const { url, end } = await serveFolder(at('lessons'));
    try {
      const { page, complaints } = await visit(browser, url);
      await page.locator('.cm-content').waitFor();
      await page.focus('#tab-learn');
      for (const tab of ['classify', 'teach', 'train', 'learn', 'classify']) {
        await page.keyboard.press('ArrowRight');
        assert.ok(await page.locator(`#${tab}`).isVisible(), tab);
      }
      await page.getByText(/^This page came without a model\./).waitFor();
      assert.ok(await page.locator('#open-model').isVisible());
      assert.equal(complaints, []);
      await page.close();
    } finally {
      end();
    }
    for (const [args, says] of [
      [['page', '--out', 'nothing'], /needs a run/],
      [['page', 'grey', '--learn', '--out', 'nothing'], /without a run/],
    ] as const) {
      const refused = await weft([...args], { cwd });
      assert.is(refused.code, 2);
      assert.match(refused.stderr, says);
    }
  });

  test('without WebGPU the tab says so, and its texts are there', async () => {
    const plain = await launch(false);
    try {
      const { page } = await visit(plain, `${grey.url}#learn`);
      await page.locator('#learn-status', { hasText: 'needs WebGPU' }).waitFor();
      assert.ok(await page.locator('#kernel-run').isDisabled());
      assert.ok(await page.locator('#open-start').isDisabled());
      assert.match(await page.locator('.cm-content').innerText(), /fn main/);
    } finally {
      await plain.close();
    }
  });
}

test.run();

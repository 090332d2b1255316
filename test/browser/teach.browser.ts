/** The tab "Your classes": from an empty page to a model that is taken home; the camera; the next visit. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { unzipSync } from 'fflate';
import { encodePng } from '../../src/data/pictures/png.js';
import { weft, weftJson } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import { brokenRules } from './axe.js';
import {
  BROWSER,
  download,
  IS_FIREFOX,
  launch,
  NO_BROWSER,
  retype,
  screenshot,
  serve,
  serveFolder,
  shownClasses,
  visit,
  type Served,
} from './browsers.js';
import { at, cwd, trainRuns } from './trained_runs.js';

const test = suite('classes of one’s own in a browser');
let browser: Browser;
let served: Served;

/** Colours that are told apart, and how far a picture's may be from its class's. */
const COLOURS = { red: [210, 40, 40], green: [40, 190, 60], blue: [50, 60, 220] } as const;
const [WIDTH, HEIGHT] = [64, 48];

/** A picture (HEIGHT, WIDTH, 3) of a class: stripes of its colour. */
function striped([r, g, b]: readonly number[], nth: number): Uint8Array {
  return Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => {
    const wave = 0.75 + 0.25 * Math.sin((Math.floor(i / 3) % WIDTH) / (2 + (nth % 5)) + nth);
    return Math.round([r, g, b][i % 3] * wave);
  });
}

/** Writes `count` pictures of a class and returns their paths. */
function pictures(name: keyof typeof COLOURS, from: number, count: number): string[] {
  mkdirSync(at('taught'), { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = at(join('taught', `${name}-${from + i}.png`));
    writeFileSync(path, encodePng(striped(COLOURS[name], from + i), WIDTH, HEIGHT));
    return path;
  });
}

/** A film of one colour, as Chromium takes it for a camera (YUV4MPEG2, 4:2:0). */
function film(name: keyof typeof COLOURS): string {
  const [r, g, b] = COLOURS[name];
  const planes = [
    [WIDTH * HEIGHT, 16 + (65.7 * r + 129 * g + 25 * b) / 256],
    [(WIDTH * HEIGHT) / 4, 128 + (-37.9 * r - 74.5 * g + 112.4 * b) / 256],
    [(WIDTH * HEIGHT) / 4, 128 + (112.4 * r - 94.1 * g - 18.3 * b) / 256],
  ] as const;
  const frame = Buffer.concat([
    Buffer.from('FRAME\n'),
    ...planes.map(([length, value]) => Buffer.alloc(length, Math.round(value))),
  ]);
  const path = at(`${name}.y4m`);
  writeFileSync(
    path,
    Buffer.concat([
      Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F20:1 Ip A1:1 C420jpeg\n`),
      ...Array<Buffer>(20).fill(frame),
    ]),
  );
  return path;
}

const box = (page: Page, nth: number): ReturnType<Page['locator']> => page.locator('.box').nth(nth);

/** Opens the tab, fills a box for each class, and trains. */
async function teach(page: Page, count: number): Promise<void> {
  await page.locator('#teach-part').waitFor();
  await page.click('#add-class');
  for (const [i, name] of (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).entries()) {
    await retype(box(page, i).locator('.class-name'), name);
    await box(page, i)
      .locator('input[type=file]')
      .first()
      .setInputFiles(pictures(name, 0, count));
    await box(page, i).getByText(`${count} pictures`).waitFor();
  }
  await page.click('#teach-train');
  await page.locator('#taught-report').waitFor();
}

/** Asks about a picture; returns what is said, the likeliest first. */
async function ask(page: Page, file: string): Promise<{ class: string; probability: number }[]> {
  await page.evaluate("document.getElementById('try-status').textContent = ''");
  await page.setInputFiles('#try-file', file);
  await page.locator('#try-status', { hasText: /, [\d.]+ %$|^None of these$/ }).waitFor();
  return page.locator('#try-answers li').evaluateAll((all) =>
    all.map((item) => ({
      class: item.querySelector('.name')?.textContent ?? '',
      probability: Number(item.getAttribute('data-probability')),
    })),
  );
}

function unzip(file: string, folder: string): void {
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

if (BROWSER === null) skipped.push(`classes of one’s own in a browser (${NO_BROWSER})`);
else {
  test.before(async () => {
    await trainRuns();
    [browser, served] = await Promise.all([launch(true), serve('colour', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await served?.end();
  });

  test('boxes, training, what it is worth; an answer, what it looks at; taken home, it says the same', async () => {
    const { page, complaints } = await visit(browser, `${served.url}#teach`);
    await page.locator('#teach-part').waitFor();
    await page.click('#teach-train');
    await page.locator('#teach-problem', { hasText: 'Two classes with two pictures each' }).waitFor();
    writeFileSync(at('notes.txt'), 'no picture');
    await box(page, 0).locator('input[type=file]').first().setInputFiles(at('notes.txt'));
    await page.locator('#teach-problem', { hasText: /^1 file was not taken: .*notes\.txt: is no JPEG/ }).waitFor();
    await teach(page, 8);
    assert.match(
      (await page.textContent('#teach-result')) ?? '',
      /^[\d.]+ % of 24 pictures are recognised .*\(5 folds\)/,
    );
    assert.is(await page.locator('#teach-confusion tbody tr').count(), 3);
    for (const [i, name] of (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).entries()) {
      const [file] = pictures(name, 20 + i, 1);
      const said = await ask(page, file);
      assert.is(said[0].class, name);
      assert.is(said.length, 3);
    }
    const [file] = pictures('green', 30, 1);
    const said = await ask(page, file);
    await page.click('#try-look');
    await page.getByText('Show the picture').waitFor();
    assert.ok(await page.locator('#try-overlay').isVisible());
    await screenshot(page, 'teach');
    for (const language of ['ko', 'en']) {
      await page.selectOption('#language', language);
      for (const width of [390, 1280])
        for (const colorScheme of ['dark', 'light'] as const) {
          await page.emulateMedia({ colorScheme });
          await page.setViewportSize({ width, height: 900 });
          assert.equal(await brokenRules(page), [], `${language}, ${width} pixels, ${colorScheme}`);
          assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, 'nothing sticks out');
        }
    }

    unzip(await download(page, '#home-run'), at('home'));
    const run = join('home', 'my-classes');
    const { answers } = await weftJson<{ answers: { top: { class: string; probability: number }[] }[] }>(
      ['predict', run, file],
      { cwd },
    );
    for (const { class: name, probability } of answers[0].top) {
      const own = said.find((s) => s.class === name)?.probability ?? NaN;
      assert.ok(Math.abs(own - probability) < 1e-4, `${name}: ${own} on the page, ${probability} by the command`);
    }
    const zip = await download(page, '#home-pictures');
    const measured = await weftJson<{ count: number; accuracy: number }>(
      ['eval', run, '--data', zip, '--split', 'all'],
      { cwd },
    );
    assert.is(measured.count, 24);
    assert.ok(measured.accuracy > 0.9, String(measured.accuracy));
    const onnx = readFileSync(await download(page, '#home-onnx'));
    const { code, stderr } = await weft(['export', run, '--out', 'command.onnx'], { cwd });
    assert.is(code, 0, stderr);
    assert.ok(onnx.equals(readFileSync(at('command.onnx'))), 'weft export writes the same');

    unzip(await download(page, '#home-page'), at('home_page'));
    const own = await serveFolder(at(join('home_page', 'my-classes')));
    try {
      const { page: taken, complaints: others } = await visit(browser, own.url);
      await taken.getByText(/is ready\.$/).waitFor();
      await taken.setInputFiles('#file', file);
      const [first] = await shownClasses(taken);
      assert.is(first.class, 'green');
      assert.ok(Math.abs(first.probability - said[0].probability) < 1e-4);
      assert.equal(others, []);
      await taken.close();
    } finally {
      own.end();
    }
    assert.equal(complaints, []);

    await page.reload();
    await page.locator('#taught-report').waitFor();
    assert.is(await box(page, 2).locator('.thumbnails li').count(), 8, 'pictures are kept');
    assert.is((await ask(page, file))[0].class, 'green');
    await box(page, 0).locator('.thumbnails .remove').first().click();
    await page.getByText('Pictures or names have changed since: train again.').waitFor();
    await page.click('#fine-tune');
    await page.locator('#teach-tuned', { hasText: /^Of \d+ pictures held back / }).waitFor();
    await page.close();

    const another = await browser.newContext();
    const fresh = await another.newPage();
    await fresh.goto(`${served.url}#teach`);
    await fresh.locator('#teach-part').waitFor();
    await fresh.setInputFiles('#import-file', zip);
    await fresh.getByText(/^24 pictures of 3 classes\.$/).waitFor();
    assert.equal(
      await fresh
        .locator('.class-name')
        .evaluateAll((all) => all.map((input) => (input as unknown as { value: string }).value)),
      ['red', 'green', 'blue'],
    );
    await another.close();
  });

  test('the camera: recorded while the button is held, asked as it goes; refused in words', async () => {
    const { page } = await visit(browser, `${served.url}#teach`);
    await page.locator('#teach-part').waitFor();
    await box(page, 0).getByText('Camera', { exact: true }).click();
    await box(page, 0)
      .locator('.problem', { hasText: /^(There is no camera here|The camera was refused)/ })
      .waitFor();
    await page.close();
    const filmed = await launch(true, film('green'));
    try {
      const { page: live, complaints } = await visit(filmed, `${served.url}#teach`);
      await teach(live, 6);
      await box(live, 1).getByText('Camera', { exact: true }).click();
      const hold = box(live, 1).locator('button.primary');
      await hold.waitFor();
      await hold.focus();
      await live.keyboard.down('Space');
      await box(live, 1)
        .locator('button.primary', { hasText: /^Recording … ([3-9]|\d\d)$/ })
        .waitFor();
      await live.keyboard.up('Space');
      await box(live, 1)
        .getByText(/^(9|[1-9]\d) pictures$/)
        .waitFor();
      await live.click('#teach-train');
      await live.getByText('Pictures or names have changed since').waitFor({ state: 'hidden' });
      await live.click('#try-camera');
      await live.locator(`#try-status${IS_FIREFOX ? '[data-answer]' : '[data-answer="green"]'}`).waitFor();
      await live.locator('#try-rate[data-rate]').waitFor();
      assert.ok(await live.locator('#try-video').isVisible());
      await screenshot(live, 'teach-camera');
      await live.getByText('Close the camera').click();
      assert.not(await live.locator('#try-video').isVisible());
      assert.equal(complaints, []);
    } finally {
      await filmed.close();
    }
  });

  test('what was taught goes home as a page when the server is gone, too', async () => {
    const { url, end } = await serve('colour', cwd);
    const { page } = await visit(browser, `${url}#teach`);
    await teach(page, 3);
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await page.reload(); // from now on it answers
    await page.locator('#taught-report').waitFor();
    await end();
    const packed = Object.keys(unzipSync(readFileSync(await download(page, '#home-page'))));
    for (const name of ['index.html', 'page.json', 'sw.js', 'worker.js', 'model.safetensors'])
      assert.ok(packed.includes(`my-classes/${name}`), `${name} is not among ${packed.join(', ')}`);
    await page.close();
  });
}

test.run();

/**
 * The page in Chromium, computing on SwiftShader: the same answers as the command line, training, bad uploads, no
 * WebGPU.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { encodePng } from '../../src/data/pictures/png.js';
import { ROOT } from '../architecture/source.js';
import { weft, weftJson } from '../cli/weft.js';
import { DATA, skipped, suite } from '../support/harness.js';
import { CHROMIUM, launch, ready, screenshot, serve, shownClasses, visit, type Served } from './chromium.js';

const test = suite('page in a browser');

interface Predicted {
  readonly top: readonly { readonly class: string; readonly probability: number }[];
}

/** Two colours to tell apart: a run on RGB pictures that trains at once. */
async function colourFolder(folder: string): Promise<void> {
  for (const [name, colour] of [
    ['warm', [200, 90, 40]],
    ['cold', [40, 90, 200]],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const pixels = Uint8Array.from({ length: 3 * 40 * 30 }, (_, j) => colour[j % 3] + 50 * Math.sin(i + j / 17));
      writeFileSync(join(folder, name, `${i}.png`), encodePng(pixels, 40, 30));
    }
  }
}

/** A photograph of two colours, larger than the network's input and with detail in it. */
function photo(): Promise<Buffer> {
  const [width, height] = [300, 411];
  const data = Uint8Array.from(
    { length: 3 * width * height },
    (_, i) => 120 + 90 * Math.sin(i / 3 / 29 + (i % 3)) * Math.cos(Math.floor(i / 3 / width) / 23),
  );
  return sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

const cwd = mkdtempSync(join(tmpdir(), 'weft-browser-'));
const at = (name: string): string => join(cwd, name);
const RUN = ['--epochs', '2', '--batch', '32', '--model', 'lenet5'];
let browser: Browser;
let grey: Served;
let colour: Served;

/** The picture's classes as the page and as `weft predict` give them: the same three, probabilities within 1e-3. */
async function expectSame(page: Page, run: string, file: string): Promise<void> {
  await page.setInputFiles('#file', file);
  const shown = (await shownClasses(page)).slice(0, 3);
  const [{ top }] = await weftJson<Predicted[]>(['predict', run, file, '--top', String(shown.length)], { cwd });
  assert.equal(
    shown.map((s) => s.class),
    top.map((t) => t.class),
  );
  for (const [i, { probability }] of top.entries())
    assert.ok(
      Math.abs(shown[i].probability - probability) < 1e-3,
      `${file}: ${JSON.stringify(shown)} against ${JSON.stringify(top)}`,
    );
}

if (CHROMIUM === null)
  skipped.push('the page in a browser (no Chromium or Chrome; npm run setup -- --chromium says what to do)');
else {
  test.before(async () => {
    const { train, test: held } = syntheticGarments({ train: 800, test: 20, seed: 1 });
    const csv = ['label', ...Array.from({ length: 784 }, (_, i) => `pixel${i + 1}`)].join();
    writeFileSync(
      at('garments.csv'),
      [
        csv,
        ...Array.from({ length: train.count }, (_, n) =>
          [train.labels[n], ...train.images.subarray(784 * n, 784 * (n + 1))].join(),
        ),
      ].join('\n'),
    );
    await colourFolder(at('colours'));
    for (const args of [
      ['--data', 'garments.csv', '--out', 'grey'],
      ['--data', 'colours', '--image-size', '32', '--crop', '28', '--out', 'colour'],
    ]) {
      const { code, stderr } = await weft(['train', ...args, ...RUN], { cwd });
      assert.is(code, 0, stderr);
    }
    const pixels = held?.images.subarray(0, 784) ?? new Uint8Array(784);
    writeFileSync(
      at('garment.png'),
      encodePng(
        Uint8Array.from(
          { length: 140 * 140 },
          (_, i) => pixels[Math.floor(i / 140 / 5) * 28 + Math.floor((i % 140) / 5)],
        ),
        140,
        140,
      ),
    );
    writeFileSync(at('photo.jpg'), await photo());
    [browser, grey, colour] = await Promise.all([launch(true), serve('grey', cwd), serve('colour', cwd)]);
  });
  test.after(async () => {
    await browser?.close();
    await Promise.all([grey?.end(), colour?.end()]);
    rmSync(cwd, { recursive: true, force: true });
  });

  test('a garment: the same classes as weft predict; the map of what it looks at', async () => {
    const { page, complaints } = await visit(browser, grey.url);
    await ready(page);
    await expectSame(page, 'grey', at('garment.png'));
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
    assert.is(await page.locator('script').count(), 1, 'no name became an element');
    await page.setInputFiles('#file', at('garment.png'));
    assert.ok((await shownClasses(page)).length === 5 && !(await page.locator('#problem').isVisible()));
    assert.equal(complaints, []);
    await page.close();
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
    await page.keyboard.press('ArrowLeft');
    assert.ok(await page.locator('#classify').isVisible(), 'the tabs obey the arrow keys');
    assert.equal(complaints, []);
    await page.close();
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
    const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
    const server = createServer((request, response) => {
      const name = (request.url ?? '').split('?')[0].slice(1) || 'index.html';
      if (!existsSync(at(`static/${name}`))) return void response.writeHead(404).end();
      response
        .writeHead(200, { 'content-type': types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
        .end(readFileSync(at(`static/${name}`)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
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
      server.close();
      server.closeAllConnections();
    }
  });

  test('the server ends at Ctrl-C', async () => {
    assert.is(await (await serve('grey', cwd)).end(), 0);
  });
}

test.run();

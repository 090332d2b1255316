/**
 * Similar products on the page: the same ten as `weft similar` finds, in the browser and on the server; what is
 * fetched, and kept.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { imagePng } from '../../src/data/pictures/contact_sheet.js';
import { syntheticShoes } from '../../src/data/drawn/shoes.js';
import { weft, weftJson } from '../cli/weft.js';
import { DATA, skipped, suite } from '../support/harness.js';
import { BROWSER, launch, ready, screenshot, serve, shownClasses, visit, type Served } from './browsers.js';

const test = suite('similar products in a browser');

interface Found {
  readonly row: number;
  /** Its file. */
  readonly id: string;
  readonly score: number;
  readonly label: string;
  readonly columns: Readonly<Record<string, string>>;
}

const BRANDS = ['Acme', 'Bolt & Sons', '<b>Cleat</b>', 'Dune'];
const PRODUCTS = 16;
const SIDE = 48;

const cwd = mkdtempSync(join(tmpdir(), 'weft-similar-'));
const at = (name: string): string => join(cwd, name);
let browser: Browser;
let own: Served;
let other: Served;

/** Eight pictures of each of sixteen products of four brands, and a table of them. */
function shop({ images, labels, count, channels, height, width }: ImageDataset): void {
  mkdirSync(at('images'));
  const lines = ['file,type,name,brand'];
  for (let n = 0; n < count; n++) {
    writeFileSync(at(`images/${n}.png`), imagePng({ images, channels, height, width }, n));
    const brand = BRANDS[labels[n] % BRANDS.length];
    lines.push(`${n}.png,${labels[n] % 2 === 0 ? 'low' : 'high'},${brand} Model ${labels[n]},${brand}`);
  }
  writeFileSync(at('shop.csv'), lines.join('\n'));
}

const SHOES = DATA === null ? null : join(DATA, 'clothing', 'test', 'shoes');
const real =
  SHOES === null || !existsSync(SHOES)
    ? []
    : readdirSync(SHOES)
        .sort()
        .slice(0, 2)
        .map((name) => join(SHOES, name));
const view = at('view.jpg');
const ofIndex = at('images/5.png');

/** What `weft similar` finds for all pictures that are shown, asked once for each index. */
const asked = new Map<string, Promise<Found[][]>>();
async function similar(index: string, file: string): Promise<Found[]> {
  const files = [view, ofIndex, ...real];
  const all =
    asked.get(index) ??
    weftJson<{ results: { similar: Found[] }[] }>(['similar', index, ...files, '--k', '10'], { cwd }).then(
      ({ results }) => results.map((r) => r.similar),
    );
  asked.set(index, all);
  return (await all)[files.indexOf(file)];
}

/**
 * Shows the page a picture: the products below it are those of `weft similar`, in its order, with its similarities to
 * 1e-3.
 */
async function expectSame(page: Page, index: string, file: string): Promise<Found[]> {
  await page.setInputFiles('#file', file);
  await shownClasses(page);
  await page.locator('#products li').first().waitFor();
  const shown = await page
    .locator('#products li')
    .evaluateAll((all) => all.map(({ dataset }) => ({ row: Number(dataset['row']), score: Number(dataset['score']) })));
  const expected = await similar(index, file);
  assert.equal(
    shown.map((s) => s.row),
    expected.map((e) => e.row),
    `${file}: ${JSON.stringify(shown)} against ${JSON.stringify(expected)}`,
  );
  for (const [i, { score }] of expected.entries())
    assert.ok(Math.abs(shown[i].score - score) < 1e-3, `${file}: ${shown[i].score} against ${score}`);
  return expected;
}

/** The names of the products whose pictures are there, once it is known of all. */
async function picturesOf(page: Page): Promise<string[]> {
  return page.evaluate(`(async () => {
    const images = () => Array.from(document.querySelectorAll('#products img'));
    await Promise.all(images().map((image) => image.decode().catch(() => undefined)));
    return images().map((image) => image.alt);
  })()`);
}

if (BROWSER === null)
  skipped.push('similar products in a browser (no Chromium or Chrome; npm run setup -- --chromium says what to do)');
else {
  test.before(async () => {
    const { train, test: views } = syntheticShoes({ brands: BRANDS.length, products: PRODUCTS }, { side: SIDE });
    shop(train);
    if (views === null) throw new Error('there are no further views');
    const photo = sharp(imagePng(views, 3)).resize(230, 301, { fit: 'cover' });
    writeFileSync(view, await photo.jpeg({ quality: 90 }).toBuffer());
    // Trained so far that the pictures differ: the order of equal similarities would be anybody's.
    const run = '--data shop.csv --model lenet5 --epochs 6 --batch 16 --lr 0.003 --image-size 32 --crop 28'.split(' ');
    const trained = await Promise.all(
      [
        ['run0', 'name'],
        ['run1', 'type'],
      ].map(([out, label]) => weft(['train', ...run, '--label', label, '--out', out], { cwd })),
    );
    const indexed = await Promise.all(
      ['0', '1'].map((which) =>
        weft(['index', `run${which}`, '--data', 'shop.csv', '--out', `index${which}`], { cwd }),
      ),
    );
    for (const { code, stderr } of [...trained, ...indexed]) assert.is(code, 0, stderr);
    [browser, own, other] = await Promise.all([
      launch(true),
      serve('run0', cwd, ['--index', 'index0']),
      serve('run0', cwd, ['--index', 'index1']),
    ]);
  });
  test.after(async () => {
    await browser?.close();
    await Promise.all([own?.end(), other?.end()]);
    rmSync(cwd, { recursive: true, force: true });
  });

  test('a photograph, and a picture of the index: the same ten as weft similar, with names, brands and pictures', async () => {
    const { page, complaints } = await visit(browser, own.url);
    await ready(page);
    const [first, ...others] = await expectSame(page, 'index0', view);
    const {
      label,
      score,
      columns: { brand },
    } = first;
    const ofBrand = 1 + others.filter((o) => o.columns['brand'] === brand).length;
    const [{ class: top, probability }] = await shownClasses(page);
    const words = (await page.locator('#product').innerText()).split(/\n+/);
    assert.equal(words, [
      `Recognised as: ${top} (${(100 * probability).toFixed(1)} %)`,
      `Most like: ${label} (similarity ${score.toFixed(2)})`,
      ofBrand === 1 ? `None of the others here is by ${brand}.` : `${ofBrand} of the 10 most similar are by ${brand}.`,
    ]);
    assert.equal(await picturesOf(page), [label, ...others.map((o) => o.label)]);
    await screenshot(page, 'similar');
    await expectSame(page, 'index0', ofIndex);
    assert.is(await page.locator('#products b').count(), 0, 'no name became an element');
    assert.equal(await page.locator('#brand option').allTextContents(), ['All', ...[...BRANDS].sort()]);
    await page.selectOption('#brand', BRANDS[3]);
    await page.locator('#similar-status', { hasText: /^\d+ products/ }).waitFor();
    const made = await page.locator('#products .about').allTextContents();
    assert.ok(made.length > 1 && made.every((about) => about.startsWith(BRANDS[3])), made.join('; '));
    await page.selectOption('#brand', 'All');
    await page.locator('#products li').nth(9).waitFor();
    assert.equal(complaints, []);
    assert.is(
      await page.evaluate("caches.open('weft-files').then((c) => c.keys()).then((keys) => keys.length)"),
      3,
      'weights, names, vectors: the index’s network is the run’s',
    );
    await page.close();
  });

  test('an index of another network: that comes too, and all is fetched once', async () => {
    const { page } = await visit(browser, other.url);
    await ready(page);
    await expectSame(page, 'index1', view);
    assert.is(await page.evaluate("caches.open('weft-files').then((c) => c.keys()).then((keys) => keys.length)"), 4);
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await page.reload();
    await ready(page);
    await expectSame(page, 'index1', view);
    assert.ok(fetched.includes('/page.json'));
    assert.equal(
      fetched.filter((path) => /safetensors|index\.json/.test(path)),
      [],
    );
    await page.close();
  });

  test('a picture that is gone leaves a blank beside its name', async () => {
    const [lost] = await similar('index0', view);
    rmSync(join(cwd, lost.id));
    const late = await serve('run0', cwd, ['--index', 'index0']); // what another has made it keeps
    const { page } = await visit(browser, late.url);
    try {
      await ready(page);
      await expectSame(page, 'index0', view);
      await page.locator('#products li:first-child .blank').waitFor();
      assert.is(await page.locator('#products li:first-child .name').textContent(), lost.label);
      assert.ok(!(await page.locator('#similar-problem').isVisible()) && (await picturesOf(page)).length === 9);
      assert.ok(
        late.output().includes('warning: no picture of it on the page: ') && late.output().includes(lost.id),
        late.output(),
      );
    } finally {
      await page.close();
      await late.end();
    }
  });

  if (real.length === 0)
    skipped.push('similar products of real photographs in the page (no clothing/test/shoes; set WEFT_DATA)');
  else {
    test('real photographs: the same ten as weft similar', async () => {
      const { page } = await visit(browser, own.url);
      await ready(page);
      for (const file of real) await expectSame(page, 'index0', file);
      await page.close();
    });
  }

  test('without WebGPU: the server finds the same ten, and no vectors are fetched', async () => {
    const plain = await launch(false);
    try {
      const page = await plain.newPage();
      const fetched: string[] = [];
      page.on('request', (request) => fetched.push(request.url()));
      await page.goto(other.url);
      await ready(page);
      await expectSame(page, 'index1', view);
      assert.equal(
        fetched.filter((url) => /safetensors|index\.json/.test(url)),
        [],
      );
    } finally {
      await plain.close();
    }
  });
}

test.run();

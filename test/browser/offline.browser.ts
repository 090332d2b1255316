/** The page as an app: it opens without a server, has no file that is another than page.json says, and mixes none. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { digest } from '#platform';
import type { PageManifest } from '../../src/retrieval/page_manifest.js';
import { weft } from '../cli/weft.js';
import { skipped, suite } from '../support/harness.js';
import { BROWSER, launch, NO_BROWSER, ready, serve, serveFolder } from './browsers.js';
import { at, cwd, expectSame, trainRuns } from './trained_runs.js';

const test = suite('page offline');
let browser: Browser;

/** A page in a context of its own, and the addresses that it and its service worker ask for. */
async function newPage(): Promise<{ page: Page; addresses: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext();
  const addresses: string[] = [];
  context.on('request', (request) => addresses.push(request.url()));
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  return { page, addresses, close: () => context.close() };
}

/** Visits a page and waits until the browser keeps it; the page itself is opened by its service worker then. */
async function install(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await ready(page);
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)');
  await page.reload();
  await ready(page);
  assert.ok(await page.evaluate('navigator.serviceWorker.controller !== null'));
}

/** What is kept of the page in a folder: addresses below it. */
async function kept(page: Page, url: string): Promise<string[]> {
  const names = `caches.open('weft-app ${url}').then((c) => c.keys()).then((keys) => keys.map((k) => k.url))`;
  return (await page.evaluate<string[]>(names)).map((address) => address.slice(url.length));
}

/** Makes another version of a written page: its index.html has this title. */
function writeAnew(folder: string, title: string): void {
  const html = readFileSync(at(`${folder}/index.html`), 'utf8').replace(
    /<title\b.*<\/title>/,
    `<title>${title}</title>`,
  );
  const json = JSON.parse(readFileSync(at(`${folder}/page.json`), 'utf8')) as PageManifest;
  const bytes = new TextEncoder().encode(html);
  const index = { name: 'index.html', bytes: bytes.length, digest: digest('sha256', bytes) };
  const files = json.files.map((file) => (file.name === 'index.html' ? index : file));
  writeFileSync(at(`${folder}/index.html`), bytes);
  writeFileSync(at(`${folder}/page.json`), JSON.stringify({ ...json, files }));
}

if (BROWSER === null) skipped.push(`page offline (${NO_BROWSER})`);
else {
  test.before(async () => {
    process.env['PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS'] = '1'; // playwright tells of its requests then
    await trainRuns();
    browser = await launch(true);
  });
  test.after(() => browser?.close());

  test('after a visit it classifies without the server, and asks nobody else from first to last', async () => {
    const { url, end } = await serve('grey', cwd);
    const { page, addresses, close } = await newPage();
    try {
      await install(page, url);
      await end();
      await page.reload();
      await ready(page);
      await expectSame(page, 'grey', at('garment.png'));
      await page.click('#tab-learn'); // a part that comes when it is first shown
      await page.locator('#lab').waitFor();
      const packed = await page.evaluate<string[]>(`(async () => {
        const { files } = await (await fetch('page.json')).json();
        const texts = [...files.map(({ name }) => name), 'sw.js'].map((name) => fetch(name).then((r) => r.text()));
        return (await Promise.all(texts)).slice(-2);
      })()`);
      assert.match(packed[1], /addEventListener\(.install/, 'what a page of one’s own is packed of is all there');
      const own = new URL(url).host;
      assert.equal(
        addresses.filter((address) => !/^(blob|data):/.test(address) && new URL(address).host !== own),
        [],
      );
      assert.ok(
        addresses.filter((address) => address === `${url}page.json`).length >= 3,
        'those of the worker are seen',
      );
      const manifest = (await page.evaluate("fetch('manifest.webmanifest').then((response) => response.json())")) as {
        icons: { src: string; sizes: string }[];
      };
      for (const { src, sizes } of manifest.icons) {
        const size = `createImageBitmap(await (await fetch('${src}')).blob()).then((i) => i.width + 'x' + i.height)`;
        assert.is(await page.evaluate(`(async () => ${size})()`), sizes, src);
      }
    } finally {
      await close();
      await end();
    }
  });

  test('a file that was changed where it is kept is fetched anew', async () => {
    const { url, end } = await serve('grey', cwd);
    const { page, close } = await newPage();
    try {
      await install(page, url);
      const script = (await kept(page, url)).find((name) => /^assets\/index-.*\.js/.test(name)) ?? '';
      const content = `caches.open('weft-app ${url}').then((c) => c.match('${url}${script}')).then((r) => r.text())`;
      const before = await page.evaluate<string>(content);
      await page.evaluate(
        `caches.open('weft-app ${url}').then((c) => c.put('${url}${script}', new Response('document.body.remove()', ` +
          "{ headers: { 'content-type': 'text/javascript' } })))",
      );
      await page.reload();
      await ready(page);
      assert.is(await page.evaluate(content), before);
    } finally {
      await close();
      await end();
    }
  });

  test('a page that is written anew takes over as a whole, and leaves an open one what it has', async () => {
    const { code, stderr } = await weft(['page', 'grey', '--out', 'app'], { cwd });
    assert.is(code, 0, stderr);
    const { url, end } = await serveFolder(at('app'));
    const { page, close } = await newPage();
    try {
      await install(page, url);
      const other = "caches.open('weft-app http://elsewhere/').then(() => true)";
      await page.evaluate(other);
      writeAnew('app', 'Anew');
      renameSync(at('app/assets'), at('app/elsewhere')); // the new one has them under other names, say
      await page.click('#tab-learn');
      await page.locator('#lab').waitFor();
      renameSync(at('app/elsewhere'), at('app/assets'));
      await page.click('#tab-classify');
      await page.reload();
      await ready(page);
      assert.is(await page.title(), 'Anew');
      // The one before was opened long ago.
      await page.evaluate(
        `caches.open('weft-app ${url}').then(async (cache) => { for (const key of await cache.keys()) { ` +
          'if (!/note=(?!current)/.test(key.url)) continue; const note = await (await cache.match(key)).text(); ' +
          "await cache.put(key, new Response(note.replace(/ .*/, ' 0'))); } })",
      );
      await page.reload();
      await ready(page);
      await page.waitForFunction(
        `caches.open('weft-app ${url}').then((c) => c.keys()).then((keys) => ` +
          'keys.filter((k) => /index\\.html/.test(k.url)).length === 1)',
      );
      const names = await kept(page, url);
      assert.is(names.filter((name) => name.startsWith('page.json?')).length, 1);
      assert.ok(await page.evaluate("caches.has('weft-app http://elsewhere/')"), 'another page’s is left alone');
      const written = await weft(['page', 'colour', '--out', 'app', '--force'], { cwd });
      assert.is(written.code, 0, written.stderr);
      await page.reload();
      await ready(page);
      await expectSame(page, 'colour', at('photo.jpg')); // another run at the same address
      // Where there is no page any more nothing is kept; then it comes back.
      renameSync(at('app/page.json'), at('app/gone.json'));
      await page.reload();
      await page.locator('#problem', { hasText: 'page.json: the server answers 404' }).waitFor();
      assert.not(await page.evaluate(`caches.has('weft-app ${url}')`));
      renameSync(at('app/gone.json'), at('app/page.json'));
      await install(page, url);
      // Half a page is none: what was there goes on.
      writeAnew('app', 'Broken');
      writeFileSync(at('app/index.html'), 'half of it');
      await page.reload();
      await page.getByText('half of it').waitFor(); // as the server has it
      end();
      await page.reload();
      await ready(page);
      assert.match(await page.title(), /^Weft: /);
      await expectSame(page, 'colour', at('photo.jpg'));
    } finally {
      await close();
      end();
    }
  });

  test('without the token there is neither page nor answer, and no refusal is kept', async () => {
    const { url, end } = await serve('grey', cwd, ['--token', 'token-of-a-test']);
    const { page, close } = await newPage();
    try {
      await install(page, `${url}?token=token-of-a-test`);
      await page.context().clearCookies();
      await page.reload();
      await page.getByText('open the address that weft serve has printed').waitFor();
      assert.is(await page.evaluate("fetch('./classify', { method: 'POST', body: 'x' }).then((r) => r.status)"), 401);
      await page.goto(`${url}?token=token-of-a-test`);
      await ready(page);
      const texts =
        `caches.open('weft-app ${url}').then(async (cache) => Promise.all(` +
        '(await cache.keys()).map(async (key) => (await cache.match(key)).text())))';
      const all = await page.evaluate<string[]>(texts);
      assert.ok(all.length > 10);
      for (const text of all) assert.not.match(text.slice(0, 200), /has printed/);
    } finally {
      await close();
      await end();
    }
  });
}

test.run();

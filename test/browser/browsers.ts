/**
 * The browser under test, Chromium or Firefox, driven by playwright-core, and `weft serve` for it to visit. Everything
 * started here is ended here.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, firefox, type Browser, type Locator, type Page } from 'playwright-core';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';

// Compiled to dist/test/browser/browsers.js.
const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));
const QUIET = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

const CAMERA = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'];
const FIREFOX_CAMERA = { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true };

/** On where the machine's driver is a software one, too. */
const FIREFOX = { 'gfx.webgpu.ignore-blocklist': true, 'browser.shell.checkDefaultBrowser': false };

export const IS_FIREFOX = process.env['WEFT_TEST_BROWSER'] === 'firefox';

/** The browser that scripts/test.mjs found, or null. */
export const BROWSER: string | null = ((path) => (path !== '' && existsSync(path) ? path : null))(
  process.env['WEFT_TEST_BROWSER_PATH'] ?? '',
);

/** Why tests are skipped where it is null. */
export const NO_BROWSER = IS_FIREFOX
  ? 'no Firefox; npm run setup -- --firefox says what to do'
  : 'no Chromium or Chrome; npm run setup -- --chromium says what to do';

/** A software adapter computes here, beside whatever else the machine does. */
const PATIENCE = 600_000;

/** What Firefox cannot be made to do by playwright-core is skipped by name. */
export function testInChromium(
  test: ReturnType<typeof suite>,
  name: string,
  why: string,
  body: () => Promise<void>,
): void {
  if (IS_FIREFOX) skipped.push(`${name} (Firefox: ${why})`);
  else test(name, body);
}

/** What pages save. */
const SAVED = mkdtempSync(join(tmpdir(), 'weft-saved-'));
const FIREFOX_SAVES = mkdtempSync(join(SAVED, 'firefox-'));
process.on('exit', () => rmSync(SAVED, { recursive: true, force: true }));

/** What playwright-core has behind a browser; not of its public interface, and so looked at before it is used. */
interface BehindBrowser {
  _connection: { toImpl(browser: Browser): { _browserSession: object } };
}

let mediaIsLeftAlone = false;

/** playwright-core sets colour schemes by a command of WebDriver BiDi that Firefox 153 has not. */
function leaveMediaAlone(browser: Browser): void {
  if (mediaIsLeftAlone) return;
  mediaIsLeftAlone = true;
  const { _browserSession: session } = (browser as unknown as BehindBrowser)._connection.toImpl(browser);
  const kind = Object.getPrototypeOf(session) as { send(method: string, params: unknown): Promise<unknown> };
  const { send } = kind;
  assert.type(send, 'function');
  kind.send = function (method, params) {
    return method === 'emulation.setMediaFeaturesOverride' ? Promise.resolve({}) : send.call(this, method, params);
  };
}

/** @param filmed the page is given a camera: in Chromium this film (YUV4MPEG2), in Firefox one of its own. */
export async function launch(webgpu: boolean, filmed: string | null = null): Promise<Browser> {
  const options = { executablePath: BROWSER ?? '', headless: true, timeout: PATIENCE };
  if (!IS_FIREFOX)
    return chromium.launch({
      ...options,
      args: [
        ...QUIET,
        ...(webgpu ? WEBGPU : []),
        ...(filmed === null ? [] : [...CAMERA, `--use-file-for-fake-video-capture=${filmed}`]),
      ],
    });
  const firefoxUserPrefs = { ...FIREFOX, ...(filmed === null ? {} : FIREFOX_CAMERA), 'dom.webgpu.enabled': webgpu };
  const browser = await firefox.launch({
    ...options,
    channel: 'moz-firefox',
    firefoxUserPrefs,
    downloadsPath: FIREFOX_SAVES,
  });
  leaveMediaAlone(browser);
  return browser;
}

export interface Served {
  readonly url: string;
  /** Everything said so far. */
  readonly output: () => string;
  /** Ends the server; resolves with its exit code. */
  readonly end: () => Promise<number | null>;
}

/** A test that fails ends none of its own. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs `weft serve` on a free port and waits until it listens. @param options further ones. */
export function serve(run: string, cwd: string, options: readonly string[] = []): Promise<Served> {
  const child = spawn(process.execPath, [SCRIPT, 'serve', run, '--port', '0', ...options], {
    cwd,
    env: { ...process.env, WEFT_TUNE: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`weft serve ended with ${String(code)}: ${text}`)));
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
      if (url !== undefined) resolve({ url, output: () => text, end: () => (child.kill('SIGINT'), ended) });
    });
  });
}

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

/** Hands out a folder as a plain web server does, on a free port. */
export async function serveFolder(folder: string): Promise<{ readonly url: string; readonly end: () => void }> {
  const server = createServer((request, response) => {
    const name = (request.url ?? '').split('?')[0].slice(1) || 'index.html';
    if (!existsSync(join(folder, name))) return void response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream' })
      .end(readFileSync(join(folder, name)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    end: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * A tab of the browser, and what went wrong in it: errors on the console, breaches of the content-security policy,
 * exceptions.
 */
export async function visit(
  browser: Browser,
  url: string,
  size = { width: 1280, height: 900 },
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: size });
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints };
}

/** The classes on the page with their probabilities, once there are any. */
export async function shownClasses(page: Page): Promise<{ class: string; probability: number }[]> {
  const items = page.locator('#classes li');
  await items.first().waitFor();
  return items.evaluateAll((all) =>
    all.map((item) => ({
      class: item.querySelector('.name')?.textContent ?? '',
      probability: Number(item.getAttribute('data-probability')),
    })),
  );
}

/** Presses a button that saves a file, and resolves with where it lies, under the name that the page gave it. */
export async function download(page: Page, button: string): Promise<string> {
  const folder = mkdtempSync(join(SAVED, 'as-'));
  if (!IS_FIREFOX) {
    const [saved] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    const path = join(folder, saved.suggestedFilename());
    await saved.saveAs(path);
    return path;
  }
  // Firefox saves it and does not tell
  await page.click(button);
  for (const end = Date.now() + PATIENCE; Date.now() < end; await page.waitForTimeout(100)) {
    const names = readdirSync(FIREFOX_SAVES);
    const saved = join(FIREFOX_SAVES, names[0] ?? '');
    if (names.length !== 1 || statSync(saved).size === 0) continue; // there are two while it is written
    renameSync(saved, join(folder, names[0]));
    return join(folder, names[0]);
  }
  throw new Error(`${button}: nothing was saved`);
}

/** Puts a text in the place of what a field has, as one who types does. */
export async function retype(field: Locator, text: string): Promise<void> {
  await field.focus();
  await field.press('Control+a');
  await field.pressSequentially(text);
  await field.press('Enter');
}

/** Waits until a model is ready to be asked. */
export async function ready(page: Page): Promise<void> {
  await page.getByText(/is ready\.$/).waitFor();
}

/** With WEFT_SCREENSHOTS, pictures of the page at desktop and phone width are left in that folder, to be looked at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['WEFT_SCREENSHOTS'];
  if (folder === undefined) return;
  for (const width of [1280, 390]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const path = join(folder, `${name}-${width}-${colorScheme}.png`);
      // to hide the caret takes a style that the page forbids
      await page.screenshot({ path, fullPage: true, caret: 'initial' });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 900 });
}

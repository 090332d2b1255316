/**
 * `npm run test:fetch -- [--kills N] [--seed S]`: a feed of 300 rows is fetched from a misbehaving shop on this
 * machine, then anew N times (5) with three SIGKILLs at random moments each. What is in the folder must be that of the
 * undisturbed run (the journal aside), no page may be asked for more often than kills explain, and no host more often
 * in a second than was said. Takes minutes. Its last line: `N passed, N failed, 0 skipped`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Shop } from '../support/shop.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));
const [DELAY, CONCURRENCY] = [0.05, 8];

function numberOf(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}
const problems: string[] = [];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Paths of the shop by how many rows have their kind. */
const KINDS: Readonly<Record<string, number>> = {
  p: 120,
  same: 12,
  near: 12,
  webp: 8,
  gzip: 8,
  elsewhere: 20,
  far: 5,
  busy: 3,
  'busy-date': 2,
  flaky: 10,
  'once-broken-off': 6,
  'Bilder für': 6,
  down: 4,
  closed: 10,
  loop: 2,
  file: 2,
  'into-the-house': 6,
  html: 8,
  gif: 4,
  empty: 3,
  long: 3,
  endless: 3,
  bomb: 2,
  'no-gzip': 2,
  drip: 2,
  silent: 2,
  reset: 3,
  'broken-off': 3,
  cut: 4,
  'broken-png': 4,
  wide: 3,
  missing: 8,
};
const CELLS = ['', '', 'images/1.jpg', 'data:image/png;base64,AA', 'file:///etc/passwd', 'https://[fd00::1]/a.jpg'];

function writeFeed(path: string, shop: Shop): void {
  const cells = Object.entries(KINDS).flatMap(([kind, n]) =>
    Array.from({ length: n }, (_, i) => `${shop.url}/${kind}/${i}.jpg`),
  );
  const status = [403, 410, 418, 501].map((code) => `${shop.url}/status/${code}`);
  const all = [...cells, ...status, ...CELLS];
  // the kinds among each other: 101 has no divisor in common with their number
  const mixed = all.map((_, i) => all[(i * 101) % all.length]);
  const rows = mixed.map((cell, i) => `${i},Shoe ${i},"${cell}",${['Boots', 'Heels', 'Sandals'][i % 3]},Acme`);
  writeFileSync(path, `id,title,image_link,product_type,brand\n${rows.join('\n')}\n`);
}

/** Runs the command; SIGKILL after so many milliseconds. Returns the exit code, null when it was killed. */
function fetchOnce(feed: string, out: string, shops: readonly Shop[], killAfter?: number): Promise<number | null> {
  const hosts = shops.map(({ host }) => host).join(',');
  const limits = ['--timeout', '1.5', '--retry-delay', '0.05', '--retries', '2', '--max-size', '2'];
  const polite = ['--delay', String(DELAY), '--concurrency', String(CONCURRENCY), '--per-host', '2'];
  const words = ['data', 'fetch', feed, '--out', out, '--allow-http', '--allow-private', hosts, ...limits, ...polite];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SCRIPT, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += String(part)));
    if (killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('close', (code) => {
      if (killAfter === undefined) say(said.trimEnd().replace(/^/gm, '  '));
      resolve(code);
    });
  });
}

/** Files of a folder with their digests, but for the journal. */
function filesOf(folder: string): Map<string, string> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).sort();
  return new Map(
    names
      .filter((name) => name !== 'fetch_journal.jsonl' && statSync(join(folder, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

/** Most requests of one host within a second, and the shortest time between two. */
function rateOf({ asked, host }: Shop): string {
  const times = asked.map(({ at }) => at);
  const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  if (most > 1 / DELAY) problems.push(`${host}: ${most} requests in a second`);
  return `${host}: ${asked.length} requests, at most ${most} in a second, ${Math.min(...gaps).toFixed(1)} ms apart`;
}

const [kills, seed] = [numberOf('kills', 5), numberOf('seed', 1)];
let state = seed;
const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const home = mkdtempSync(join(tmpdir(), 'weft-fetch-'));
const forbidden = await Shop.open();
const other = await Shop.open();
const shop = await Shop.open(other.host, forbidden.host);
const shops = [shop, other];
try {
  shop.retryAfter = 1;
  const feed = join(home, 'feed.csv');
  writeFeed(feed, shop);
  const whole = join(home, 'whole');
  const started = performance.now();
  say(`exit code ${await fetchOnce(feed, whole, shops)}`);
  const milliseconds = performance.now() - started;
  say(`undisturbed: ${(milliseconds / 1000).toFixed(1)} s; a delay of ${DELAY} s: 20 requests a second at most`);
  for (const one of shops) say(`  ${rateOf(one)}`);
  const wanted = filesOf(whole);
  const usual = shops.map((one) => one.times());
  for (let n = 1; n <= kills; n++) {
    for (const one of shops) one.forget();
    const out = join(home, `killed-${n}`);
    let killed = 0;
    for (let k = 0; k < 3; k++)
      if ((await fetchOnce(feed, out, shops, 300 + random() * 0.4 * milliseconds)) === null) killed++;
    const code = await fetchOnce(feed, out, shops);
    const files = filesOf(out);
    const differ = [...new Set([...wanted.keys(), ...files.keys()])].filter((f) => wanted.get(f) !== files.get(f));
    const surplus = shops.flatMap((one, s) =>
      [...one.times()].map(([path, times]) => ({ path, more: times - (usual[s].get(path) ?? 0) })),
    );
    const pages = surplus.filter(({ path }) => path !== '/robots.txt');
    const more = pages.reduce((sum, page) => sum + Math.max(0, page.more), 0);
    const tooOften = pages.filter((page) => page.more > 3 * killed).map(({ path }) => path);
    for (const one of shops) say(`  ${rateOf(one)}`);
    const good = code === 0 && differ.length === 0 && tooOften.length === 0 && more <= 3 * CONCURRENCY * killed;
    say(
      `killed ${killed} times, then exit code ${code}: ${files.size} files, ${differ.length} differ; ` +
        `${more} requests more than undisturbed, ${tooOften.length} pages more often than kills explain`,
    );
    if (!good) problems.push(`${n}: ${[...differ, ...tooOften].join(', ')}`);
  }
  if (forbidden.asked.length > 0) problems.push('the forbidden host was asked');
} finally {
  await Promise.all([shop, other, forbidden].map((each) => each.close()));
  if (!process.argv.includes('--keep')) rmSync(home, { recursive: true, force: true });
  else say(home);
}
for (const problem of problems) say(`different: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
say(`${kills + 1 - problems.length} passed, ${problems.length} failed, 0 skipped`);

/** `weft data fetch` as its user has it. */
import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { Shop } from '../support/shop.js';
import { weft } from './weft.js';

const test = suite('weft data fetch');
const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));

async function inShop(body: (shop: Shop, folder: string, words: readonly string[]) => Promise<void>): Promise<void> {
  const shop = await Shop.open();
  const words = ['data', 'fetch', 'feed.csv', '--out', 'out', '--allow-http', '--allow-private', shop.host];
  try {
    await inFolder((folder) => body(shop, folder, words));
  } finally {
    await shop.close();
  }
}

test('0 with rows that failed, 3 where nothing came, and what is said of both', () =>
  inShop(async (shop, cwd, words) => {
    writeFileSync(join(cwd, 'feed.csv'), `image_link,type\n${shop.url}/p/1.jpg,a\n${shop.url}/html/1.jpg,b\n,c\n`);
    const some = await weft([...words, '--delay', '0', '--contact', 'me@shop.example', '--json'], { cwd });
    assert.is(some.code, 0, some.stderr);
    const { report, requests } = JSON.parse(some.stdout) as { report: { outcomes: object }; requests: number };
    assert.equal([report.outcomes, requests], [{ fetched: 1, 'no-address': 1, 'not-a-picture': 1 }, 3]);
    assert.match(some.stderr, /2 of 3 rows without a picture: out\/fetch_report.md says why/);
    assert.match(shop.asked[0].agent, /\(weft data fetch; \+me@shop\.example\)$/);
    writeFileSync(join(cwd, 'feed.csv'), `image_link,type\n${shop.url}/html/1.jpg,b\n`);
    const none = await weft(words, { cwd });
    assert.is(none.code, 3, none.stderr);
    assert.match(none.stderr, /none of 1 rows has brought a picture; line 2: is an HTML page/);
    assert.match(none.stderr, /1 addresses were known .* 1 of them failed then \(--retry-failed asks again\)/);
  }));

test('SIGTERM: what there is, is kept, and the exit code is 143', () =>
  inShop(async (shop, cwd, words) => {
    const rows = Array.from({ length: 40 }, (_, n) => `${shop.url}/p/${n}.jpg`);
    writeFileSync(join(cwd, 'feed.csv'), `image_link\n${rows.join('\n')}\n`);
    const child = spawn(process.execPath, [SCRIPT, ...words, '--delay', '0.1'], { cwd });
    let said = '';
    child.stderr.on('data', (part) => (said += String(part)));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (shop.asked.length < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGTERM');
    assert.is(await ended, 143, said);
    assert.match(said, /stopped; the same command goes on from here/);
    assert.equal(readdirSync(join(cwd, 'out')).sort(), [
      'fetch_journal.jsonl',
      'fetch_report.json',
      'fetch_report.md',
      'pictures',
      'products.csv',
    ]);
    const rest = await weft([...words, '--delay', '0', '--json'], { cwd });
    assert.is((JSON.parse(rest.stdout) as { report: { pictures: number } }).report.pictures, 40, rest.stderr);
    const often = [...shop.times()].filter(([path, times]) => times > 1 && path !== '/robots.txt');
    assert.ok(often.length <= 1, `${often} asked for again: one at most was under way`);
  }));

test.run();

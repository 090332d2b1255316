/** Feeds fetched from a shop on this machine that does all to a crawler that shops do. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fetchFeed, type FetchOptions } from '../../../src/data/fetch/fetch_feed.js';
import type { Outcome } from '../../../src/data/fetch/outcome.js';
import { listLabelledCsv } from '../../../src/data/tables/labelled_csv.js';
import { suite } from '../../support/harness.js';
import type { Shop } from '../../support/shop.js';
import { fails } from '../fixtures.js';
import { inShop, QUICK } from './in_shop.js';

const test = suite('fetching a feed');

const SMALL = 'id,file\n';

/**
 * Requests arrive as long after `started` as said, or later. Two of them may arrive closer to each other than they were
 * sent, where the first was held up on its way; gaps between sending are looked at in the test of lanes.
 */
function requireNoSooner({ asked }: Shop, started: number, least: readonly number[]): void {
  const times = asked.map(({ at }) => at - started);
  assert.ok(times.length === least.length && times.every((ms, i) => ms >= least[i]), `${times} ms, not ${least}`);
}

test('every kind of answer has its outcome', () =>
  inShop(async ({ shop, other, fetch, said }) => {
    const cases: readonly (readonly [path: string, becomes: string | RegExp, times?: number])[] = [
      ['/p/1.jpg', 'fetched', 1],
      ['/Bilder für/2.jpg', 'fetched'],
      ['/webp/3.jpg', 'fetched', 1],
      ['/gzip/4', 'fetched', 1],
      ['/flaky/5', 'fetched', 3],
      ['/busy/6', 'fetched', 2],
      ['/busy-date/7', 'fetched', 2],
      ['/once-broken-off/8', 'fetched', 2],
      ['/far/3', 'fetched', 1],
      ['/elsewhere/9.jpg', 'fetched', 1],
      ['/closed/open.jpg', 'fetched', 1],
      ['/closed/10.jpg', /^robots: robots.txt of 127.* does not allow it/, 0],
      ['/down/1', 'server-error: the host answers 502', 3],
      ['/status/404', 'not-found: the host answers 404', 1],
      ['/status/410', 'not-found: the host answers 410', 1],
      ['/status/403', 'refused: the host answers 403', 1],
      ['/status/418', 'http-error: the host answers 418', 1],
      ['/status/501', 'server-error: the host answers 501', 1],
      ['/status/429', 'busy: the host answers 429', 3],
      ['/loop/0.jpg', 'redirect: is redirected in a circle', 1],
      ['/far/9', 'redirect: is redirected more than 5 times', 1],
      ['/into-the-house/0', /^private-address: leads to 10\.0\.0\.1/, 1],
      ['/into-the-house/1', /^private-address: leads to 127\.0\.0\.1/, 1],
      ['/into-the-house/2', /^private-address: leads to ::1/, 1],
      ['/file/1', 'redirect: is redirected to file://: file: is not fetched', 1],
      ['/html/1.jpg', 'not-a-picture: is an HTML page', 1],
      ['/gif/1.jpg', 'not-a-picture: is GIF, which is not read', 1],
      ['/empty/1.jpg', 'not-a-picture: is an empty answer', 1],
      ['/long/1', 'too-large: has more than 1,000,000 bytes', 1],
      ['/endless/1', 'too-large: has more than 1,000,000 bytes', 1],
      ['/bomb/1', 'too-large: has more than 1,000,000 bytes', 1],
      ['/no-gzip/1', 'damaged: the body is not packed as its header says', 1],
      ['/reset/1', 'unreachable: the host broke the connection', 3],
      ['/broken-off/1', 'truncated: the connection broke before the end of the body', 3],
      ['/cut/1', 'damaged: is damaged or truncated', 1],
      ['/broken-png/1', /^damaged: is damaged/, 1],
      ['/wide/1', 'too-many-pixels: has 100000x100000 pixels, at most 64 million are read', 1],
      ['', 'no-address: the cell is empty'],
      ['images/1.jpg', 'bad-address: is no whole address'],
      ['data:image/png;base64;AAAA', 'bad-address: data: is not fetched'],
      ['https://[::ffff:10.1.1.1]/a.jpg', /^private-address: leads to ::ffff:a01:101/],
      ['http://127.0.0.1:9/a.jpg', /^private-address: leads to 127/],
      ['http://localhost:9/a.jpg', /^private-address: leads to /],
    ];
    const fetched = await fetch(
      cases.map(([path]) => path),
      { robots: true },
    );
    const results = said(fetched);
    cases.forEach(([path, becomes], n) =>
      typeof becomes === 'string'
        ? assert.is(results[n], becomes, path)
        : assert.match(results[n], becomes, `${path}: ${results[n]}`),
    );
    const times = shop.times();
    for (const [path, , often] of cases) if (often !== undefined) assert.is(times.get(path) ?? 0, often, path);
    assert.equal([times.get('/robots.txt'), other.times().get('/robots.txt')], [1, 1], 'asked for once of each');
    assert.match(shop.asked[0].agent, /^weft\/\d+\.\d+\.\d+ \(weft data fetch\)$/);
    assert.is(fetched.report.pictures, 10, 'far/0 and open.jpg are the same picture');
    const count = Object.values(fetched.report.outcomes).reduce((a, b) => a + b, 0);
    assert.is(count, cases.length);
  }));

test('what drips, and what never comes, is given up', () =>
  inShop(async ({ shop, fetch, said }) => {
    const [drip, silent] = said(await fetch(['/drip/1', '/silent/1'], { timeoutMs: 100, retries: 1 }));
    assert.is(drip, 'timeout: is not whole in 0.1 s');
    assert.match(silent, /^timeout: /);
    assert.equal([shop.times().get('/drip/1'), shop.times().get('/silent/1')], [2, 2]);
  }));

test('the table, files by their digests, copies and look-alikes; what is known is not asked for again', () =>
  inShop(async ({ shop, out, fetch }) => {
    const paths = ['/p/0.jpg', '/same/1.jpg', '/near/0.jpg', '/p/3.jpg', '/p/3.jpg', '/status/404'];
    const { report, requests } = await fetch(paths, { near: 2 });
    assert.equal([report.rows, report.addresses, report.pictures, requests], [6, 5, 3, 6]);
    const lines = readFileSync(join(out, 'products.csv'), 'utf8').trimEnd().split('\n');
    assert.is(lines[0], 'id,image_link,title,file,near_group');
    const files = lines.slice(1).map((line) => line.split(',').slice(-2));
    assert.equal(
      files.map(([, group]) => group),
      ['1', '1', '1', '', ''],
    );
    assert.is(files[0][0], files[1][0]);
    assert.ok(lines[1].startsWith(`0,${shop.url}/p/0.jpg,"Shoe ""0""",pictures/`), lines[1]);
    for (const [file] of files) assert.ok(existsSync(join(out, file)), file);
    assert.equal(
      report.identical.map((i) => i.lines),
      [
        [2, 3],
        [5, 6],
      ],
    );
    assert.equal(report.nearDuplicates, [[files[0][0], files[2][0]]]);
    assert.equal(report.outcomes, { fetched: 5, 'not-found': 1 });
    const before = readFileSync(join(out, 'fetch_report.json'), 'utf8');
    assert.equal(JSON.parse(before), JSON.parse(JSON.stringify(report)));
    assert.match(
      readFileSync(join(out, 'fetch_report.md'), 'utf8'),
      /\| 7 \| 5 \| not-found \| the host answers 404 \|/,
    );

    const again = await fetch(paths, { near: 2 });
    assert.equal([again.requests, again.known, again.knownFailed], [0, 5, 1]);
    assert.is(readFileSync(join(out, 'fetch_report.json'), 'utf8'), before);
    assert.is((await fetch(paths, { retryFailed: true })).requests, 2, 'robots.txt, and what failed');
    rmSync(join(out, files[3][0]));
    assert.is((await fetch(paths)).requests, 2, 'robots.txt, and what is gone');
    assert.ok(existsSync(join(out, files[3][0])));
    const { size } = statSync(join(out, files[3][0]));
    truncateSync(join(out, files[3][0]), 10);
    assert.is((await fetch(paths)).requests, 2, 'robots.txt, and what has another length');
    assert.is(statSync(join(out, files[3][0])).size, size);
  }));

test('the table is read as it is, by the column that names files; one of addresses is sent here', () =>
  inShop(async ({ shop, out }) => {
    const feed = join(out, '..', 'feed.tsv');
    const rows = [0, 1, 2, 3].map((n) => `${n}\t${shop.url}/p/${n}.jpg\told.jpg\t${n % 2 ? 'Boots' : '=Heels'}\n`);
    writeFileSync(feed, `id\tphoto\tfile\ttype\n${rows.join('')}`);
    await fetchFeed(feed, out, { ...QUICK, privateHosts: [shop.host] });
    const table = join(out, 'products.csv');
    const list = await listLabelledCsv(readFileSync(table), table, { label: 'type' });
    assert.equal(list.classes, ['=Heels', 'Boots']);
    assert.is(list.pictures.filter(({ file }) => existsSync(file)).length, 4);
    assert.is(list.pictures[0].fields?.['feed_file'], 'old.jpg');
    const plain = Buffer.from(`id,photo,type\n1,${shop.url}/p/1.jpg,Boots\n2,${shop.url}/p/2.jpg,Heels\n`);
    const { fix } = await fails(() => listLabelledCsv(plain, 'plain.csv'), 3, /photo: addresses, not files/);
    assert.match(fix ?? '', /weft data fetch plain.csv/);
  }));

test('a journal that breaks off is gone on with; one that is damaged is told', () =>
  inShop(async ({ out, fetch }) => {
    const journal = join(out, 'fetch_journal.jsonl');
    await fetch(['/p/1.jpg', '/p/2.jpg']);
    const whole = readFileSync(journal);
    truncateSync(journal, whole.length - 10);
    assert.is((await fetch(['/p/1.jpg', '/p/2.jpg'])).requests, 2, 'robots.txt and the last one');
    assert.is(readFileSync(journal, 'utf8').split('\n').length, 4);
    appendFileSync(journal, 'so\n');
    await fails(() => fetch(['/p/1.jpg']), 3, /fetch_journal.jsonl:4: is no line of a journal/);
  }));

test('robots.txt: 404 allows all, an error of the host and silence nothing', () =>
  inShop(async ({ shop, other, out, fetch, said }) => {
    shop.robots = 404;
    assert.equal(said(await fetch(['/closed/1.jpg'])), ['fetched']);
    shop.robots = 500;
    const [first, second] = said(await fetch(['/closed/1.jpg', '/p/1.jpg']));
    assert.equal([first, second], ['fetched', 'robots-unreachable: robots.txt: the host answers 500']);
    assert.is(shop.times().get('/p/1.jpg'), undefined);
    assert.equal(said(await fetch(['/p/1.jpg'], { robots: false })), ['fetched']);
    // the host that a redirect leads to has a say too
    shop.robots = 404;
    other.robots = 'User-agent: *\nDisallow: /p/';
    assert.match(said(await fetch(['/elsewhere/5.jpg']))[0], /^robots: robots.txt of 127/);
    assert.equal([...other.times().keys()], ['/robots.txt']);
    assert.ok(!readFileSync(join(out, 'fetch_journal.jsonl'), 'utf8').includes('robots'), 'it may be another tomorrow');
  }));

test('a busy host is left alone, and no host is asked sooner than said', () =>
  inShop(async ({ shop, fetch, said }) => {
    shop.robots = 'User-agent: *\nCrawl-delay: 0.04';
    shop.retryAfter = 1;
    const started = performance.now();
    const fetched = await fetch(['/busy/1', '/p/2.jpg', '/p/3.jpg', '/p/4.jpg'], { delayMs: 5, perHost: 1 });
    assert.equal(said(fetched), ['fetched', 'fetched', 'fetched', 'fetched']);
    requireNoSooner(shop, started, [0, 40, 1040, 1080, 1120, 1160]); // after 429 nothing for a second
    // a year is too long
    const later = await fetch(['/p/2.jpg', '/back-next-year/1', '/p/8.jpg', '/p/9.jpg'], { perHost: 1, delayMs: 1 });
    const outcomes: readonly Outcome[] = later.report.failures.map(({ outcome }) => outcome);
    assert.equal(outcomes, ['postponed', 'postponed', 'postponed']);
    assert.is(later.report.isComplete, false);
    const { requests, report } = await fetch(['/back-next-year/1', '/p/8.jpg']);
    assert.equal([requests, report.outcomes], [0, { postponed: 2 }], 'nor is it asked in the next run');
  }));

test('a pace that a robots.txt elsewhere asks for is that of the host whose it is', () =>
  inShop(async ({ shop, other, fetch, said }) => {
    shop.robots = new URL('/robots.txt', other.url);
    other.robots = 'User-agent: *\nCrawl-delay: 0.04\nDisallow: /closed/';
    const started = performance.now();
    const fetched = await fetch(['/p/1.jpg', '/p/2.jpg', '/p/3.jpg', '/closed/1.jpg'], { perHost: 1 });
    assert.equal(said(fetched).slice(0, 3), ['fetched', 'fetched', 'fetched']);
    assert.match(said(fetched)[3], /^robots: /);
    requireNoSooner(shop, started, [0, 40, 80, 120]);
  }));

test('a host that fails again and again is given up', () =>
  inShop(async ({ shop, fetch }) => {
    const paths = Array.from({ length: 40 }, (_, n) => `/down/${n}`);
    const { report } = await fetch(paths, { retries: 0, perHost: 1 });
    assert.equal(report.outcomes, { 'server-error': 20, 'host-given-up': 20 });
    assert.is(shop.asked.length, 21);
  }));

test('stopped: what there is, is kept, and nothing is half', () =>
  inShop(async ({ out, fetch }) => {
    const stop = new AbortController();
    const paths = Array.from({ length: 12 }, (_, n) => `/p/${n}.jpg`);
    const options = {
      perHost: 2,
      signal: stop.signal,
      onProgress: ({ done }: { done: number }) => done === 4 && stop.abort(),
    };
    const { report } = await fetch(paths, options as FetchOptions);
    assert.is(report.isComplete, false);
    assert.ok((report.outcomes.pending ?? 0) >= 6, JSON.stringify(report.outcomes));
    const left = readdirSync(join(out, 'pictures'), { recursive: true }) as string[];
    assert.is(left.filter((name) => name.endsWith('.jpg')).length, report.pictures);
    const rest = await fetch(paths);
    assert.equal(rest.report.outcomes, { fetched: 12 });
    assert.is(rest.requests, 1 + 12 - report.pictures);
  }));

test('no file of the user’s is written over', () =>
  inShop(async ({ out, fetch }) => {
    const feed = join(out, '..', 'products.csv');
    writeFileSync(feed, 'id,image_link\n1,https://127.0.0.1/a.jpg\n');
    await fails(() => fetchFeed(feed, join(out, '..')), 2, /its products.csv is the feed/);
    const other = join(out, '..', 'feed2.csv');
    writeFileSync(other, readFileSync(feed));
    writeFileSync(feed, SMALL);
    await fails(() => fetchFeed(other, join(out, '..')), 2, /has a products.csv already/);
    assert.is(readFileSync(feed, 'utf8'), SMALL);
    await fails(() => fetch(['/p/1.jpg'], { contact: 'a\nb' }), 2, /does not fit into a header/);
  }));

test.run();

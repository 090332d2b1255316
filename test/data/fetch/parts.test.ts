/** The parts of fetching that need no network. */
import { HttpFailure, openHttp } from '#platform';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { isHostOf, parseAddress, parseHosts } from '../../../src/data/fetch/address.js';
import { readFeed } from '../../../src/data/fetch/feed.js';
import { Lanes } from '../../../src/data/fetch/lanes.js';
import { backoff, retryAfter } from '../../../src/data/fetch/retry.js';
import { suite } from '../../support/harness.js';
import { fails, fill, inFolder } from '../fixtures.js';

const test = suite('parts of fetching');

test('pauses double, half of each is drawn, a minute is the longest', () => {
  assert.equal(
    [1, 2, 3, 4, 20].map((failed) => [backoff(failed, 1000, 0), backoff(failed, 1000, 1)]),
    [
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
      [4000, 8000],
      [30_000, 60_000],
    ],
  );
});

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2024-02-28T23:59:30Z');
  assert.equal(
    [
      '120',
      ' 0 ',
      'Wed, 28 Feb 2024 23:59:59 GMT',
      'Wed, 28 Feb 2024 00:00:00 GMT',
      'soon',
      '-1',
      '2024-02-28',
      '1.5',
      null,
      '9'.repeat(400), // no number that a journal could keep
      'Fri, 31 Dec 9999 23:59:59 GMT',
    ].map((header) => retryAfter(header, now)),
    [120_000, 0, 29_000, 0, null, null, null, null, null, 31_536_000_000, 31_536_000_000],
  );
});

test('cells as addresses', () => {
  const said = (cell: string, allowHttp = false): string => {
    const url = parseAddress(cell, { allowHttp });
    return url instanceof URL ? url.href : `${url.outcome}: ${url.reason}`;
  };
  const cases: readonly (readonly [cell: string, becomes: string])[] = [
    ['https://example.com/a b/ü.jpg?x=1#top', 'https://example.com/a%20b/%C3%BC.jpg?x=1'],
    [' //example.org/a.jpg ', 'https://example.org/a.jpg'],
    [`${'https:'}//münchen.test/`, `${'https:'}//xn--mnchen-3ya.test/`],
    [`${'https:'}//0x7f.1/`, 'https://127.0.0.1/'],
    ['', 'no-address: the cell is empty'],
    ['/images/a.jpg', 'bad-address: is no whole address'],
    ['a.jpg', 'bad-address: is no whole address'],
    ['https://', 'bad-address: is no URL'],
    ['http://example.com/', 'bad-address: http: is not fetched, only https:'],
    ['data:image/png;base64,AAAA', 'bad-address: data: is not fetched'],
    ['file:///etc/passwd', 'bad-address: file: is not fetched'],
    ['https://me:secret@example.com/', 'bad-address: has a user name or password in it'],
  ];
  for (const [cell, becomes] of cases) assert.is(said(cell), becomes);
  assert.is(said('http://example.com/', true), 'http://example.com/');
});

test('hosts are named with their ports, those that an address leaves out too, or without', () => {
  const named = (address: string): string[] =>
    ['example.com', 'example.com:443', 'example.com:80', 'example.com:8080'].filter((host) =>
      isHostOf(new URL(address), [host]),
    );
  assert.equal(named('https://example.com/'), ['example.com', 'example.com:443']);
  assert.equal(named('http://example.com:80/'), ['example.com', 'example.com:80']);
  assert.equal(named('https://example.com:8080/'), ['example.com', 'example.com:8080']);
  assert.equal(named('https://example.org/'), []);
});

test('a list of hosts has hosts in it, and no addresses', () => {
  const hosts = ['127.0.0.1:8080', 'pictures.lan', '[::1]', '[fe80::1]:443'];
  assert.equal(parseHosts(' 127.0.0.1:8080,Pictures.LAN, [::1],[fe80::1]:443,', 'hosts'), hosts);
  assert.equal(parseHosts('', 'hosts'), []);
  for (const wrong of ['https://example.com', 'example.com/a', '10.0.0.0/8', 'a b', 'a@b', 'a:port', '::1'])
    assert.throws(() => parseHosts(`ok.lan,${wrong}`, 'hosts'), /^hosts: ".*" is no host/, wrong);
});

test('addresses of local networks are not connected to, however they are written', async () => {
  const client = await openHttp();
  const kindOf = (host: string): Promise<string> =>
    client
      .get({
        url: new URL(`https://${host}/`),
        headers: {},
        maxBytes: 10,
        isCut: false,
        totalMs: 50,
        stallMs: 50,
        mayBePrivate: false,
        signal: AbortSignal.abort(), // what is not refused would be stopped here
      })
      .then(
        () => 'answered',
        (error: unknown) => (error instanceof HttpFailure ? error.kind : String(error)),
      );
  const local = ['127.0.0.1', '2130706433', '0177.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1'].concat(
    [
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '224.0.0.1',
      '255.255.255.255',
      '192.0.2.1',
      '198.18.0.1',
      '[::1]',
      '[::]',
      '[fe80::1]',
      '[fc00::1]',
      '[fd12:3456::1]',
      '[ff02::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:a00:1]',
      '[64:ff9b::10.0.0.1]',
      '[2001:db8::1]',
      '[2002:7f00:1::]',
      '[2001::1]',
      '[::127.0.0.1]',
    ],
  );
  for (const host of local) assert.is(await kindOf(host), 'private-address', host);
  const open = [
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '192.0.1.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[64:ff9b::808:808]',
  ];
  for (const host of [...open, '[::ffff:8.8.8.8]']) assert.is(await kindOf(host), 'stopped', host);
  // a name is looked up, and what it leads to is looked at
  const kind = await client
    .get({
      url: new URL('https://localhost:1/'),
      headers: {},
      maxBytes: 10,
      isCut: false,
      totalMs: 2000,
      stallMs: 2000,
      mayBePrivate: false,
      signal: new AbortController().signal,
    })
    .catch((error: unknown) => (error as HttpFailure).kind);
  assert.is(kind, 'private-address');
  client.close();
});

test('what is refused by its head keeps no connection', async () => {
  let open = 0;
  const server = createServer(({ url }, response) => {
    response.writeHead(200, url === '/long' ? { 'Content-Length': 1e6 } : { 'Content-Encoding': 'zstd' });
    response.write('x');
  }).on('connection', (socket) => {
    open++;
    socket.on('close', () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = await openHttp();
  try {
    for (const [path, kind] of [
      ['/long', 'too-large'],
      ['/packed', 'bad-encoding'],
    ]) {
      const error: unknown = await client
        .get({
          url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`),
          headers: {},
          maxBytes: 10,
          isCut: false,
          totalMs: 5000,
          stallMs: 5000,
          mayBePrivate: true,
          signal: new AbortController().signal,
        })
        .catch((e: unknown) => e);
      assert.is((error as HttpFailure).kind, kind);
      for (let i = 0; i < 500 && open > 0; i++) await new Promise((resolve) => setTimeout(resolve, 2));
      assert.is(open, 0, path);
    }
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
});

test('lanes: so many at once, so many of a host, and no sooner after each other', async () => {
  const lanes = new Lanes<number>({ concurrency: 3, perHost: 2, delayMs: 15 });
  const begun: { host: string; at: number }[] = [];
  let [now, most] = [0, 0];
  const here = new Map<string, number>();
  for (let n = 0; n < 24; n++) lanes.add(`host ${n % 3}`, n);
  lanes.slowDown('host 2', 25);
  await lanes.run(async (n, host) => {
    begun.push({ host, at: performance.now() });
    here.set(host, (here.get(host) ?? 0) + 1);
    most = Math.max(most, ++now);
    assert.ok(now <= 3 && (here.get(host) ?? 0) <= 2, `${now} at once, ${here.get(host)} of ${host}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (n === 0) lanes.add(host, 100, 10);
    now--;
    here.set(host, (here.get(host) ?? 0) - 1);
  }, new AbortController().signal);
  assert.is(begun.length, 25);
  assert.is(most, 3);
  for (const [host, least] of [
    ['host 0', 15],
    ['host 1', 15],
    ['host 2', 25],
  ] as const) {
    const times = begun.filter((b) => b.host === host).map((b) => b.at);
    // a timer counts whole milliseconds
    times.slice(1).forEach((at, i) => assert.ok(at - times[i] > least - 1, `${host}: ${at - times[i]} ms`));
  }
});

test('lanes end with an abort, and with the first error', async () => {
  const stop = new AbortController();
  const stopped = new Lanes<number>({ concurrency: 1, perHost: 1, delayMs: 10_000 });
  stopped.add('a', 1);
  stopped.add('a', 2);
  const done: number[] = [];
  await stopped.run(async (n) => {
    done.push(n);
    setTimeout(() => stop.abort(), 5);
  }, stop.signal);
  assert.equal(done, [1]);
  const failing = new Lanes<number>({ concurrency: 2, perHost: 1, delayMs: 0 });
  for (let n = 0; n < 4; n++) failing.add('a', n);
  const error = await failing
    .run(async (n) => Promise.reject(new Error(`no ${n}`)), new AbortController().signal)
    .catch((e: unknown) => e);
  assert.is((error as Error).message, 'no 0');
});

test('feeds: CSV, TSV, JSON lines; the column of addresses', () =>
  inFolder(async (folder) => {
    const csv = 'id,title,image_link,additional_image_link\n1,"a, b",https://x/1.jpg,\n2,b,https://x/2.jpg\n3,c,,\n';
    fill(folder, {
      'a.csv': csv,
      'a.tsv': 'id\tpicture\tlink\n1\thttps://x/1.jpg\thttps://x/1\n',
      'a.jsonl': '{"id": 1, "image": "https://x/1.jpg", "tags": ["a"]}\n\n{"id": 2, "image": null, "price": 2.5}\n',
      'a.xml': '<?xml version="1.0"?><rss/>',
      'two.csv': 'a,b\nhttps://x/1.jpg,https://x/2.jpg\n',
    });
    const feed = await readFeed(`${folder}/a.csv`);
    assert.equal([feed.urlColumn, feed.idColumn, feed.rows.length, feed.badRows.map((r) => r.line)], [2, 0, 2, [3]]);
    assert.is((await readFeed(`${folder}/a.tsv`)).urlColumn, 1);
    const json = await readFeed(`${folder}/a.jsonl`);
    assert.equal([json.columns, json.urlColumn], [['id', 'image', 'tags', 'price'], 1]);
    assert.equal(
      json.rows.map((r) => [r.line, ...r.fields]),
      [
        [1, '1', 'https://x/1.jpg', '["a"]', ''],
        [3, '2', '', '', '2.5'],
      ],
    );
    const some = await readFeed(`${folder}/a.csv`, { where: 'title=c', urlColumn: '4' });
    assert.equal([some.urlColumn, some.rows.length, some.leftOut], [3, 1, 1]);
    await fails(() => readFeed(`${folder}/a.xml`), 3, /is XML or HTML/);
    await fails(() => readFeed(`${folder}/two.csv`), 2, /which column has the addresses/);
    await fails(() => readFeed(`${folder}/a.csv`, { urlColumn: 'photo' }), 3, /has no column "photo"/);
    await fails(() => readFeed(`${folder}/a.csv`, { where: 'title=z' }), 3, /no rows that are title=z/);
  }));

test.run();

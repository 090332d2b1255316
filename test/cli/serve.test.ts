/**
 * The server behind the page: what it hands out, what it refuses, and that it goes on. The model is a stand-in:
 * test/browser has a real one.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { requirePicture } from '../../src/data/pictures/picture_header.js';
import { isLoopback, urlsOf } from '../../src/cli/serve/serve_hosts.js';
import { pageServer } from '../../src/cli/serve/serve_http.js';
import type { PageAnswer } from '../../src/retrieval/page_manifest.js';
import type { IndexManifest } from '../../src/retrieval/index_manifest.js';
import { RowPictures } from '../../src/retrieval/row_pictures.js';
import { plain, spread } from '../data/picture_files.js';
import { suite } from '../support/harness.js';

const test = suite('serve');

/** A header and an end without any pixels between them. */
const CUT = Uint8Array.from([
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 73, 69, 78, 68, 0, 0, 0, 0,
]);
const PNG = new Uint8Array(await plain(1, 1, [9, 9, 9]).png().toBuffer());
const failures: unknown[] = [];
const ANSWER: PageAnswer = {
  top: [{ class: 'hat', probability: 1 }],
  similar: {
    items: [{ row: 1, name: '<b>Cap</b>', brand: 'Acme', label: 'hat', picture: 'pictures/ab/1.webp', score: 0.5 }],
    recognised: null,
    ofBrand: 1,
  },
};
/** An index of four rows: a picture, one that is damaged, one that is gone, one that cannot be read just now. */
const folder = mkdtempSync(join(tmpdir(), 'weft-serve-'));
const ids = ['wide.png', 'cut.png', 'gone.png', 'late.png'].map((name) => join(folder, name));
const manifest: IndexManifest = {
  format: 'weft-index-1',
  source: { kind: 'pixels', channels: 3, imageSize: 8 },
  reading: { data: folder, seed: 0 },
  count: 4,
  trainCount: 4,
  width: 192,
  ids,
  areFiles: true,
  hashes: ['1', '2', '3', '4'],
  perceptual: ['', '', '', ''],
  labels: ['a', 'a', 'a', 'a'],
  label: 'class',
  columns: {},
};
const missing: string[] = [];
const pictures = new RowPictures(manifest, 'ab', (why) => missing.push(why));
const server = pageServer({
  files: new Map([
    ['index.html', new TextEncoder().encode('<p>page</p>')],
    ['assets/a.js', new TextEncoder().encode('1')],
  ]),
  pictures,
  classify: (bytes) => {
    requirePicture(bytes, 'the picture');
    return bytes.length > PNG.length ? Promise.reject(new Error('broken')) : Promise.resolve(ANSWER);
  },
  onFailure: (error) => failures.push(error),
});

/** Lets a server listen on a free port. */
function listening(to: Server, host: string): Promise<Address> {
  return new Promise((resolve, reject) => {
    to.once('error', reject);
    to.listen(0, host, () => resolve({ host, port: (to.address() as AddressInfo).port }));
  });
}

function end(to: Server): void {
  to.close();
  to.closeAllConnections();
}

let own: Address;
test.before(async () => {
  spread(folder, { 'wide.png': await plain(400, 200, [10, 200, 30]).png().toBuffer(), 'cut.png': CUT });
  own = await listening(server, '127.0.0.1');
});
test.after(() => {
  end(server);
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A request as written, without the tidying that URL and fetch do. */
function ask(
  method: string,
  path: string,
  { headers = {}, body, to = own }: { headers?: Record<string, string>; body?: Uint8Array; to?: Address } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...to, method, path, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(parts),
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('the page, with a strict policy', async () => {
  const { status, headers, body } = await ask('GET', '/');
  assert.equal(
    [status, body, headers['content-type'], headers['x-content-type-options']],
    [200, '<p>page</p>', 'text/html; charset=utf-8', 'nosniff'],
  );
  assert.match(String(headers['content-security-policy']), /^default-src 'self';.*frame-ancestors 'none'/);
  assert.is((await ask('GET', '/assets/a.js?v=1')).headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal((({ status: s, body: b }) => [s, b])(await ask('HEAD', '/')), [200, '']);
});

for (const path of [
  '/../package.json',
  '/assets/../../package.json',
  '/%2e%2e/package.json',
  '/..%2fpackage.json',
  '//etc/passwd',
  '/assets',
  '/assets/',
  '/__proto__',
  '/constructor',
  '/pictures',
  '/pictures/ab',
  '/pictures/ab/4.webp',
  '/pictures/ab/-1.webp',
  '/pictures/ab/0.5.webp',
  '/pictures/ab/00.webp',
  '/pictures/ab/.webp',
  '/pictures/ab/0.png',
  '/pictures/cd/0.webp',
  '/pictures/ab/../ab/0.webp',
  '/pictures/ab/0x0.webp',
]) {
  test(`${path} is not there`, async () => assert.is((await ask('GET', path)).status, 404));
}

test('a picture is classified, and what it is like comes with it', async () =>
  assert.equal(await ask('POST', '/classify', { body: PNG }).then((a) => [a.status, JSON.parse(a.body)]), [
    200,
    ANSWER,
  ]));

test('a picture of the index: small, whole, kept by the browser and by the server', async () => {
  const { status, headers, bytes } = await ask('GET', '/pictures/ab/0.webp');
  assert.equal([status, headers['content-type'], headers['cache-control']], [200, 'image/webp', 'max-age=86400']);
  const { format, width, height } = await sharp(bytes).metadata();
  assert.equal([format, width, height], ['webp', 160, 80]);
  rmSync(ids[0]);
  assert.equal((await ask('GET', '/pictures/ab/0.webp')).bytes, bytes);
});

test('a picture of the index that is gone or damaged is not there, and is reported once', async () => {
  for (const row of [1, 2, 1, 2]) assert.is((await ask('GET', `/pictures/ab/${row}.webp`)).status, 404);
  assert.is(missing.length, 2);
  assert.match(missing[0], /cut\.png: is damaged/);
  assert.match(missing[1], /gone\.png/);
});

test('a picture that cannot be read just now is tried again', async () => {
  mkdirSync(ids[3]);
  assert.is((await ask('GET', '/pictures/ab/3.webp')).status, 404);
  assert.match(missing.at(-1) ?? '', /EISDIR/);
  rmSync(ids[3], { recursive: true });
  spread(folder, { 'late.png': await plain(20, 20, [10, 200, 30]).png().toBuffer() });
  assert.is((await ask('GET', '/pictures/ab/3.webp')).status, 200);
});

for (const [what, method, path, options, status, says] of [
  ['no picture', 'POST', '/classify', { body: new TextEncoder().encode('<svg/>') }, 422, /is no JPEG, PNG or WebP/],
  ['an empty body', 'POST', '/classify', {}, 422, /is empty/],
  [
    'a body that says it has 50 MB',
    'POST',
    '/classify',
    { headers: { 'content-length': '50000000' } },
    413,
    /more than 20 MB/,
  ],
  [
    'a body in chunks that has 21 MB',
    'POST',
    '/classify',
    { headers: { 'transfer-encoding': 'chunked' }, body: new Uint8Array(21e6) },
    413,
    /more than 20 MB/,
  ],
  ['GET of /classify', 'GET', '/classify', {}, 405, /POST a picture/],
  ['PUT', 'PUT', '/', {}, 405, /only GET/],
  ['a name of another site', 'GET', '/', { headers: { host: 'example.com' } }, 403, /localhost or 127\.0\.0\.1/],
  [
    'a page of another site',
    'POST',
    '/classify',
    { headers: { origin: 'https://example.com' }, body: PNG },
    403,
    /another site/,
  ],
] as const) {
  test(`${what} is refused in words`, async () => {
    const answer = await ask(method, path, options);
    assert.is(answer.status, status);
    assert.match((JSON.parse(answer.body) as { error: { message: string } }).error.message, says);
    assert.is((await ask('GET', '/')).status, 200, 'the server goes on');
  });
}

test('a failure of the server’s own says nothing of its insides, and is reported', async () => {
  const padded = new Uint8Array(PNG.length + 1);
  padded.set(PNG);
  const { status, body } = await ask('POST', '/classify', { body: padded });
  assert.is(status, 500);
  assert.not.match(body, /broken/);
  assert.is(failures.length, 1);
});

/**
 * A connection with the first bytes of a picture, once the server knows of it; what the server says to it, when that
 * has ended.
 */
async function trickle(
  to: Server = server,
  first: Uint8Array = PNG.subarray(0, 3),
): Promise<{ socket: Socket; gone: Promise<unknown>; said: Promise<string> }> {
  const seen = once(to, 'request') as Promise<[IncomingMessage]>;
  const socket = connect((to.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('error', () => undefined).on('data', (part) => (text += String(part)));
  socket.write(
    `POST /classify HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${Math.max(PNG.length, first.length + 1)}\r\n\r\n`,
  );
  socket.write(first);
  const [{ socket: other }] = await seen;
  return {
    socket,
    gone: new Promise((resolve) => other.once('close', resolve)),
    said: new Promise((resolve) => socket.once('close', () => resolve(text))),
  };
}

test('who leaves in the middle of an upload is no failure', async () => {
  const before = failures.length;
  const { socket, gone } = await trickle();
  socket.destroy();
  await gone;
  assert.is((await ask('GET', '/')).status, 200);
  assert.is(failures.length, before);
});

test('who sends half a picture and falls silent takes no place from others, and is told so', async () => {
  const hurried = pageServer({
    files: new Map(),
    pictures: null,
    classify: () => Promise.resolve(ANSWER),
    onFailure: () => undefined,
    limits: { idleMilliseconds: 150 },
  });
  const to = await listening(hurried, '127.0.0.1');
  try {
    const silent = [];
    for (let i = 0; i < 40; i++) silent.push(await trickle(hurried));
    assert.is((await ask('POST', '/classify', { body: PNG, to })).status, 200);
    for (const said of await Promise.all(silent.map((s) => s.said)))
      assert.match(said, /^HTTP\/1\.1 408 [^]*stopped coming/);
  } finally {
    end(hurried);
  }
});

test('where halves of pictures fill the memory, the one that was silent longest is sent away', async () => {
  const small = pageServer({
    files: new Map(),
    pictures: null,
    classify: () => Promise.resolve(ANSWER),
    onFailure: () => undefined,
    limits: { body: 1000, together: 2500 },
  });
  const to = await listening(small, '127.0.0.1');
  try {
    const [first, ...others] = [await trickle(small, new Uint8Array(900)), await trickle(small, new Uint8Array(900))];
    assert.is((await ask('POST', '/classify', { body: new Uint8Array(950), to })).status, 200);
    assert.match(await first.said, /^HTTP\/1\.1 503 /);
    for (const { socket } of others) {
      socket.write(new Uint8Array(1));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(String(answer), /^HTTP\/1\.1 200 /);
    }
  } finally {
    end(small);
  }
});

test('a client that asks before it sends is told 413 at once, or to go on', async () => {
  const talk = async (length: number): Promise<string> => {
    const socket = connect(own.port, own.host);
    socket.write(
      `POST /classify HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`,
    );
    const [said] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return String(said).split('\r\n')[0];
  };
  assert.equal([await talk(21e6), await talk(PNG.length)], ['HTTP/1.1 413 Payload Too Large', 'HTTP/1.1 100 Continue']);
});

test('two requests sent at once are both answered', async () => {
  const socket = connect(own.port, own.host);
  let said = '';
  socket.on('data', (part) => (said += String(part)));
  socket.write(
    'GET / HTTP/1.1\r\nhost: localhost\r\n\r\nGET /assets/a.js HTTP/1.1\r\nhost: localhost\r\nconnection: ' +
      'close\r\n\r\n',
  );
  await once(socket, 'close');
  assert.is(said.split('HTTP/1.1 200 OK').length, 3);
});

for (const [name, host, status] of [
  ['localhost', '127.0.0.1', 200],
  ['127.0.0.1', 'localhost', 200],
  ['[::1]', '127.0.0.1', 200],
  ['localhost', '[::1]', 200],
  ['localhost.example.com', '127.0.0.1', 403],
  ['127.0.0.1.example.com', 'localhost', 403],
  ['127.0.0.1x', '127.0.0.1', 403],
] as const) {
  test(`a page at ${name} that asks ${host} is ${status === 200 ? 'one of this server' : 'refused'}`, async () => {
    const headers = { origin: `http://${name}:${own.port}`, host: `${host}:${own.port}` };
    const { status: got, headers: said } = await ask('POST', '/classify', { headers, body: PNG });
    assert.equal([got, said['access-control-allow-origin']], [status, status === 200 ? headers.origin : undefined]);
    assert.is((await ask('OPTIONS', '/classify', { headers })).status, status);
  });
}

test('another program’s page on this machine is another site', async () =>
  assert.is(
    (
      await ask('POST', '/classify', {
        headers: { origin: 'http://localhost:1', host: `127.0.0.1:${own.port}` },
        body: PNG,
      })
    ).status,
    403,
  ));

test('four pictures wait for their turn, a fifth is told that the server is busy', async () => {
  const started: (() => void)[] = [];
  const slow = pageServer({
    files: new Map(),
    pictures: null,
    classify: () => new Promise((resolve) => started.push(() => resolve(ANSWER))),
    onFailure: () => undefined,
  });
  const to = await listening(slow, '127.0.0.1');
  try {
    const statuses: number[] = [];
    const all = Array.from({ length: 5 }, () =>
      ask('POST', '/classify', { body: PNG, to }).then(({ status }) => statuses.push(status)),
    );
    await Promise.race(all);
    assert.equal(statuses, [503]);
    const done = Promise.all(all);
    while (statuses.length < 5) {
      started.shift()?.();
      await Promise.race([done, new Promise(setImmediate)]);
    }
    assert.equal(statuses, [503, 200, 200, 200, 200]);
  } finally {
    end(slow);
  }
});

for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', '0.0.0.0', '::1', '::']) {
  test(`listening on ${host}: it answers at the address that it prints, and to no name of another site`, async () => {
    const other = pageServer({
      files: new Map([['index.html', PNG]]),
      pictures: null,
      classify: () => Promise.resolve(ANSWER),
      onFailure: () => undefined,
    });
    const to = await listening(other, host).catch((error: NodeJS.ErrnoException) => {
      if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))) throw error;
      return null; // this machine has no such address
    });
    if (to === null) return;
    try {
      const bound = other.address() as AddressInfo;
      const [url] = urlsOf(bound);
      assert.is((await fetch(url)).status, 200, url);
      assert.is(isLoopback(bound.address), !['0.0.0.0', '::'].includes(host));
      const visitor = { host: new URL(url).hostname.replace(/[[\]]/g, ''), port: to.port };
      const named = (host: string): Promise<number> =>
        ask('GET', '/', { headers: { host: `${host}:${to.port}` }, to: visitor }).then(({ status }) => status);
      assert.is(await named(bound.address.includes(':') ? `[${bound.address}]` : bound.address), 200);
      assert.is(await named('example.com'), 403);
    } finally {
      end(other);
    }
  });
}

test('where other machines may come, their addresses are printed too', () => {
  const [v4, v6] = [
    { address: '192.168.1.5', netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' as const },
    { address: 'fd00::5', netmask: '', mac: '', internal: false, cidr: null, family: 'IPv6' as const, scopeid: 0 },
  ];
  const interfaces = {
    lo: [{ ...v4, address: '127.0.0.1', internal: true }],
    eth0: [v4, v6, { ...v6, address: 'fe80::1', scopeid: 2 }],
  };
  const hosts = (address: string): string[] =>
    urlsOf({ address, port: 8080 }, interfaces).map((url) => new URL(url).host);
  assert.equal(hosts('0.0.0.0'), ['localhost:8080', '192.168.1.5:8080']);
  assert.equal(hosts('::'), ['localhost:8080', '192.168.1.5:8080', '[fd00::5]:8080']);
  assert.equal(hosts('192.168.1.5'), ['192.168.1.5:8080']);
});

test.run();

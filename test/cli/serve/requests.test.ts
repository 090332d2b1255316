/**
 * The server behind the page: what it hands out, what it refuses, and that it goes on. The model is a stand-in:
 * test/browser has a real one.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import * as assert from 'uvu/assert';
import { requirePicture } from '../../../src/data/pictures/picture_header.js';
import { pageServer, type Question } from '../../../src/cli/serve/serve_http.js';
import type { IndexManifest } from '../../../src/retrieval/index_manifest.js';
import { RowPictures } from '../../../src/retrieval/row_pictures.js';
import { plain, spread } from '../../data/picture_files.js';
import { text } from '../../architecture/source.js';
import { suite } from '../../support/harness.js';
import { ANSWER, type Address, PNG, askAt, type Answer, type Asked, end, listening } from './asking.js';

const test = suite('serve');

/** A header and an end without any pixels between them. */
const CUT = Uint8Array.from([
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 73, 69, 78, 68, 0, 0, 0, 0,
]);

const failures: unknown[] = [];

/** What was asked of pictures. */
const asked: Question[] = [];

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
  runs: ['cnn', 'shoes'],
  classify: (bytes, question) => {
    asked.push(question);
    requirePicture(bytes, 'the picture');
    return bytes.length > PNG.length ? Promise.reject(new Error('broken')) : Promise.resolve(ANSWER);
  },
  onFailure: (error) => failures.push(error),
});

let own: Address;
const ask = (method: string, path: string, { to = own, ...more }: Asked = {}): Promise<Answer> =>
  askAt(to, method, path, more);

test.before(async () => {
  spread(folder, { 'wide.png': await plain(400, 200, [10, 200, 30]).png().toBuffer(), 'cut.png': CUT });
  own = await listening(server, '127.0.0.1');
});

test.after(() => {
  end(server);
  rmSync(folder, { recursive: true, force: true });
});

test('the page, with a strict policy', async () => {
  const { status, headers, body } = await ask('GET', '/');
  assert.equal(
    [status, body, headers['content-type'], headers['x-content-type-options']],
    [200, '<p>page</p>', 'text/html; charset=utf-8', 'nosniff'],
  );
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /^default-src 'none'; script-src 'self';.* frame-ancestors 'none'$/);
  assert.not.match(policy, /unsafe|https?:|\*/);
  assert.ok(text('src/page/index.html').includes(`content="${policy.replace(/; frame-ancestors 'none'$/, '')}"`));
  assert.match(String(headers['permissions-policy']), /^camera=\(self\), [\w=(), -]*microphone=\(\)/);
  assert.equal([headers['cross-origin-opener-policy'], headers['referrer-policy']], ['same-origin', 'no-referrer']);
  assert.is((await ask('GET', '/assets/a.js?v=1')).headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal((({ status: s, body: b }) => [s, b])(await ask('HEAD', '/')), [200, '']);
});

test('what a browser has already is not sent again', async () => {
  const { etag } = (await ask('GET', '/assets/a.js')).headers;
  assert.match(String(etag), /^"[0-9a-f]{64}"$/);
  const again = async (tag: string): Promise<[number, string]> => {
    const { status, body } = await ask('GET', '/assets/a.js', { headers: { 'if-none-match': tag } });
    return [status, body];
  };
  assert.equal(await again(String(etag)), [304, '']);
  assert.equal(await again(`"other", W/${String(etag)}`), [304, '']);
  assert.equal(await again('"other"'), [200, '1']);
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

test('a picture is for the first run, or for the one that is named; there is no other', async () => {
  asked.length = 0;
  for (const path of ['/classify', '/classify?run=shoes', '/classify?brand=A%20%26%20B&label=heel'])
    assert.is((await ask('POST', path, { body: PNG })).status, 200);
  const where = { brand: undefined, label: undefined };
  assert.equal(asked, [
    { run: 'cnn', where },
    { run: 'shoes', where },
    { run: 'cnn', where: { brand: 'A & B', label: 'heel' } },
  ]);
  const { status, body } = await ask('POST', '/classify?run=hats%1b', { body: PNG });
  assert.is(status, 404);
  assert.match(body, /there is no run hats[ -~]+; there are: cnn, shoes/);
  assert.is(asked.length, 3);
});

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

test.run();

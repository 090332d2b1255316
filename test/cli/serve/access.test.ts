/** Who is let in, how often, over https, what is counted, and how it ends. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as secureRequest } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Access, tokenOf, type Asking } from '../../../src/cli/serve/serve_access.js';
import { pageServer, type PageServer, type ServeParts } from '../../../src/cli/serve/serve_http.js';
import { clientOf, Quota } from '../../../src/cli/serve/serve_quota.js';
import { readTls } from '../../../src/cli/serve/serve_tls.js';
import { UsageError } from '../../../src/device/errors.js';
import type { PageAnswer } from '../../../src/retrieval/page_manifest.js';
import { suite } from '../../support/harness.js';
import { ANSWER, PNG, askAt, end, listening, type Address, type Answer, type Asked } from './asking.js';
import { CERT, KEY } from './certificate.js';

const test = suite('serve: access');

const isUsageError = (error: unknown): boolean => error instanceof UsageError;

type Ask = (method: string, path: string, asked?: Asked) => Promise<Answer>;

/** A server of two files for one test. */
async function serving(
  more: Partial<ServeParts>,
  body: (ask: Ask, served: PageServer, to: Address) => Promise<void>,
): Promise<void> {
  const served = pageServer({
    files: new Map([
      ['index.html', new TextEncoder().encode('<p>page</p>')],
      ['a.js', new TextEncoder().encode('1')],
    ]),
    pictures: null,
    runs: ['cnn', 'shoes'],
    classify: () => Promise.resolve(ANSWER),
    onFailure: () => undefined,
    ...more,
  });
  const to = await listening(served, '127.0.0.1');
  try {
    await body((method, path, asked = {}) => askAt(to, method, path, asked), served, to);
  } finally {
    end(served);
  }
}

const TOKEN = 'a-token-of-a-test';

test('without the token nothing is handed out; with it the browser gets a cookie, and an address without it', () =>
  serving({ access: new Access(TOKEN, false) }, async (ask, _, to) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/a.js'],
      ['GET', '/metrics'],
      ['POST', '/classify'],
      ['GET', '/?token=another-token-1'],
      ['GET', '/?token='],
      ['POST', `/classify?token=${TOKEN}`], // an address is for pages
    ]) {
      const { status, headers, body } = await ask(method, path, method === 'POST' ? { body: PNG } : {});
      assert.is(status, 401, path);
      assert.match(String(headers['www-authenticate']), /^Bearer/);
      assert.match(body, /with its token/);
      assert.not.match(body, new RegExp(TOKEN));
    }
    const { status, headers } = await ask('GET', `/?a=1&token=${TOKEN}`);
    assert.equal([status, headers['location']], [303, '/?a=1']);
    const cookie = String(headers['set-cookie']);
    assert.match(cookie, new RegExp(`^weft-${to.port}=`));
    assert.match(cookie, /^weft-\d+=[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    const shown = { cookie: `other=1; ${cookie.split(';')[0]}` };
    assert.is((await ask('GET', '/a.js', { headers: shown })).body, '1');
    const again = await ask('GET', `/?token=${TOKEN}`, { headers: shown });
    assert.equal([again.status, again.headers['location']], [303, '/'], 'nor does it stay there the second time');
    assert.is((await ask('POST', '/classify', { headers: shown, body: PNG })).status, 200);
    const bearer = { authorization: `Bearer ${TOKEN}` };
    assert.is((await ask('POST', '/classify', { headers: bearer, body: PNG })).status, 200);
    for (const wrong of [`Bearer ${TOKEN}x`, 'Bearer', `Basic ${TOKEN}`])
      assert.is((await ask('GET', '/', { headers: { authorization: wrong } })).status, 401);
    const foreign = { ...shown, origin: 'https://example.com' };
    assert.is((await ask('POST', '/classify', { headers: foreign, body: PNG })).status, 403);
  }));

test('no address leads to another site', () => {
  const access = new Access(TOKEN, true);
  const asking = (url: string): Asking => ({ url, headers: {}, socket: { localPort: 1 } });
  assert.is(access.welcome(asking(`//example.com/?token=${TOKEN}`))?.['location'], '/example.com/');
  assert.match(access.welcome(asking(`/?token=${TOKEN}`))?.['set-cookie'] ?? '', /; Secure$/);
});

test('a token is random where others are let in, unless one is given or none is wanted', () => {
  const [a, b] = [tokenOf(undefined, true), tokenOf(undefined, true)];
  assert.match(a ?? '', /^[\w-]{22}$/);
  assert.is.not(a, b);
  assert.is(tokenOf(undefined, false), null);
  assert.is(tokenOf('none', true), null);
  assert.is(tokenOf('12345678', false), '12345678');
  for (const wrong of ['short', 'with space 123', '']) assert.throws(() => tokenOf(wrong, true), isUsageError);
});

test('an address has so many pictures a minute, in bursts; others have their own', () => {
  let now = 0;
  const quota = new Quota(60, () => now);
  const burst = Array.from({ length: 11 }, () => quota.take('10.0.0.1'));
  assert.equal(burst, [...Array<null>(10).fill(null), 1]);
  assert.is(quota.take('10.0.0.2'), null);
  assert.is(quota.take('::ffff:10.0.0.1'), 1);
  now = 1000;
  assert.is(quota.take('10.0.0.1'), null);
  assert.is(quota.take('10.0.0.1'), 1);
  const slow = new Quota(2, () => now);
  for (let i = 0; i < 5; i++) slow.take('a');
  assert.is(slow.take('a'), 30);
});

test('of IPv6 the network counts, in which one machine may have any address', () => {
  assert.is(clientOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.is(clientOf('2001:db8:1:2::9'), clientOf('2001:db8:1:2:a:b:c:d'));
  assert.is(clientOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.is(clientOf('::1'), '0:0:0:0::/64');
  assert.is(clientOf('::ffff:192.0.2.7'), '192.0.2.7');
});

test('too many pictures are told when to come again; pages are handed out all the same', () =>
  serving({ quota: new Quota(6) }, async (ask) => {
    for (let i = 0; i < 5; i++) assert.is((await ask('POST', '/classify', { body: PNG })).status, 200);
    const { status, headers, body } = await ask('POST', '/classify', { body: PNG });
    assert.is(status, 429);
    assert.ok(Number(headers['retry-after']) > 5 && Number(headers['retry-after']) <= 10);
    assert.match(body, /too many pictures/);
    assert.is((await ask('GET', '/')).status, 200);
  }));

/** Answers that a test lets go. */
function held(): { readonly classify: ServeParts['classify']; readonly release: () => void } {
  const waiting: (() => void)[] = [];
  const classify = (): Promise<PageAnswer> => new Promise((resolve) => waiting.push(() => resolve(ANSWER)));
  return { classify, release: () => waiting.shift()?.() };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500 && !(await isSo()); i++) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('one address has two of four places, where there are quotas', () => {
  const { classify, release } = held();
  return serving({ classify, quota: new Quota(600) }, async (ask) => {
    const first = [1, 2].map(() => ask('POST', '/classify', { body: PNG }));
    await until(async () => /^weft_pictures_waiting 2$/m.test((await ask('GET', '/metrics')).body));
    const third = await ask('POST', '/classify', { body: PNG });
    assert.equal([third.status, third.headers['retry-after']], [503, '1']);
    for (const _ of first) {
      release();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(
      (await Promise.all(first)).map(({ status }) => status),
      [200, 200],
    );
  });
});

test('health needs no token and says when the server is being ended; what is under way is answered', () => {
  const { classify, release } = held();
  return serving({ classify, access: new Access(TOKEN, false) }, async (ask, served) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    assert.equal(await ask('GET', '/healthz').then((a) => [a.status, a.body]), [200, '{"status":"ok"}']);
    const under = ask('POST', '/classify', { headers, body: PNG });
    await until(async () => /^weft_pictures_waiting 1$/m.test((await ask('GET', '/metrics', { headers })).body));
    const drained = served.drain(5000);
    assert.match(String(await ask('GET', '/').catch((error: unknown) => error)), /ECONNREFUSED/);
    release();
    assert.is((await under).status, 200);
    await drained;
  });
});

test('on a connection that there is no new picture is taken at the end, and health says why', () => {
  const { classify, release } = held();
  return serving({ classify }, async (ask, served, to) => {
    const client = connect(to);
    const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nhost: 127.0.0.1:${to.port}\r\n${more}\r\n`;
    const picture = Buffer.concat([Buffer.from(head('POST /classify', `content-length: ${PNG.length}\r\n`)), PNG]);
    client.write(picture);
    await until(async () => /^weft_pictures_waiting 1$/m.test((await ask('GET', '/metrics')).body));
    const drained = served.drain(5000);
    client.write(head('GET /healthz'));
    client.write(picture);
    setTimeout(release, 20);
    let text = '';
    for await (const part of client as AsyncIterable<Buffer>) text += part.toString();
    assert.equal(text.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '503', '503']);
    assert.match(text, /\{"status":"ending"\}[^]*the server is being ended/);
    await drained;
  });
});

test('what is not answered in time is cut off', () => {
  const { classify } = held();
  return serving({ classify }, async (ask, served) => {
    const under = ask('POST', '/classify', { body: PNG }).catch((error: unknown) => error);
    await until(async () => /^weft_pictures_waiting 1$/m.test((await ask('GET', '/metrics')).body));
    await served.drain(20);
    assert.match(String(await under), /hang up|ECONNRESET/);
  });
});

test('metrics are Prometheus text: answers by route and status, times, gauges', () =>
  serving({}, async (ask) => {
    await ask('GET', '/');
    await ask('GET', '/nothing');
    await ask('POST', '/classify', { body: PNG });
    const { headers, body } = await ask('GET', '/metrics');
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    for (const line of [
      'weft_requests_total{route="page",status="200"} 1',
      'weft_requests_total{route="page",status="404"} 1',
      'weft_requests_total{route="classify",status="200"} 1',
      'weft_request_seconds_bucket{route="classify",le="+Inf"} 1',
      'weft_request_seconds_count{route="page"} 2',
      '# TYPE weft_request_seconds histogram',
      'weft_pictures_waiting 0',
    ])
      assert.ok(body.split('\n').includes(line), line);
    assert.ok(body.split('\n').every((line) => line === '' || /^(#|\w+(\{.*\})? [\d.e+-]+$)/.test(line)));
  }));

test('who goes before the answer is not counted as answered', () =>
  serving({}, async (ask, _, to) => {
    const leaving = connect(to);
    leaving.write(`POST /classify HTTP/1.1\r\nhost: 127.0.0.1:${to.port}\r\ncontent-length: 99\r\n\r\nx`);
    await until(async () => /^weft_upload_bytes 1$/m.test((await ask('GET', '/metrics')).body));
    leaving.destroy();
    await until(async () => /route="classify"/.test((await ask('GET', '/metrics')).body));
    const { body } = await ask('GET', '/metrics');
    assert.match(body, /^weft_requests_total\{route="classify",status="499"\} 1$/m);
    assert.not.match(body, /route="classify",status="200"/);
  }));

test('https with files of one’s own; halves and files that are no pair are refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-tls-'));
  try {
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));
    writeFileSync(cert, CERT);
    writeFileSync(key, KEY);
    assert.is(await readTls(undefined, undefined), null);
    for (const [c, k] of [
      [cert, undefined],
      [undefined, key],
      [key, cert],
      [cert, join(folder, 'none.pem')],
    ])
      assert.ok(isUsageError(await readTls(c, k).catch((error: unknown) => error)), `${c} ${k}`);
    const tls = await readTls(cert, key);
    await serving({ tls, limits: { idleMilliseconds: 50 } }, async (_, served, to) => {
      const statusFor = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
        new Promise((resolve, reject) =>
          secureRequest({ ...to, path: '/', ca: CERT, agent: false, headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
          })
            .on('error', reject)
            .end(),
        );
      assert.is(await statusFor({}), 200);
      for (const name of ['127.0.0.1', 'localhost']) {
        assert.is(await statusFor({ origin: `https://${name}:${to.port}` }), 200);
        assert.is(await statusFor({ origin: `http://${name}:${to.port}` }), 403, 'anybody may have written that page');
      }
      const silent = connect(to); // says nothing, not even of TLS
      await once(silent, 'connect');
      let isLate = false;
      const patience = setTimeout(() => {
        isLate = true;
        silent.destroy();
      }, 3000);
      await served.drain(20);
      clearTimeout(patience);
      assert.is(isLate, false, 'it does not keep the server from its end');
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();

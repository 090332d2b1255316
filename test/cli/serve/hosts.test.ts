/** Who may ask: pages of this server under its names, and no other site; the addresses that it prints. */
import type { AddressInfo } from 'node:net';
import * as assert from 'uvu/assert';
import { isLoopback, urlsOf } from '../../../src/cli/serve/serve_hosts.js';
import { pageServer } from '../../../src/cli/serve/serve_http.js';
import { suite } from '../../support/harness.js';
import { ANSWER, type Address, PNG, askAt, type Answer, type Asked, end, listening } from './asking.js';

const test = suite('serve: hosts');

const server = pageServer({
  files: new Map(),
  pictures: null,
  runs: ['cnn', 'shoes'],
  classify: () => Promise.resolve(ANSWER),
  onFailure: () => undefined,
});

let own: Address;
const ask = (method: string, path: string, { to = own, ...more }: Asked = {}): Promise<Answer> =>
  askAt(to, method, path, more);

test.before(async () => {
  own = await listening(server, '127.0.0.1');
});

test.after(() => end(server));

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

for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', '0.0.0.0', '::1', '::']) {
  test(`listening on ${host}: it answers at the address that it prints, and to no name of another site`, async () => {
    const other = pageServer({
      files: new Map([['index.html', PNG]]),
      pictures: null,
      runs: ['cnn', 'shoes'],
      classify: () => Promise.resolve(ANSWER),
      onFailure: () => undefined,
    });
    const to = await listening(other, host).catch((error: NodeJS.ErrnoException) => {
      if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))) throw error;
      return null; // this machine has no such address
    });
    if (to === null) return;
    try {
      const bound = other.server.address() as AddressInfo;
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
    urlsOf({ address, port: 8080 }, { interfaces }).map((url) => new URL(url).host);
  assert.equal(hosts('0.0.0.0'), ['localhost:8080', '192.168.1.5:8080']);
  assert.equal(hosts('::'), ['localhost:8080', '192.168.1.5:8080', '[fd00::5]:8080']);
  assert.equal(hosts('192.168.1.5'), ['192.168.1.5:8080']);
});

test.run();

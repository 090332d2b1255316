/** Uploads that stop, are too many or too large: nobody takes another’s place. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import * as assert from 'uvu/assert';
import { pageServer, type PageServer } from '../../../src/cli/serve/serve_http.js';
import { suite } from '../../support/harness.js';
import { ANSWER, type Address, PNG, askAt, type Answer, type Asked, end, listening } from './asking.js';

const test = suite('serve: uploads');

const failures: unknown[] = [];

const server = pageServer({
  files: new Map([['index.html', new TextEncoder().encode('<p>page</p>')]]),
  pictures: null,
  runs: ['cnn', 'shoes'],
  classify: () => Promise.resolve(ANSWER),
  onFailure: (error) => failures.push(error),
});

let own: Address;
const ask = (method: string, path: string, { to = own, ...more }: Asked = {}): Promise<Answer> =>
  askAt(to, method, path, more);

test.before(async () => {
  own = await listening(server, '127.0.0.1');
});

test.after(() => end(server));

/**
 * A connection with the first bytes of a picture, once the server knows of it; what the server says to it, when that
 * has ended.
 */
async function trickle(
  { server: to }: PageServer = server,
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
    runs: ['cnn', 'shoes'],
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
    runs: ['cnn', 'shoes'],
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

test('four pictures wait for their turn, a fifth is told that the server is busy', async () => {
  const started: (() => void)[] = [];
  const slow = pageServer({
    files: new Map(),
    pictures: null,
    runs: ['cnn', 'shoes'],
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

test.run();

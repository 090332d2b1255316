/** `waitFor` waits for the GPU without taking a core. The GPU may be this CPU, so the tests wait for timers. */
import * as assert from 'uvu/assert';
import { waitFor } from '../../src/platform/node.js';
import { suite } from '../support/harness.js';
import { inTime } from './tools.js';

const test = suite('waitFor');

const after = <T>(milliseconds: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), milliseconds));

test('gives the value', async () => {
  assert.is(await waitFor(Promise.resolve(5)), 5);
  assert.is(await waitFor(after(10, 'x')), 'x');
});

test('passes the error on, once', async () => {
  for (const promise of [Promise.reject(new Error('no')), after(5, 0).then(() => Promise.reject(new Error('no')))]) {
    let message = '';
    await waitFor(promise).catch((error: Error) => (message = error.message));
    assert.is(message, 'no');
  }
});

test('waiting 300 ms takes far less CPU time than that', async () => {
  await after(1, 0); // what is pending runs before
  const before = process.cpuUsage();
  const started = performance.now();
  await waitFor(after(300, 0));
  const { user, system } = process.cpuUsage(before);
  const waited = performance.now() - started;
  assert.ok(waited >= 295, `${waited} ms`);
  assert.ok((user + system) / 1000 < 150, `${(user + system) / 1000} ms of CPU time`);
});

test('other timers and promises go on meanwhile', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  await waitFor(after(120, 0));
  clearInterval(timer);
  assert.ok(ticks >= 5, `${ticks} ticks`);
});

test('several at once, the later one first', () =>
  inTime(Promise.all([waitFor(after(30, 1)), waitFor(after(5, 2)), waitFor(Promise.resolve(3))]), 2000).then((values) =>
    assert.equal(values, [1, 2, 3]),
  ));

test.run();

/** What the worker makes once: networks, indexes, its own parts. */
import * as assert from 'uvu/assert';
import { MadeOnce } from '../../src/page/worker/made_once.js';
import { suite } from '../support/harness.js';

const test = suite('made once');

test('it is made once, and again after it was forgotten or taken', async () => {
  const kept = new MadeOnce<number>();
  let made = 0;
  const make = (): Promise<number> => Promise.resolve(++made);
  assert.equal(await Promise.all([kept.get(make), kept.get(make)]), [1, 1]);
  kept.forget();
  assert.is(await kept.get(make), 2);
  assert.is(await kept.take(), 2);
  assert.is(await kept.take(), null);
  assert.is(await kept.get(make), 3);
});

test('a failure is told to whoever waits for it, and is not kept', async () => {
  const kept = new MadeOnce<number>();
  const fail = (): Promise<number> => Promise.reject(new Error('no network'));
  const told = await Promise.allSettled([kept.get(fail), kept.get(fail)]);
  assert.equal(
    told.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.is(await kept.get(() => Promise.resolve(7)), 7);
});

test('one that fails after it was forgotten does not take away what was made since', async () => {
  const kept = new MadeOnce<number>();
  let fail: (error: Error) => void = () => {};
  const first = kept.get(() => new Promise((_, reject) => (fail = reject)));
  kept.forget();
  assert.is(await kept.get(() => Promise.resolve(1)), 1);
  fail(new Error('late'));
  await first.catch(() => null);
  assert.is(await kept.get(() => Promise.resolve(2)), 1);
});

test.run();

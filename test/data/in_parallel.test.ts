/** A few pieces of work at a time: never more, none lost, in their order, whatever fails. */
import * as assert from 'uvu/assert';
import { fewAtOnce, inParallel } from '../../src/data/in_parallel.js';
import { suite } from '../support/harness.js';

const test = suite('work in parallel');

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('fewAtOnce: at most three of twenty run, a third of them fail, all are answered in order', async () => {
  const few = fewAtOnce(3);
  let [running, most] = [0, 0];
  const order: number[] = [];
  const work = async (i: number): Promise<number> => {
    most = Math.max(most, ++running);
    order.push(i);
    for (let t = 0; t <= i % 4; t++) await tick();
    running--;
    if (i % 3 === 0) throw new Error(`no ${i}`);
    return i;
  };
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => few(() => work(i))));
  assert.equal(
    results.map((r) => (r.status === 'fulfilled' ? r.value : String(r.reason))),
    Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? `Error: no ${i}` : i)),
  );
  assert.equal([most, running, order], [3, 0, Array.from({ length: 20 }, (_, i) => i)]);
  assert.is(await few(() => Promise.resolve('and it goes on')), 'and it goes on');
});

test('inParallel: every number once', async () => {
  const seen: number[] = [];
  await inParallel(50, async (i) => {
    await tick();
    seen.push(i);
  });
  assert.equal(
    seen.sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

test.run();

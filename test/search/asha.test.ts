/** Which trials go on, by hand; and that a search is a function of its results. */
import * as assert from 'uvu/assert';
import { epochsSpent, progressOf, Results, rungEpochs, type Job } from '../../src/search/asha.js';
import type { SearchSettings } from '../../src/search/space.js';
import { suite } from '../support/harness.js';

const test = suite('successive halving');

const SETTINGS: SearchSettings = { method: 'asha', trials: 9, seed: 0, 'min-epochs': 1, eta: 3, width: 1 };

/** Runs a whole search; trial t comes to `quality(t)` at every rung. */
function run(settings: SearchSettings, rungs: number, quality: (trial: number) => number | null): Job[][] {
  const results = new Results();
  for (;;) {
    const { done, next } = progressOf(settings, rungs, results);
    if (next.length === 0) return done.map((wave) => [...wave]);
    for (const job of next) results.set(job, quality(job.trial));
  }
}

test('rungs are eta times as long as those before, and end with a whole training', () => {
  assert.equal(rungEpochs(SETTINGS, 9), [1, 3, 9]);
  assert.equal(rungEpochs(SETTINGS, 10), [1, 3, 9, 10]);
  assert.equal(rungEpochs({ ...SETTINGS, 'min-epochs': 2, eta: 2 }, 5), [2, 4, 5]);
  assert.equal(rungEpochs(SETTINGS, 1), [1]);
  assert.equal(rungEpochs({ ...SETTINGS, method: 'random' }, 9), [9]);
});

test('one at a time: the best third goes on as soon as there are three', () => {
  const jobs = run(SETTINGS, 3, (t) => [0.5, 0.9, 0.1, 0.2, 0.3, 0.4, 0.95, 0.6, 0.7][t]).flat();
  assert.equal(
    jobs.map((j) => `${j.trial}:${j.rung}`),
    ['0:0', '1:0', '2:0', '1:1', '3:0', '4:0', '5:0', '0:1', '6:0', '6:1', '6:2', '7:0', '8:0', '8:1'],
  );
  // 6:1 is the third at rung 1, of which the best goes on; at rung 0 the best three are 6, 1 and, at the end, 8
  assert.is(epochsSpent([jobs], [1, 3, 9]), 9 * 1 + 4 * 2 + 6);
});

test('the result is the same when it is gone through again after each job, in any order within a wave', () => {
  const quality = (t: number): number => ((t * 37) % 101) / 101;
  for (const width of [1, 3, 4, 20]) {
    const settings = { ...SETTINGS, trials: 20, width };
    const whole = run(settings, 3, quality);
    const results = new Results();
    const seen: Job[] = [];
    for (;;) {
      const missing = progressOf(settings, 3, results).next.filter((j) => results.get(j) === undefined);
      if (missing.length === 0) break;
      const job = missing[missing.length - 1]; // the last first
      results.set(job, quality(job.trial));
      seen.push(job);
    }
    const order = (jobs: readonly Job[]): string[] => jobs.map((j) => `${j.trial}:${j.rung}`).sort();
    assert.equal(order(seen), order(whole.flat()), `width ${width}`);
    const firsts = whole.flat().filter((j) => j.rung === 0);
    assert.is(new Set(firsts.map((j) => j.trial)).size, 20, 'every trial is begun once');
    assert.is(new Set(order(whole.flat())).size, whole.flat().length, 'nothing is trained twice');
  }
});

test('what diverged never goes on; random search trains all to the end', () => {
  const jobs = run(SETTINGS, 3, (t) => (t < 8 ? null : 0.1)).flat();
  assert.equal(
    jobs.filter((j) => j.rung > 0).map((j) => j.trial),
    [8],
  );
  const random = run({ ...SETTINGS, method: 'random', trials: 4 }, 1, () => 0.5).flat();
  assert.equal(
    random.map((j) => j.trial),
    [0, 1, 2, 3],
  );
});

test.run();

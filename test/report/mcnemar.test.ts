/** McNemar's test against its formulas: sums of binomials by hand, and Python's math.erfc(sqrt(x / 2)). */
import * as assert from 'uvu/assert';
import { mcNemar } from '../../src/report/finished/mcnemar.js';
import { suite } from '../support/harness.js';

const test = suite('McNemar');

/** Images that only one has right, and five that both have. */
const of = (first: number, second: number) => {
  const all = (n: number, right: boolean): boolean[] => new Array<boolean>(n).fill(right);
  return mcNemar(
    [...all(first, true), ...all(second, false), ...all(5, true)],
    [...all(first, false), ...all(second, true), ...all(5, true)],
  );
};

test('few discordant pairs: the binomial distribution; more: chi-square with continuity correction', () => {
  for (const [first, second, p, method] of [
    [0, 0, 1, 'exact'],
    [4, 4, 1, 'exact'],
    [1, 9, 22 / 1024, 'exact'],
    [10, 0, 2 / 1024, 'exact'],
    [13, 13, 1, 'chi-square'],
    [20, 10, 0.10034824646229, 'chi-square'],
    [60, 20, 1.2986492541972957e-5, 'chi-square'],
  ] as const) {
    const found = of(first, second);
    assert.equal([found.onlyFirst, found.onlySecond, found.method], [first, second, method]);
    assert.ok(Math.abs(found.p - p) < 1e-6 * p + 1e-12, `${first}, ${second}: ${found.p} against ${p}`);
  }
});

test.run();

/**
 * Whether two classifiers err on the same images equally often: McNemar's test, as Dietterich recommends it
 * ("Approximate Statistical Tests for Comparing Supervised Classification Learning Algorithms", 1998).
 */

/** Discordant pairs below which the binomial distribution is summed. */
const FEW = 25;

export interface McNemar {
  /** Images that only the first has right, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Probability of a difference as large or larger where both err equally often; 1 of no discordant pair. */
  readonly p: number;
  /** `exact`: the binomial distribution, two-sided; `chi-square`: with continuity correction, one degree of freedom. */
  readonly method: 'exact' | 'chi-square';
}

/** @param first and `second`: whether each of the same images is right. */
export function mcNemar(first: readonly boolean[], second: readonly boolean[]): McNemar {
  const onlyFirst = first.filter((right, i) => right && !second[i]).length;
  const onlySecond = second.filter((right, i) => right && !first[i]).length;
  const n = onlyFirst + onlySecond;
  if (n < FEW) return { onlyFirst, onlySecond, p: binomial(Math.min(onlyFirst, onlySecond), n), method: 'exact' };
  // no correction where there is no difference: all differences are as large, so p is 1
  const statistic = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1) ** 2 / n;
  // of one degree of freedom the upper tail is erfc(sqrt(x / 2))
  return { onlyFirst, onlySecond, p: erfc(Math.sqrt(statistic / 2)), method: 'chi-square' };
}

/** Twice the probability of at most `least` of `n` throws of a coin, 1 at most. */
function binomial(least: number, n: number): number {
  let [term, sum] = [0.5 ** n, 0];
  for (let k = 0; k <= least; k++) {
    sum += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * sum);
}

/** Complementary error function of x >= 0: its series below 2.5, its continued fraction above. */
function erfc(x: number): number {
  if (x < 2.5) {
    let [term, sum] = [x, x];
    for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 200; k++) {
      term *= -(x * x) / k;
      sum += term / (2 * k + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

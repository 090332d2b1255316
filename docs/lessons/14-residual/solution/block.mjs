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
  const branch = times(w2, h);
  const y = x.map((v, i) => relu(v + branch[i]));
  return { y, h };
}

/** h and y are what forward gave. */
export function blockBackward(x, w1, w2, { h, y }, dy) {
  const ds = dy.map((d, i) => (y[i] > 0 ? d : 0)); // of the sum: what the last relu lets through
  const da = transposedTimes(w2, ds).map((d, i) => (h[i] > 0 ? d : 0));
  const dBranch = transposedTimes(w1, da);
  return {
    dx: ds.map((d, i) => d + dBranch[i]), // x is used twice: by the sum, and by the branch
    dw1: outer(da, x),
    dw2: outer(ds, h),
  };
}

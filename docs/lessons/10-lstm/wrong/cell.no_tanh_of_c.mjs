// says: h = o * tanh(c)
/**
 * One step of an LSTM for one sequence: x (I,), h and c (H,). w_ih is (4H, I), w_hh is (4H, H), both as arrays of rows,
 * b is (4H,). The four gates lie in PyTorch's order: input, forget, cell, output.
 */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** h and c of the next step, and the gates after their activations, (4H,), which backward needs. */
export function step(x, h, c, { w_ih, w_hh, b }) {
  const H = h.length;
  const dot = (row, v) => row.reduce((sum, w, k) => sum + w * v[k], 0);
  const gates = b.map((bias, k) => {
    const z = dot(w_ih[k], x) + dot(w_hh[k], h) + bias;
    return k >= 2 * H && k < 3 * H ? Math.tanh(z) : sigmoid(z); // the candidate is a tanh, the three doors are sigmoids
  });
  const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.slice(k * H, (k + 1) * H));
  const next = c.map((old, k) => f[k] * old + i[k] * g[k]);
  return { h: next.map((v, k) => o[k] * v), c: next, gates };
}

/**
 * Backward of a step. dh and dc are what arrives at its h and c; `before` is the c that it was given, `after` the one
 * that it made. dz is the gradient of the gates before their activations, dcBefore that of the c it was given; both
 * (…H,).
 */
export function stepBackward(dh, dc, before, after, gates) {
  const H = dh.length;
  const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.slice(k * H, (k + 1) * H));
  const t = after.map(Math.tanh);
  const all = dc.map((v, k) => v + dh[k] * o[k] * (1 - t[k] ** 2)); // c is used twice: in h, and in the next step
  const dz = [
    ...all.map((v, k) => v * g[k] * i[k] * (1 - i[k])),
    ...all.map((v, k) => v * before[k] * f[k] * (1 - f[k])),
    ...all.map((v, k) => v * i[k] * (1 - g[k] ** 2)),
    ...dh.map((v, k) => v * t[k] * o[k] * (1 - o[k])),
  ];
  return { dz, dcBefore: all.map((v, k) => v * f[k]) };
}

/**
 * One step of an LSTM for one sequence: x (I,), h and c (H,). w_ih is (4H, I), w_hh is (4H, H), both as arrays of rows,
 * b is (4H,). The four gates lie in PyTorch's order: input, forget, cell, output.
 */
const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** h and c of the next step, and the gates after their activations, (4H,), which backward needs. */
export function step(x, h, c, { w_ih, w_hh, b }) {
  const H = h.length;
  return { h, c, gates: new Array(4 * H).fill(0) }; // yours
}

/**
 * Backward of a step. dh and dc are what arrives at its h and c; `before` is the c that it was given, `after` the one
 * that it made. dz is the gradient of the gates before their activations, dcBefore that of the c it was given; both
 * (…H,).
 */
export function stepBackward(dh, dc, before, after, gates) {
  const H = dh.length;
  return { dz: new Array(4 * H).fill(0), dcBefore: dc.map(() => 0) }; // yours
}

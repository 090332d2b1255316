/**
 * An LSTM over a sequence, and backward through time. `cell` has step and stepBackward of cell.mjs. xs is an array of T
 * inputs (I,), hs of its T outputs (H,); the first h and c are zeros.
 */

/** All h, and what backward needs. */
export function forward(cell, xs, weights) {
  const H = weights.w_hh[0].length;
  let [h, c] = [new Array(H).fill(0), new Array(H).fill(0)];
  const saved = [];
  const hs = xs.map((x) => {
    const next = cell.step(x, h, c, weights);
    saved.push({ x, hBefore: h, before: c, after: next.c, gates: next.gates });
    [h, c] = [next.h, next.c];
    return h;
  });
  return { hs, saved };
}

/** dhs[t] is what arrives at h of step t from outside. Returns the gradients of all weights, by their names. */
export function backward(cell, dhs, saved, weights) {
  const [H, I] = [weights.w_hh[0].length, weights.w_ih[0].length];
  const zeros = (rows, columns) => Array.from({ length: rows }, () => new Array(columns).fill(0));
  const d = { w_ih: zeros(4 * H, I), w_hh: zeros(4 * H, H), b: new Array(4 * H).fill(0) };
  let [dh, dc] = [new Array(H).fill(0), new Array(H).fill(0)]; // from the step behind
  // yours: from the last step to the first
  return d;
}

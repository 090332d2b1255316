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
  for (let t = saved.length - 1; t >= 0; t--) {
    const { x, hBefore, before, after, gates } = saved[t];
    const total = dh.map((v, k) => v + dhs[t][k]); // h goes out, and on to the next step
    const { dz, dcBefore } = cell.stepBackward(total, dc, before, after, gates);
    dz.forEach((v, k) => {
      d.b[k] += v; // the same weights in every step: their gradients add up
      for (let j = 0; j < I; j++) d.w_ih[k][j] += v * x[j];
      for (let j = 0; j < H; j++) d.w_hh[k][j] += v * hBefore[j];
    });
    dh = hBefore.map((_, j) => dz.reduce((sum, v, k) => sum + v * weights.w_hh[k][j], 0));
    dc = dcBefore;
  }
  return d;
}

/** The cell of a GRU, with torch.nn.GRU's gates r z n. */
import { affine, affineBackward, type Cell, type CellWeights, type Vector } from './reference.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** r, z = sigmoid and n = tanh of their parts; q = w_hn h + b_hn. */
function gates(
  x: Vector,
  h: Vector,
  [wIh, wHh, bIh, bHh]: CellWeights,
): { r: Vector; z: Vector; n: Vector; q: Vector } {
  const H = h.length;
  const fromX = affine(wIh, x, bIh);
  const fromH = affine(wHh, h, bHh);
  const r = h.map((_, j) => sigmoid(fromX[j] + fromH[j]));
  const z = h.map((_, j) => sigmoid(fromX[H + j] + fromH[H + j]));
  const q = fromH.slice(2 * H);
  const n = h.map((_, j) => Math.tanh(fromX[2 * H + j] + r[j] * q[j]));
  return { r, z, n, q };
}

/** One state: h = (1 - z) * n + z * h_prev. */
export const gruCell: Cell = {
  forward: (x, [h], w) => {
    const { z, n } = gates(x, h, w);
    return [h.map((v, j) => (1 - z[j]) * n[j] + z[j] * v)];
  },
  backward: ([dh], x, [h], w, dw) => {
    const H = h.length;
    const { r, z, n, q } = gates(x, h, w);
    const fromX = new Float64Array(3 * H); // gradients of w_ih x + b_ih
    const fromH = new Float64Array(3 * H); // gradients of w_hh h + b_hh
    for (let j = 0; j < H; j++) {
      const dn = dh[j] * (1 - z[j]) * (1 - n[j] ** 2);
      fromX[j] = fromH[j] = dn * q[j] * r[j] * (1 - r[j]);
      fromX[H + j] = fromH[H + j] = dh[j] * (h[j] - n[j]) * z[j] * (1 - z[j]);
      fromX[2 * H + j] = dn;
      fromH[2 * H + j] = dn * r[j];
    }
    const dx = affineBackward(fromX, w[0], x, dw[0], dw[2]);
    const dhPrevious = affineBackward(fromH, w[1], h, dw[1], dw[3]).map((v, j) => v + dh[j] * z[j]);
    return { dx, dStates: [dhPrevious] };
  },
};

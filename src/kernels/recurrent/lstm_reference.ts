/** The cell of an LSTM, with torch.nn.LSTM's gates i f g o. */
import { affine, affineBackward, type Cell, type CellWeights, type Vector } from './reference.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** i, f, o = sigmoid and g = tanh of their part of w_ih x + b_ih + w_hh h + b_hh; 4H numbers. */
function gates(x: Vector, h: Vector, [wIh, wHh, bIh, bHh]: CellWeights): Vector {
  const H = h.length;
  const fromX = affine(wIh, x, bIh);
  const fromH = affine(wHh, h, bHh);
  return fromX.map((v, r) => (Math.floor(r / H) === 2 ? Math.tanh(v + fromH[r]) : sigmoid(v + fromH[r])));
}

/** States h and c: c = f * c_prev + i * g, h = o * tanh(c). */
export const lstmCell: Cell = {
  forward: (x, [h, c], w) => {
    const H = h.length;
    const a = gates(x, h, w);
    const cNew = c.map((v, j) => a[H + j] * v + a[j] * a[2 * H + j]);
    return [cNew.map((v, j) => a[3 * H + j] * Math.tanh(v)), cNew];
  },
  backward: ([dh, dc], x, [h, c], w, dw) => {
    const H = h.length;
    const a = gates(x, h, w);
    const d = new Float64Array(4 * H);
    const dcPrevious = new Float64Array(H);
    for (let j = 0; j < H; j++) {
      const [i, f, g, o] = [a[j], a[H + j], a[2 * H + j], a[3 * H + j]];
      const tanhC = Math.tanh(f * c[j] + i * g);
      const dcAll = dc[j] + dh[j] * o * (1 - tanhC ** 2);
      d[j] = dcAll * g * i * (1 - i);
      d[H + j] = dcAll * c[j] * f * (1 - f);
      d[2 * H + j] = dcAll * i * (1 - g ** 2);
      d[3 * H + j] = dh[j] * tanhC * o * (1 - o);
      dcPrevious[j] = dcAll * f;
    }
    const dx = affineBackward(d, w[0], x, dw[0], dw[2]);
    const dhPrevious = affineBackward(d, w[1], h, dw[1], dw[3]);
    return { dx, dStates: [dhPrevious, dcPrevious] };
  },
};

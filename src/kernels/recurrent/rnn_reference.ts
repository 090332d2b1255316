/** The cell of a plain recurrent layer. */
import { affine, affineBackward, type Cell, type CellWeights, type Vector } from './reference.js';

/** One state: h = tanh(w_ih x + b_ih + w_hh h_prev + b_hh), or the same with max(…, 0). */
export function rnnCell(nonlinearity: 'tanh' | 'relu'): Cell {
  const next = (x: Vector, h: Vector, [wIh, wHh, bIh, bHh]: CellWeights): Vector => {
    const fromX = affine(wIh, x, bIh);
    return affine(wHh, h, bHh).map((v, j) =>
      nonlinearity === 'tanh' ? Math.tanh(fromX[j] + v) : Math.max(fromX[j] + v, 0),
    );
  };
  return {
    forward: (x, [h], w) => [next(x, h, w)],
    backward: ([dh], x, [h], w, dw) => {
      const d = next(x, h, w).map((y, j) => dh[j] * (nonlinearity === 'tanh' ? 1 - y * y : Number(y !== 0)));
      const dx = affineBackward(d, w[0], x, dw[0], dw[2]);
      return { dx, dStates: [affineBackward(d, w[1], h, dw[1], dw[3])] };
    },
  };
}

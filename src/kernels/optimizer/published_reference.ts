/** One step of Lion, LAMB and Muon on one weight. `t` counts steps from 1. */
import type { LambSettings } from './lamb.js';
import type { LionSettings } from './optimizer.js';

/** Chen et al. 2023. Changes w and m in place. */
export function lion(w: Float64Array, grad: Float64Array, m: Float64Array, lr: number, s: LionSettings): void {
  const [beta1, beta2] = s.betas;
  for (let i = 0; i < w.length; i++) {
    const direction = Math.sign(beta1 * m[i] + (1 - beta1) * grad[i]);
    w[i] -= lr * (direction + s.weightDecay * w[i]);
    m[i] = beta2 * m[i] + (1 - beta2) * grad[i];
  }
}

/** You et al. 2020, as timm has it. Changes w, m and v, all of one parameter, in place. */
export function lamb(
  w: Float64Array,
  grad: Float64Array,
  m: Float64Array,
  v: Float64Array,
  lr: number,
  t: number,
  s: LambSettings,
): void {
  const [beta1, beta2] = s.betas;
  const direction = w.map((weight, i) => {
    m[i] = beta1 * m[i] + (1 - beta1) * grad[i];
    v[i] = beta2 * v[i] + (1 - beta2) * grad[i] * grad[i];
    const root = Math.sqrt(v[i] / (1 - beta2 ** t));
    return m[i] / (1 - beta1 ** t) / (root + s.eps) + s.weightDecay * weight;
  });
  const [weights, length] = [Math.hypot(...w), Math.hypot(...direction)];
  const isAdapted = (s.weightDecay !== 0 || s.alwaysAdapt) && weights > 0 && length > 0;
  const own = isAdapted ? weights / length : 1;
  const ratio = s.trustClip ? Math.min(own, 1) : own;
  for (let i = 0; i < w.length; i++) w[i] -= lr * ratio * direction[i];
}

/** What Muon knows of a weight: it is so many matrices of so many rows, one after the other. */
export interface MuonReferenceSettings {
  readonly matrices: number;
  readonly rows: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Jordan et al. 2024. Changes w and m in place. */
export function muon(
  w: Float64Array,
  grad: Float64Array,
  m: Float64Array,
  lr: number,
  { matrices, rows, momentum, nesterov, weightDecay }: MuonReferenceSettings,
): void {
  const update = grad.map((g, i) => {
    m[i] = momentum * m[i] + (1 - momentum) * g;
    return nesterov ? (1 - momentum) * g + momentum * m[i] : m[i];
  });
  const size = w.length / matrices;
  const columns = size / rows;
  const scale = Math.sqrt(Math.max(1, rows / columns));
  for (let k = 0; k < matrices; k++) {
    const made = orthogonal(update.slice(k * size, (k + 1) * size), rows, columns);
    for (let i = 0; i < size; i++) {
      const at = k * size + i;
      w[at] -= lr * weightDecay * w[at] + lr * scale * made[i];
    }
  }
}

/** Five iterations of Newton and Schulz on a matrix of so many rows and columns, by rows: X = a X + (b G + c G G) X. */
function orthogonal(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const norm = Math.hypot(...matrix) + 1e-7;
  let x = matrix.map((value) => value / norm);
  for (let step = 0; step < 5; step++) {
    const gram = product(x, rows, columns, transposed(x, rows, columns), rows);
    const squared = product(gram, rows, rows, gram, rows);
    const factor = gram.map((value, i) => -4.775 * value + 2.0315 * squared[i]);
    const moved = product(factor, rows, rows, x, columns);
    x = x.map((value, i) => 3.4445 * value + moved[i]);
  }
  return x;
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

/** (rows, inner) times (inner, columns). */
function product(a: Float64Array, rows: number, inner: number, b: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += a[row * inner + k] * b[k * columns + column];
    return sum;
  });
}

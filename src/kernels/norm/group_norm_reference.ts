/** Group and layer normalisation, and their gradients. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/**
 * Rows of D neighbours, each normalised by itself; the d-th number of row r is scaled and shifted by the affineOf(r,
 * d)-th weight.
 */
interface Rows {
  readonly D: number;
  readonly affineOf: (row: number, d: number) => number;
}

function groupRows([, C, ...plane]: readonly number[], groups: number): Rows {
  const P = plane.reduce((n, d) => n * d, 1);
  const D = (C / groups) * P;
  return { D, affineOf: (row, d) => (row % groups) * (C / groups) + Math.floor(d / P) };
}

function layerRows(normalizedShape: readonly number[]): Rows {
  return { D: normalizedShape.reduce((n, d) => n * d, 1), affineOf: (_, d) => d };
}

/** (x - mean) / sqrt(variance + eps) of each row, and 1 / sqrt(variance + eps). */
function normalizeRows(x: HostTensor, D: number, eps: number): { normal: Float64Array; rstd: Float64Array } {
  const normal = new Float64Array(x.data.length);
  const rstd = new Float64Array(x.data.length / D);
  for (let row = 0; row < rstd.length; row++) {
    const numbers = x.data.subarray(row * D, (row + 1) * D);
    const mean = numbers.reduce((s, v) => s + v, 0) / D;
    const variance = numbers.reduce((s, v) => s + (v - mean) ** 2, 0) / D;
    rstd[row] = 1 / Math.sqrt(variance + eps);
    for (let d = 0; d < D; d++) normal[row * D + d] = (numbers[d] - mean) * rstd[row];
  }
  return { normal, rstd };
}

function forward(
  x: HostTensor,
  weight: HostTensor | null,
  bias: HostTensor | null,
  { D, affineOf }: Rows,
  eps: number,
): HostTensor {
  const { normal } = normalizeRows(x, D, eps);
  return hostTensor(
    x.shape,
    normal.map((v, i) => {
      const a = affineOf(Math.floor(i / D), i % D);
      return v * (weight?.data[a] ?? 1) + (bias?.data[a] ?? 0);
    }),
  );
}

function backward(
  dy: HostTensor,
  x: HostTensor,
  weight: HostTensor | null,
  shapeAffine: readonly number[],
  { D, affineOf }: Rows,
  eps: number,
): [HostTensor, HostTensor, HostTensor] {
  const { normal, rstd } = normalizeRows(x, D, eps);
  const [dx, dw, db] = [hostTensor(x.shape), hostTensor(shapeAffine), hostTensor(shapeAffine)];
  for (let row = 0; row < rstd.length; row++) {
    let sum = 0; // of g = dy * weight, and of g * normal: what goes through mean and variance
    let sumNormal = 0;
    for (let d = 0; d < D; d++) {
      const [i, a] = [row * D + d, affineOf(row, d)];
      dw.data[a] += dy.data[i] * normal[i];
      db.data[a] += dy.data[i];
      sum += dy.data[i] * (weight?.data[a] ?? 1);
      sumNormal += dy.data[i] * (weight?.data[a] ?? 1) * normal[i];
    }
    for (let d = 0; d < D; d++) {
      const i = row * D + d;
      dx.data[i] = rstd[row] * (dy.data[i] * (weight?.data[affineOf(row, d)] ?? 1) - (sum + normal[i] * sumNormal) / D);
    }
  }
  return [dx, dw, db];
}

/** x (N, C, …), weight and bias (C). */
export function groupNorm(
  x: HostTensor,
  groups: number,
  weight: HostTensor | null,
  bias: HostTensor | null,
  eps: number,
): HostTensor {
  return forward(x, weight, bias, groupRows(x.shape, groups), eps);
}

export function groupNormBackward(
  dy: HostTensor,
  x: HostTensor,
  groups: number,
  weight: HostTensor | null,
  eps: number,
): [HostTensor, HostTensor, HostTensor] {
  return backward(dy, x, weight, [x.shape[1]], groupRows(x.shape, groups), eps);
}

/** x (…, normalizedShape), weight and bias (normalizedShape). */
export function layerNorm(
  x: HostTensor,
  normalizedShape: readonly number[],
  weight: HostTensor | null,
  bias: HostTensor | null,
  eps: number,
): HostTensor {
  return forward(x, weight, bias, layerRows(normalizedShape), eps);
}

export function layerNormBackward(
  dy: HostTensor,
  x: HostTensor,
  normalizedShape: readonly number[],
  weight: HostTensor | null,
  eps: number,
): [HostTensor, HostTensor, HostTensor] {
  return backward(dy, x, weight, normalizedShape, layerRows(normalizedShape), eps);
}

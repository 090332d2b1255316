/** The plane in which points spread most: the two first principal components. */
import { hostRandom } from '../data/host_random.js';

export interface Projection {
  /** (N) each: coordinates in the plane. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Share of the points' whole variance along x and along y; null where they do not vary. */
  readonly shares: readonly [number | null, number | null];
}

/** Rounds of power iteration: what is left of other directions shrinks by the ratio of their variances in each. */
const ROUNDS = 300;

/**
 * Projects points (N, D) on the eigenvectors of their covariance with the largest and second largest eigenvalue, found
 * by power iteration. The direction of an axis is that in which its largest component is positive.
 */
export function principalPlane(points: Float32Array, count: number, width: number): Projection {
  const mean = new Float64Array(width);
  for (let n = 0; n < count; n++) for (let d = 0; d < width; d++) mean[d] += points[n * width + d] / count;
  const centred = Float64Array.from(points, (v, i) => v - mean[i % width]);
  const covariance = new Float64Array(width * width);
  for (let n = 0; n < count; n++) {
    for (let a = 0; a < width; a++) {
      const v = centred[n * width + a] / count;
      for (let b = 0; b < width; b++) covariance[a * width + b] += v * centred[n * width + b];
    }
  }
  let whole = 0;
  for (let d = 0; d < width; d++) whole += covariance[d * width + d];
  const axes = [0, 1].map((k) => {
    const { vector, value } = dominant(covariance, width, k);
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) covariance[a * width + b] -= value * vector[a] * vector[b];
    const along = Float64Array.from({ length: count }, (_, n) =>
      vector.reduce((sum, v, d) => sum + v * centred[n * width + d], 0),
    );
    return { along, share: whole === 0 ? null : Math.max(0, value) / whole };
  });
  return { x: axes[0].along, y: axes[1].along, shares: [axes[0].share, axes[1].share] };
}

/**
 * The eigenvector of a symmetric matrix (D, D) with the largest eigenvalue, of length 1; zeros where the matrix is
 * zero.
 */
function dominant(matrix: Float64Array, width: number, seed: number): { vector: Float64Array; value: number } {
  const random = hostRandom(seed);
  let vector = Float64Array.from({ length: width }, () => random.normal());
  let value = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(width);
    for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) next[a] += matrix[a * width + b] * vector[b];
    value = Math.hypot(...next);
    if (value < 1e-30) return { vector: new Float64Array(width), value: 0 };
    vector = next.map((v) => v / value);
  }
  const largest = vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return { vector: largest < 0 ? vector.map((v) => -v) : vector, value };
}

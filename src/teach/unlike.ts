/**
 * Whether a picture is unlike everything that was learnt: the cosine distance of its features to the nearest of the
 * pictures that were kept. How far is far is measured: each picture's distance to the nearest of the other folds, so
 * that pictures of one recording do not vouch for each other.
 */
import { normalizeRows_ } from '../retrieval/row_search.js';

/** What is kept of the pictures that were learnt. */
export interface KeptFeatures {
  /** D. */
  readonly width: number;
  /** (N, D) row-major, each of length 1. */
  readonly rows: Float32Array;
  /** The distance beyond which a picture is unlike them. */
  readonly threshold: number;
}

/** How like what was learnt a picture is. */
export interface Likeness {
  /** 1 - cosine to the nearest kept picture: 0 for the same one. */
  readonly distance: number;
  readonly threshold: number;
  readonly isUnlike: boolean;
  /** The row of the nearest. */
  readonly nearest: number;
}

/** So many of the pictures of learnt kinds are still called like them. */
const QUANTILE = 0.98;

/** So many pictures say how far is far; more would take seconds and say the same. */
const MOST_MEASURED = 500;

/** The value below which a share of the numbers lies, between neighbours in proportion, as NumPy's. */
export function quantile(numbers: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** The nearest row of unit rows (N, D) to a unit vector (D), among those that may be looked at. */
function nearestRow(
  rows: Float32Array,
  vector: Float32Array,
  maySee: (row: number) => boolean,
): { readonly row: number; readonly cosine: number } {
  const width = vector.length;
  let [row, cosine] = [-1, -Infinity];
  for (let n = 0; n < rows.length / width; n++) {
    if (!maySee(n)) continue;
    let sum = 0;
    for (let d = 0; d < width; d++) sum += rows[n * width + d] * vector[d];
    if (sum > cosine) [row, cosine] = [n, sum];
  }
  return { row, cosine };
}

/**
 * Keeps the features of all pictures, and finds how far pictures of learnt kinds are from each other.
 * @param foldOf the fold of each (HeadReport.foldOf). @param share of them that is to be called like the rest.
 */
export function keepFeatures(
  features: readonly Float32Array[],
  foldOf: ArrayLike<number>,
  share = QUANTILE,
): KeptFeatures {
  const width = features[0].length;
  const rows = new Float32Array(features.length * width);
  for (const [i, row] of features.entries()) rows.set(row, i * width);
  normalizeRows_(rows, width);
  const every = Math.ceil(features.length / MOST_MEASURED);
  const measured = Array.from({ length: Math.ceil(features.length / every) }, (_, n) => n * every);
  const distances = measured.map((i) => {
    const own = rows.subarray(i * width, (i + 1) * width);
    return 1 - nearestRow(rows, own, (n) => foldOf[n] !== foldOf[i]).cosine;
  });
  return { width, rows, threshold: quantile(distances, share) };
}

/** How like the kept pictures one with these features (D) is. */
export function likenessOf({ rows, threshold }: KeptFeatures, features: Float32Array): Likeness {
  const vector = Float32Array.from(features);
  normalizeRows_(vector, vector.length);
  const { row, cosine } = nearestRow(rows, vector, () => true);
  const distance = 1 - cosine;
  return { distance, threshold, isUnlike: distance > threshold, nearest: row };
}

/** Rows to search, and their products by plain loops. */
import { randomNumbers } from '../../src/cases/draw.js';

/** Rows of small whole numbers: their products are exact, and often equal. */
export function wholeRows(count: number, width: number, seed: number): Float32Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: count * width }, () => Math.floor(random() * 5) - 2);
}

/** (Q) rows of (N) products. */
export function scoresOf(queries: Float32Array, rows: Float32Array, width: number): number[][] {
  const dot = (q: number, n: number): number =>
    Array.from({ length: width }, (_, i) => queries[q * width + i] * rows[n * width + i]).reduce((a, b) => a + b, 0);
  return Array.from({ length: queries.length / width }, (_, q) =>
    Array.from({ length: rows.length / width }, (__, n) => dot(q, n)),
  );
}

/** The sizes at which ops are timed and explained: those that their cases say, one row each, or others. */
import { opSpecs } from './index.js';
import type { BenchCase, OpSpec } from './spec.js';

export interface BenchRow extends BenchCase<unknown> {
  readonly spec: OpSpec;
}

export const ROWS: readonly BenchRow[] = opSpecs.flatMap((spec) => (spec.bench ?? []).map((c) => ({ spec, ...c })));

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Bytes read and written once: a lower bound of what a run moves. */
export function bytesOf(row: BenchRow, outputShape: readonly number[]): number {
  return row.bytes ?? 4 * (row.shapes.reduce((n, s) => n + size(s), 0) + size(outputShape));
}

/**
 * `matmul 256x256x256`, `add 1024x1024,1024`, `batch_norm eval 64x32x28x28,32,32`: what `--filter` is matched with, and
 * what tells rows apart.
 */
export function rowName(row: BenchRow): string {
  return [
    row.spec.op,
    ...(row.note === undefined ? [] : [row.note]),
    row.sizes ?? row.shapes.map((s) => s.join('x') || '1').join(','),
  ].join(' ');
}

/** What the sizes of an op are called: of those without letters of their own, the shape of the input. */
export function lettersOf(row: BenchRow): string | null {
  const own = row.spec.benchSizes;
  if (own !== undefined) return own?.letters ?? null;
  const [x, ...others] = row.shapes;
  const isUniform = others.every((s) => s.length === x.length && s.every((n, d) => n === x[d]));
  if (!isUniform) return null;
  return ['', 'R', 'RxC', 'BxRxC', 'NxCxHxW'][x.length] ?? null;
}

/** An elementwise op is measured on one long row and takes any shape. */
function takesAnyRank(row: BenchRow): boolean {
  return row.shapes[0].length === 1 && (row.flops ?? 0) === 0;
}

/** The row at other sizes; null where it cannot have so many, or none at all. */
export function resized(row: BenchRow, sizes: readonly number[]): BenchRow | null {
  const letters = lettersOf(row);
  if (letters === null || (sizes.length !== letters.split('x').length && !takesAnyRank(row))) return null;
  const { benchSizes } = row.spec;
  return benchSizes
    ? { spec: row.spec, ...benchSizes.case(sizes) }
    : { ...row, shapes: row.shapes.map(() => [...sizes]) };
}

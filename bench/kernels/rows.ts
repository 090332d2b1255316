/** What is measured: the sizes that the cases of each op say (src/cases), one row each. */
import { opSpecs } from '../../src/cases/index.js';
import type { BenchCase, OpSpec } from '../../src/cases/spec.js';

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

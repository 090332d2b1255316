/** The members of matmul, which adapters can run them, and with which tiles. */
import type { Device } from '../device/device.js';
import { sizeClass, type Choice, type Family } from './family.js';

export interface MatmulProblem {
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Stored (K, M), and (N, K). */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Members with subgroups are written for one known size that is a multiple of 4. */
export function hasFittingSubgroups({ adapter }: Device): boolean {
  return adapter.subgroupSize >= 4 && adapter.subgroupSize <= 32;
}

/** Rows of a subgroup's tile: multiples of its size, none taller than M needs. */
export function subgroupRows(S: number, M: number): number[] {
  return [8, 16, 32].filter((rows) => rows % S === 0 && rows < M + Math.max(S, 8));
}

export const matmulFamily: Family<MatmulProblem> = {
  name: 'matmul',
  shapeClass: ({ batch, M, N, K, transposeA, transposeB }) =>
    `${batch > 1 ? `B${sizeClass(batch)} ` : ''}M${sizeClass(M)} N${sizeClass(N)} K${sizeClass(K)}${transposeA ? ' aT' : ''}${transposeB ? ' bT' : ''}`,
  candidates: (device, { M }) => {
    const S = device.adapter.subgroupSize;
    return [
      { variant: 'naive' },
      ...(hasFittingSubgroups(device) ? subgroupRows(S, M).map((ROWS): Choice => ({ variant: 'subgroup', ROWS })) : []),
    ];
  },
  defaultChoice: (device, { M }): Choice => {
    const S = device.adapter.subgroupSize;
    return hasFittingSubgroups(device) ? { variant: 'subgroup', ROWS: M <= S ? S : Math.max(S, 16) } : { variant: 'naive' };
  },
};

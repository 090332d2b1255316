/**
 * `$WEFT_PRETEND`: an adapter is told that it is another one, so that what other adapters are given can be run where
 * they are not at hand: `gpu` (the members and defaults of a GPU on a software driver), `subgroups=varying` (as if
 * their size were not fixed), `subgroups=32` (as if it were fixed, for a driver that can have this one among others),
 * `matrices=16x16x16` (matrix units for that M x N x K, in whose place plain loops compute), and lower limits by
 * WebGPU's names, e.g. `gpu,maxComputeWorkgroupStorageSize=16384`. Features are done without by `$WEFT_WITHOUT`. The
 * numbers that kernels make stay right, unlike their speed; after `subgroups=32` where the driver does take 32.
 */
import { UsageError } from '../errors.js';
import type { MatrixShape } from './matrices.js';

/** What an adapter is told. */
export interface Pretence {
  readonly isGpu: boolean;
  /** Null: as the adapter says. */
  readonly subgroups: number | 'varying' | null;
  /** Matrix units to emulate, or null. */
  readonly matrices: MatrixShape | null;
  /** By WebGPU's names; what the adapter offers is an upper bound. */
  readonly limits: Readonly<Record<string, number>>;
}

/** @throws UsageError for a word that says nothing. */
export function parsePretence(text: string | undefined): Pretence {
  const words = (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const limits: Record<string, number> = {};
  let subgroups: Pretence['subgroups'] = null;
  let matrices: MatrixShape | null = null;
  for (const word of words) {
    if (word === 'gpu') continue;
    const sizes = /^matrices=(\d+)x(\d+)x(\d+)$/.exec(word)?.slice(1).map(Number);
    if (sizes !== undefined && sizes.every((size) => size > 0 && size % 8 === 0 && size <= 32)) {
      matrices = { M: sizes[0], N: sizes[1], K: sizes[2] };
      continue;
    }
    const [, name, value] = /^(max\w+|subgroups)=(\d+|varying)$/.exec(word) ?? [];
    if (name === undefined || (value === 'varying' && name !== 'subgroups'))
      throw new UsageError(
        `WEFT_PRETEND: "${word}" is none of gpu, subgroups=NUMBER|varying, matrices=16x16x16 and maxLIMIT=NUMBER`,
        { fix: 'e.g. WEFT_PRETEND=gpu,maxStorageBuffersPerShaderStage=8' },
      );
    if (name !== 'subgroups') limits[name] = Number(value);
    else subgroups = value === 'varying' ? value : Number(value);
  }
  return { isGpu: words.includes('gpu'), subgroups, matrices, limits };
}

/**
 * `$WEFT_PRETEND`: an adapter is told that it is another one, so that what other adapters are given can be run where
 * they are not at hand: `gpu` (the members and defaults of a GPU on a software driver), `subgroups=varying` (as if
 * their size were not fixed), and lower limits by WebGPU's names, e.g. `gpu,maxComputeWorkgroupStorageSize=16384`.
 * Features are done without by `$WEFT_WITHOUT`. The numbers that kernels make stay right, unlike their speed.
 */
import { UsageError } from './errors.js';

/** What an adapter is told. */
export interface Pretence {
  readonly isGpu: boolean;
  readonly hasVaryingSubgroups: boolean;
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
  for (const word of words) {
    if (word === 'gpu' || word === 'subgroups=varying') continue;
    const [, name, value] = /^(max\w+)=(\d+)$/.exec(word) ?? [];
    if (name === undefined)
      throw new UsageError(`WEFT_PRETEND: "${word}" is none of gpu, subgroups=varying and maxLIMIT=NUMBER`, {
        fix: 'e.g. WEFT_PRETEND=gpu,maxStorageBuffersPerShaderStage=8',
      });
    limits[name] = Number(value);
  }
  return { isGpu: words.includes('gpu'), hasVaryingSubgroups: words.includes('subgroups=varying'), limits };
}

/**
 * `$WEFT_PRETEND`: an adapter is told that it is another one, so that what other adapters are given can be run where
 * they are not at hand: `gpu` (the members and defaults of a GPU on a software driver), `subgroups=varying` (as if
 * their size were not fixed), `subgroups=32` (as if it were fixed, for a driver that can have this one among others),
 * and lower limits by WebGPU's names, e.g. `gpu,maxComputeWorkgroupStorageSize=16384`. Features are done without by
 * `$WEFT_WITHOUT`. The numbers that kernels make stay right, unlike their speed; after `subgroups=32` where the driver
 * does take 32.
 */
import { UsageError } from './errors.js';

/** What an adapter is told. */
export interface Pretence {
  readonly isGpu: boolean;
  /** Null: as the adapter says. */
  readonly subgroups: number | 'varying' | null;
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
  for (const word of words) {
    if (word === 'gpu') continue;
    const [, name, value] = /^(max\w+|subgroups)=(\d+|varying)$/.exec(word) ?? [];
    if (name === undefined || (value === 'varying' && name !== 'subgroups'))
      throw new UsageError(`WEFT_PRETEND: "${word}" is none of gpu, subgroups=NUMBER|varying and maxLIMIT=NUMBER`, {
        fix: 'e.g. WEFT_PRETEND=gpu,maxStorageBuffersPerShaderStage=8',
      });
    if (name !== 'subgroups') limits[name] = Number(value);
    else subgroups = value === 'varying' ? value : Number(value);
  }
  return { isGpu: words.includes('gpu'), subgroups, limits };
}

/** Cells that several tables of the verdict have. */
import { ldsBytesPerProduct, multiplyAddShare } from './assembly.js';
import type { KernelRow } from './rows.js';

/** `-` where nothing is known. */
export const rounded = (n: number | null, digits = 0): string =>
  n === null || !Number.isFinite(n) ? '-' : n.toFixed(digits);
export const percent = (n: number | null): string => rounded(n === null ? null : 100 * n);

/** VGPR, spill, LDS B, waves, fma %, nest %, LDS B/fma of a kernel that compiled. */
export function compiledCells({ vgprs, spills, scratch, lds, waves, hot }: KernelRow): string[] {
  return [
    rounded(vgprs),
    rounded(spills + scratch),
    rounded(lds),
    rounded(waves),
    percent(hot === null ? null : multiplyAddShare(hot)),
    percent(hot?.nest == null ? null : multiplyAddShare(hot.nest)),
    rounded(hot === null || hot.ldsLoadBytes === 0 ? null : ldsBytesPerProduct(hot), 2),
  ];
}

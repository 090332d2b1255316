/** All that was timed, by name: what the parts said, side by side. */
import type { Roofs } from '../../src/measure/roofs.js';
import { percentOfRoof } from '../../src/measure/roofs.js';
import type { Figure, PartResult } from './document.js';

type Parts = Readonly<Record<string, PartResult>>;
type Fields = Readonly<Record<string, unknown>>;

/** A row of any part, as far as it is looked at here. */
interface Row {
  readonly name: string;
  readonly ms: number;
  readonly flops: number;
  readonly bytes: number;
}

const isRecord = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v);
const numberOr = (v: unknown, otherwise: number): number => (typeof v === 'number' && v >= 0 ? v : otherwise);

/** Of a document of `weft bench`, or of a list of rows. */
function rowsOf(data: unknown): Row[] {
  const list: unknown = isRecord(data) ? data['rows'] : data;
  if (!Array.isArray(list)) return [];
  return list.filter(isRecord).flatMap((r): Row[] => {
    const [name, ms] = [r['name'], r['ms']];
    if (typeof name !== 'string' || typeof ms !== 'number') return [];
    const variant = typeof r['variant'] === 'string' && r['variant'] !== 'default' ? ` ${r['variant']}` : '';
    return [{ name: `${name}${variant}`, ms, flops: numberOr(r['flops'], 0), bytes: numberOr(r['bytes'], 0) }];
  });
}

/** Measured by the part `facts`; null where it did not end well. */
export function roofsOf(parts: Parts): Roofs | null {
  const first: unknown = Array.isArray(parts['facts']?.data) ? parts['facts'].data[0] : null;
  return isRecord(first) && isRecord(first['roofs']) ? (first['roofs'] as unknown as Roofs) : null;
}

/** Names of `weft bench train` have no precision; PyTorch's and the judge's do. */
const bare = (name: string): string => name.replace(/ f32$/, '');

/** @param estimated milliseconds by name. */
export function figuresOf(parts: Parts, estimated: ReadonlyMap<string, number>): Figure[] {
  const by = (suffix: string): Map<string, Row> =>
    new Map(
      Object.entries(parts)
        .filter(([name]) => name.endsWith(suffix))
        .flatMap(([, { data }]) => rowsOf(data))
        .map((row) => [bare(row.name), row]),
    );
  const [plain, tuned] = [by('_plain'), by('_tuned')];
  const torch = new Map(rowsOf(parts['torch']?.data).map((row) => [bare(row.name), row.ms]));
  const roofs = roofsOf(parts);
  return [...new Set([...plain.keys(), ...tuned.keys()])].map((name): Figure => {
    const rows = [plain.get(name), tuned.get(name)].filter((r) => r !== undefined);
    const { ms, flops, bytes } = rows.reduce((a, b) => (b.ms < a.ms ? b : a));
    const isF16 = name.endsWith(' f16');
    return {
      name,
      plain: plain.get(name)?.ms ?? null,
      tuned: tuned.get(name)?.ms ?? null,
      torch: torch.get(name) ?? null,
      torchTf32: torch.get(`${name} tf32`) ?? null,
      estimated: estimated.get(name) ?? null,
      gflops: flops > 0 ? flops / ms / 1e6 : null,
      gbs: bytes > 0 && ms > 0 ? bytes / ms / 1e6 : null,
      // the arithmetic roof is f32's
      percentOfRoof:
        roofs === null || isF16 || ms === 0 || flops + bytes === 0
          ? null
          : bytes > 0
            ? percentOfRoof(roofs, flops, bytes, ms)
            : (100 * flops) / ms / 1e6 / roofs.fmaGflops,
    };
  });
}

/** What was recorded of each kernel on each family of cards, and whether it got worse. */
import { ldsBytesPerProduct, multiplyAddShare } from './assembly.js';
import type { FamilyRows, KernelRow } from './rows.js';

/** Figures that may not get worse. */
export interface Recorded {
  readonly vgprs: number;
  readonly waves: number;
  readonly instructions: number;
  /** Part of the hot loop's vector instructions that are multiply-adds; null where there is no hot loop. */
  readonly share: number | null;
  /** The same of the loop around it. */
  readonly nestShare: number | null;
  readonly ldsBytes: number | null;
  readonly bankConflict: number | null;
  readonly coalescing: number | null;
}

/** Of one family of cards. */
export interface FamilyRecord {
  /** The compiler: another version of it may do better or worse for no fault of the kernels. */
  readonly adapter: string;
  /** By the kernel's key. */
  readonly kernels: Readonly<Record<string, Recorded>>;
}

/** By family. */
export type KernelRecord = Readonly<Record<string, FamilyRecord>>;

const round = (n: number | null): number | null => (n === null ? null : Math.round(1000 * n) / 1000);

export function recordedOf({ vgprs, waves, instructions, hot, bankConflict, coalescing }: KernelRow): Recorded {
  const products = hot !== null && hot.ldsLoadBytes > 0 ? ldsBytesPerProduct(hot) : null;
  return {
    vgprs,
    waves,
    instructions,
    share: round(hot === null ? null : multiplyAddShare(hot)),
    nestShare: round(hot?.nest == null ? null : multiplyAddShare(hot.nest)),
    ldsBytes: round(products),
    bankConflict: round(bankConflict),
    coalescing: round(coalescing),
  };
}

export function recordOf(all: readonly FamilyRows[]): KernelRecord {
  const families = all.map(({ family, adapter, kernels }): [string, FamilyRecord] => {
    const rows = kernels.filter((k) => k.failure === null).map((k): [string, Recorded] => [k.key, recordedOf(k)]);
    return [family, { adapter, kernels: Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1))) }];
  });
  return Object.fromEntries(families);
}

/** Figures move a little with the order in which a compiler meets things. */
const TOLERANCE = { share: 0.02, waves: 1, factor: 1.05, instructions: 1.15 };

type Rule = readonly [string, (now: Recorded, then: Recorded) => boolean, (r: Recorded) => number | null];
const grew = (now: number | null, then: number | null): boolean =>
  now !== null && then !== null && now > TOLERANCE.factor * then;

const RULES: readonly Rule[] = [
  ['waves', (now, then) => now.waves < then.waves - TOLERANCE.waves, (r) => r.waves],
  [
    'multiply-add share',
    (now, then) => then.share !== null && (now.share ?? 0) < then.share - TOLERANCE.share,
    (r) => r.share,
  ],
  [
    'multiply-add share of the nest',
    (now, then) => then.nestShare !== null && (now.nestShare ?? 0) < then.nestShare - TOLERANCE.share,
    (r) => r.nestShare,
  ],
  ['LDS bytes per multiply-add', (now, then) => grew(now.ldsBytes, then.ldsBytes), (r) => r.ldsBytes],
  ['bank conflicts', (now, then) => grew(now.bankConflict, then.bankConflict), (r) => r.bankConflict],
  ['sectors', (now, then) => grew(now.coalescing, then.coalescing), (r) => r.coalescing],
  [
    'instructions',
    (now, then) => now.instructions > TOLERANCE.instructions * then.instructions + 16,
    (r) => r.instructions,
  ],
];

export interface Judgement {
  /** What fails, naming the kernel; and the number of kernels, each counted for each family. */
  readonly faults: readonly string[];
  readonly failed: number;
  /** Kernels without a recorded row, and rows without a kernel: `--record` brings them together. */
  readonly notes: readonly string[];
}

/**
 * Whatever does not compile or spills is a fault. Worse figures are faults where the same compiler made the record;
 * another one's are not compared.
 */
export function compareWithRecord(all: readonly FamilyRows[], record: KernelRecord): Judgement {
  const [faults, notes]: [string[], string[]] = [[], []];
  const failed = new Set<string>();
  const fault = (where: string, what: string): void => {
    failed.add(where);
    faults.push(`${where} ${what}`);
  };
  for (const { family, adapter, kernels } of all) {
    const recorded = record[family] as FamilyRecord | undefined;
    const rows = recorded?.kernels ?? {};
    const isSameCompiler = recorded?.adapter === adapter;
    if (recorded === undefined) notes.push(`${family} is not in the record`);
    else if (!isSameCompiler)
      notes.push(`${family} was recorded with ${recorded.adapter}, and here is ${adapter}: figures are not compared`);
    for (const kernel of kernels) {
      const where = `${kernel.key} (${family})`;
      if (kernel.failure !== null) {
        fault(where, `does not compile: ${kernel.failure}`);
        continue;
      }
      if (kernel.spills + kernel.scratch > 0)
        fault(where, `spills ${kernel.spills} registers, ${kernel.scratch} bytes of scratch`);
      if (!isSameCompiler) continue;
      const then = rows[kernel.key] as Recorded | undefined;
      if (then === undefined) {
        notes.push(`${where} is not in the record`);
        continue;
      }
      const now = recordedOf(kernel);
      for (const [name, isWorse, of] of RULES)
        if (isWorse(now, then)) fault(where, `has ${name} ${of(now)}, recorded ${of(then)}`);
    }
    const known = new Set(kernels.map((k) => k.key));
    for (const key of Object.keys(rows)) if (!known.has(key)) notes.push(`${key} (${family}) is recorded and no more`);
  }
  return { faults, failed: failed.size, notes };
}

/** What is known of kernels and steps, as plain data: for tables, files and the comparison with what was recorded. */
import type { Dispatch } from './collect.js';
import type { Verdict } from './compile.js';
import type { Judged } from './judge.js';
import { flopsOf, uniformReader, type Fields } from './flops.js';
import type { Subject } from './subjects.js';
import { traceKernel, type Site, type Trace } from './trace.js';
import { UnknownSyntax } from './wgsl/syntax.js';

/** A kernel as it was compiled, and where its lanes read and write. */
export interface KernelRow extends Omit<Verdict, 'ms' | 'codeBytes' | 'assembly'> {
  /** Kernel and what it is specialised with. */
  readonly key: string;
  readonly kernel: string;
  /** Why there is nothing else, where it does not compile. */
  readonly failure: string | null;
  readonly compileMs: number;
  /** See trace.ts; null where not known. */
  readonly bankConflict: number | null;
  readonly coalescing: number | null;
  readonly fetched: number | null;
  /** Places with conflicts, or that touch more sectors than they need. */
  readonly sites: readonly Site[];
}

export interface LaunchRow {
  readonly key: string;
  readonly workgroups: number;
  readonly bytes: number;
  /** Floating-point operations; null where they are not counted. */
  readonly flops: number | null;
  /** Operations per byte. */
  readonly intensity: number | null;
  readonly count: number;
}

export interface StepRow {
  readonly subject: Subject;
  /** Dispatches of a step. */
  readonly dispatches: number;
  readonly launches: readonly LaunchRow[];
}

export interface FamilyRows {
  readonly family: string;
  readonly adapter: string;
  readonly kernels: readonly KernelRow[];
  readonly steps: readonly StepRow[];
}

/**
 * Of each pipeline one of its largest dispatches: of several alike the one in the middle, since the first and the last
 * of a sequence may have nothing before or after them.
 */
function largestOf(steps: Judged['steps']): Map<string, Dispatch> {
  const all = new Map<string, Dispatch[]>();
  for (const { dispatches } of steps)
    for (const [key, sizes] of dispatches) all.set(key, [...(all.get(key) ?? []), ...sizes]);
  return new Map(
    [...all].map(([key, sizes]) => {
      const most = Math.max(...sizes.map((s) => s.workgroups));
      const alike = sizes.filter((s) => s.workgroups === most);
      return [key, alike[Math.floor(alike.length / 2)]];
    }),
  );
}

const NOTHING: Trace = { sites: [], bankConflict: null, coalescing: null, fetched: null };

/** The launches of a step and the kernels of all steps. */
export function rowsOf({ family, adapter, pipelines, verdicts, steps }: Judged): FamilyRows {
  const traceable = largestOf(steps);
  const kernels = [...verdicts].map(([key, verdict]): KernelRow => {
    const pipeline = pipelines.get(key);
    const kernel = pipeline?.kernel.name ?? key;
    if (typeof verdict === 'string') return { ...FAILED, key, kernel, failure: verdict };
    const { ms, assembly: _, codeBytes: __, ...rest } = verdict;
    const dispatch = traceable.get(key);
    const traced =
      pipeline === undefined || dispatch === undefined ? '' : traceKernel(pipeline, dispatch, rest.subgroup);
    const { sites, bankConflict, coalescing, fetched } = typeof traced === 'string' ? NOTHING : traced;
    const bad = sites.filter((s) => s.factor !== null && s.factor > 1.01);
    return { key, kernel, failure: null, compileMs: ms, ...rest, bankConflict, coalescing, fetched, sites: bad };
  });
  const readers = new Map<string, (words: readonly number[]) => Fields>();
  for (const [key, { code }] of pipelines) {
    try {
      readers.set(key, uniformReader(code));
    } catch (error) {
      if (!(error instanceof UnknownSyntax)) throw error; // then its operations are not counted
    }
  }
  const stepRows = steps.map(({ subject, dispatches }): StepRow => {
    const launches = [...dispatches].flatMap(([key, sizes]) =>
      sizes.map(({ workgroups, bytes, words, count }): LaunchRow => {
        const reader = readers.get(key);
        const flops = reader === undefined ? null : flopsOf(pipelines.get(key)?.kernel.name ?? '', reader(words));
        return { key, workgroups, bytes, flops, intensity: flops === null ? null : flops / bytes, count };
      }),
    );
    return { subject, dispatches: launches.reduce((n, l) => n + l.count, 0), launches: merged(launches) };
  });
  return { family, adapter, kernels, steps: stepRows };
}

const FAILED = {
  compileMs: NaN,
  threads: NaN,
  subgroup: NaN,
  vgprs: NaN,
  spills: NaN,
  scratch: NaN,
  lds: NaN,
  waves: NaN,
  instructions: NaN,
  hot: null,
  whole: null,
  bankConflict: null,
  coalescing: null,
  fetched: null,
  sites: [],
} as const;

/** Launches that differ in offsets alone are one row. */
function merged(launches: readonly LaunchRow[]): LaunchRow[] {
  const rows = new Map<string, LaunchRow>();
  for (const l of launches) {
    const key = `${l.key}|${l.workgroups}|${l.bytes}|${l.flops}`;
    rows.set(key, { ...l, count: l.count + (rows.get(key)?.count ?? 0) });
  }
  return [...rows.values()];
}

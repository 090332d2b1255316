/** `weft bench compare A B`: what got faster and what slower, where the difference is larger than the noise. */
import type { Parsed } from '../../src/cli/declare/declared.js';
import { areEnough, coresInWords } from '../../src/cli/host_load.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { CheckError, UsageError } from '../../src/device/errors.js';
import { textTable } from '../../src/report/table.js';
import { COMPARE_OPTIONS } from './options.js';
import {
  readDocument,
  type BenchDocument,
  type ClassesRow,
  type InferRow,
  type KernelRow,
  type SearchRow,
  type TrainRow,
} from '../shared/document.js';
import { number } from '../shared/live_table.js';

/** `same`: the p20 to p80 intervals overlap. */
export type Verdict = 'faster' | 'slower' | 'same' | 'broken' | 'mended' | 'wrong' | 'only in A' | 'only in B';

export interface ComparedRow {
  readonly name: string;
  readonly variant: string;
  readonly a: number | null;
  readonly b: number | null;
  /** b / a: above 1 is slower. */
  readonly ratio: number | null;
  readonly verdict: Verdict;
}

type Row = KernelRow | TrainRow | InferRow | ClassesRow | SearchRow;
interface Times {
  readonly ms: number;
  readonly p20: number;
  readonly p80: number;
}

/** The row's times, by wall time where that is asked for and the row has it beside GPU time. */
function timesOf(row: Row, byWall: boolean): Times | null {
  if (
    byWall &&
    row.clock === 'gpu' &&
    'wallMs' in row &&
    row.wallMs !== null &&
    row.wallP20 !== null &&
    row.wallP80 !== null
  )
    return { ms: row.wallMs, p20: row.wallP20, p80: row.wallP80 };
  return row.ms === null || row.p20 === null || row.p80 === null ? null : { ms: row.ms, p20: row.p20, p80: row.p80 };
}

function compareRow(a: Row | undefined, b: Row | undefined): Omit<ComparedRow, 'name' | 'variant'> {
  const byWall = a !== undefined && b !== undefined && a.clock !== b.clock; // like with like
  const [ta, tb] = [a, b].map((r) => (r === undefined ? null : timesOf(r, byWall)));
  const ratio = ta === null || tb === null || ta.ms === 0 ? null : tb.ms / ta.ms;
  const verdict = (): Verdict => {
    if (a === undefined) return 'only in B';
    if (b === undefined) return 'only in A';
    if (ta === null || tb === null) return ta !== null ? 'broken' : tb !== null ? 'mended' : 'wrong';
    return tb.p20 > ta.p80 ? 'slower' : tb.p80 < ta.p20 ? 'faster' : 'same';
  };
  return { a: ta?.ms ?? null, b: tb?.ms ?? null, ratio, verdict: verdict() };
}

/** Rows of both, in A's order, then those that only B has. */
export function compareRows(a: readonly Row[], b: readonly Row[]): ComparedRow[] {
  const key = (r: Row): string => JSON.stringify([r.name, r.variant]);
  const [inA, inB] = [a, b].map((rows) => new Map(rows.map((r) => [key(r), r])));
  return [...new Set([...inA.keys(), ...inB.keys()])].map((k) => {
    const [ra, rb] = [inA.get(k), inB.get(k)];
    const { name, variant } = (ra ?? rb) as Row;
    return { name, variant, ...compareRow(ra, rb) };
  });
}

/** Rows that a limit on the ratio does not let pass: slower than it beyond the noise, or wrong since. */
export function failures(rows: readonly ComparedRow[], limit: number): ComparedRow[] {
  return rows.filter((r) => r.verdict === 'broken' || (r.verdict === 'slower' && r.ratio !== null && r.ratio > limit));
}

/** Why the two cannot be set side by side. */
function doubts(a: BenchDocument, b: BenchDocument): string[] {
  const busy = [a, b].flatMap((d, i) =>
    areEnough(d.effectiveCores) ? [] : [`${'AB'[i]} was measured on a busy host (${coresInWords(d.effectiveCores)})`],
  );
  return [...(a.adapterName === b.adapterName ? [] : [`A ran on ${a.adapterName}, B on ${b.adapterName}`]), ...busy];
}

export async function run(argv: Parsed): Promise<void> {
  const { 'fail-above': limit, force } = resolveOptions(COMPARE_OPTIONS, argv);
  const [pathA, pathB] = [String(argv['a']), String(argv['b'])];
  const [a, b] = [await readDocument(pathA), await readDocument(pathB)];
  if (a.kind !== b.kind)
    throw new UsageError(`${pathA} is of bench ${a.kind}, ${pathB} of bench ${b.kind}`, {
      fix: 'compare two of the same kind',
    });
  const rows = compareRows(a.rows, b.rows);
  const warnings = doubts(a, b);
  print(`A: ${pathA}, ${a.engine}, ${a.date}, ${a.adapterName}`);
  print(`B: ${pathB}, ${b.engine}, ${b.date}, ${b.adapterName}`);
  for (const w of warnings) say(`warning: ${w}`);
  print('');
  print(
    textTable(
      ['name', 'variant', 'A ms', 'B ms', 'B / A', ''],
      rows.map((r) => [
        r.name,
        r.variant,
        number(r.a),
        number(r.b),
        r.ratio === null ? '' : r.ratio.toFixed(2),
        r.verdict === 'same' ? '' : r.verdict,
      ]),
      ['left', 'left', 'right', 'right', 'right', 'left'],
    ),
  );
  const count = (v: Verdict): number => rows.filter((r) => r.verdict === v).length;
  print(
    `\n${count('faster')} faster, ${count('slower')} slower beyond the noise (p20 to p80 do not overlap), ` +
      `${count('same')} the same within it`,
  );
  if (limit !== undefined && warnings.length > 0 && force !== true) {
    throw new CheckError(`--fail-above cannot be answered: ${warnings.join('; ')}`, {
      fix: 'measure both on this adapter and a quiet host, or take it as it is with --force',
    });
  }
  if (argv['json'] === true)
    printJson({
      a: { path: pathA, date: a.date, adapterName: a.adapterName },
      b: { path: pathB, date: b.date, adapterName: b.adapterName },
      warnings,
      rows,
    });
  const failed = limit === undefined ? [] : failures(rows, Number(limit));
  if (failed.length > 0) {
    const named = failed.map((r) => `${r.name} ${r.variant} (${r.ratio === null ? 'wrong' : r.ratio.toFixed(2)})`);
    throw new CheckError(`slower than ${String(limit)} times, or wrong: ${named.join('; ')}`, {
      fix: 'measure again on a quiet host, or find the change that did it',
    });
  }
}

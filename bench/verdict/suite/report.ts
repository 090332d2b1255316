/** What is said of a record's pipelines as compiled for cards. */
import { textTable } from '../../../src/report/table.js';
import type { Statistics } from '../compile.js';
import type { CompiledRecord } from './compile.js';
import { exceptionFor } from './exceptions.js';

/** A pipeline that does not compile or spills: at fault, unless there is a reason. */
interface Finding {
  readonly digest: string;
  readonly label: string;
  readonly what: string;
  readonly reason: string | null;
}

export interface Summary {
  readonly family: string;
  readonly adapter: string;
  readonly compiled: number;
  readonly findings: readonly Finding[];
  /** Subgroups that a SIMD can hold, of the pipelines without a finding that can hold the fewest first. */
  readonly worst: readonly (readonly [string, Statistics])[];
  /** Of the pipelines that compile: how many can hold so many subgroups. */
  readonly waves: Readonly<Record<string, number>>;
}

function findingOf(digest: string, label: string, result: Statistics | string): Finding | null {
  if (typeof result === 'string') return { digest, label, what: result, reason: null };
  const { spills, scratch, vgprs } = result;
  const reason = exceptionFor(label, scratch)?.reason ?? null;
  if (spills === 0 && scratch === 0) return null;
  return { digest, label, what: `spills ${spills} registers, ${scratch} B, beside ${vgprs}`, reason };
}

/** `1-2`, `3`, `4-7`, `8+`: below 4 nothing hides a load. */
function waveClass(waves: number): string {
  if (waves < 3) return '1-2';
  if (waves < 4) return '3';
  return waves < 8 ? '4-7' : '8-16';
}

const WORST = 12;

/** @param labels by digest. */
export function summaryOf({ family, adapter, results }: CompiledRecord, labels: ReadonlyMap<string, string>): Summary {
  const rows = [...results].map(([digest, result]) => {
    const label = labels.get(digest) ?? digest;
    return { digest, label, result, finding: findingOf(digest, label, result) };
  });
  const compiled = rows.flatMap(({ label, result }): [string, Statistics][] =>
    typeof result === 'string' ? [] : [[label, result]],
  );
  const waves: Record<string, number> = { '1-2': 0, '3': 0, '4-7': 0, '8-16': 0 };
  for (const [, statistics] of compiled) waves[waveClass(statistics.waves)]++;
  return {
    family,
    adapter,
    compiled: compiled.length,
    findings: rows.flatMap(({ finding }) => finding ?? []),
    waves,
    worst: compiled
      .filter(([, { spills, scratch }]) => spills + scratch === 0)
      .sort(([, a], [, b]) => a.waves - b.waves || b.vgprs - a.vgprs)
      .slice(0, WORST),
  };
}

export const faultsOf = ({ findings }: Summary): readonly Finding[] => findings.filter((f) => f.reason === null);

export function summaryText(summary: Summary): string {
  const { family, adapter, compiled, findings, worst, waves } = summary;
  const line = ({ label, what, digest }: Finding): string => `  ${label}\n    ${what} (${digest})`;
  const excused = findings.filter((f) => f.reason !== null);
  return [
    `${family} (${adapter}): ${compiled} pipelines compiled, ${faultsOf(summary).length} at fault, ` +
      `${excused.length} excepted; subgroups a SIMD: ` +
      Object.entries(waves)
        .map(([of, count]) => `${of}: ${count}`)
        .join(', '),
    ...faultsOf(summary).map(line),
    ...excused.map((finding) => `${line(finding)}\n    excepted: ${finding.reason}`),
    textTable(
      ['waves', 'VGPR', 'LDS B', 'threads', 'pipeline'],
      worst.map(([label, s]) => [...[s.waves, s.vgprs, s.lds, s.threads].map(String), label]),
      ['right', 'right', 'right', 'right'],
    ),
  ].join('\n');
}

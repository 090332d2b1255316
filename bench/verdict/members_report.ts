/** The members of a family beside each other: for each problem a table, the one that would be fastest first. */
import { textTable, type Align } from '../../src/report/table.js';
import type { Card } from './cards.js';
import { compiledCells, percent, rounded } from './cells.js';
import { estimateLaunch, estimateStep } from './estimate.js';
import type { FamilyRows, KernelRow, StepRow } from './rows.js';

/** The kernel of a member that would take most of its time, and its workgroups. */
function mainKernel({ kernels }: FamilyRows, { launches }: StepRow, card: Card): [KernelRow, number] | null {
  let best: [KernelRow, number] | null = null;
  let most = -1;
  for (const launch of launches) {
    const kernel = kernels.find((k) => k.key === launch.key);
    if (kernel === undefined) continue;
    const ms = kernel.failure === null ? launch.count * estimateLaunch(card, kernel, launch).ms : Infinity;
    if (ms > most) [best, most] = [[kernel, launch.workgroups], ms];
  }
  return best;
}

interface MemberRow {
  /** Of the first card; infinite where it does not compile. */
  readonly ms: number;
  readonly cells: readonly string[];
}

function memberRow(rows: FamilyRows, step: StepRow, cards: readonly Card[], member: string): MemberRow | null {
  const found = mainKernel(rows, step, cards[0]);
  if (found === null) return null;
  const [kernel, workgroups] = found;
  if (kernel.failure !== null) return { ms: Infinity, cells: [member, ...cards.map(() => '-'), kernel.failure] };
  const times = cards.map((card) => estimateStep(card, rows, step));
  const { hot } = kernel;
  const mix = hot?.nest ?? hot;
  const cells = [
    member,
    ...times.map((t) => `${rounded(t.ms, 3)} (${percent(t.shareOfPeak)} %)`),
    String(step.dispatches),
    rounded(workgroups),
    rounded(kernel.threads),
    ...compiledCells(kernel),
    rounded(mix === null || mix.products === 0 ? null : mix.memoryLoadBytes / mix.products, 2),
    rounded(kernel.bankConflict, 1),
    rounded(kernel.coalescing, 1),
  ];
  return { ms: times[0].ms, cells };
}

/** `matmul 512x512x512 workgroup TILE_M=64`: the problem, and the member. */
function parts(name: string): [string, string] {
  const [family, sizes, ...member] = name.split(' ');
  return [`${family} ${sizes}`, member.join(' ')];
}

/** Milliseconds, and in brackets the part of the card's f32 peak; all of it estimated. */
export function membersReport(all: readonly FamilyRows[], cards: readonly Card[]): string {
  const tables = all.flatMap((rows) => {
    const own = cards.filter((card) => card.family === rows.family);
    if (own.length === 0) return [];
    const problems = [...new Set(rows.steps.map((s) => parts(s.subject.name)[0]))];
    return problems.map((problem) => {
      const found = rows.steps.flatMap((step) => {
        const [of, member] = parts(step.subject.name);
        return of === problem ? (memberRow(rows, step, own, member) ?? []) : [];
      });
      const names = own.map((card) => `ms ${card.name}`);
      const columns = [
        'launches',
        'groups',
        'threads',
        'VGPR',
        'spill',
        'LDS B',
        'waves',
        'fma %',
        'nest %',
        'LDS B/fma',
      ];
      const headers = ['member', ...names, ...columns, 'mem B/fma', 'bank', 'sectors'];
      const align = headers.map((_, i): Align => (i === 0 ? 'left' : 'right'));
      const cells = found.sort((a, b) => a.ms - b.ms).map((row) => row.cells);
      return `${problem}, compiled for ${rows.family}, times estimated\n${textTable(headers, cells, align)}`;
    });
  });
  return tables.length === 0 ? 'no member matches' : tables.join('\n\n');
}

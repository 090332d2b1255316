/** The verdict in words: a table of kernels for each family, a table of steps with their estimates. */
import { markdownTable, textTable, type Align, type Table } from '../../src/report/table.js';
import type { Card } from './cards.js';
import { compiledCells, percent, rounded } from './cells.js';
import { estimateLaunch, estimateStep, type StepEstimate } from './estimate.js';
import type { FamilyRows, KernelRow, LaunchRow, StepRow } from './rows.js';
import { subjectName } from './subjects.js';

const HEADERS = [
  'kernel',
  'est. %',
  'launches',
  'workgroups',
  'threads',
  'MB',
  'op/B',
  'ms',
  'VGPR',
  'spill',
  'LDS B',
  'waves',
  'fma %',
  'nest %',
  'LDS B/fma',
  'bank',
  'sectors',
];
const ALIGN: readonly Align[] = ['left', ...HEADERS.slice(1).map((): Align => 'right')];

/** Smallest and largest of the sizes at which a kernel is launched. */
function span(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? String(most) : `${least}-${most}`;
}

/** The part of a name that tells it from others of its kernel, cut where it is long. */
export function shortKey(key: string, length = 60): string {
  const text = key
    .replace(/=(\d+)u\b/g, '=$1')
    .replace(/ (?:STEPS|V|E|U|OUT|C|WIDTH|C_LANES|LANES|lanes_of|fn lanes_of)[=~]\S+/g, '');
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function kernelCells(kernel: KernelRow, launches: readonly LaunchRow[], share: number | null): string[] {
  const largest = launches.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  const sizes = [
    share === null ? '-' : rounded(100 * share, 1),
    rounded(launches.reduce((n, l) => n + l.count, 0)),
    span(launches.map((l) => l.workgroups)),
    rounded(kernel.threads),
    rounded(largest.bytes / 1e6, 1),
    rounded(largest.intensity, 1),
  ];
  if (kernel.failure !== null) return [shortKey(kernel.key), ...sizes, kernel.failure];
  return [
    shortKey(kernel.key),
    ...sizes,
    rounded(kernel.compileMs),
    ...compiledCells(kernel),
    rounded(kernel.bankConflict, 1),
    rounded(kernel.coalescing, 1),
  ];
}

/** The card for which a family's kernels are put in order: its own, or none. */
const ownCard = ({ family }: FamilyRows, cards: readonly Card[]): Card | null =>
  cards.find((card) => card.family === family) ?? null;

/** A row for each kernel that a step launches, those first that would take most of a card's time, estimated. */
export function kernelTable({ kernels }: FamilyRows, { launches }: StepRow, card: Card | null): Table {
  const own = kernels
    .map((kernel) => ({ kernel, launches: launches.filter((l) => l.key === kernel.key) }))
    .filter((row) => row.launches.length > 0)
    .map((row) => ({
      ...row,
      weight: row.launches.reduce(
        (n, l) =>
          n + l.count * (card === null || row.kernel.failure !== null ? 0 : estimateLaunch(card, row.kernel, l).ms),
        0,
      ),
    }));
  const whole = own.reduce((n, { weight }) => n + weight, 0);
  return {
    headers: HEADERS,
    rows: own
      .sort((a, b) => b.weight - a.weight)
      .map((row) => kernelCells(row.kernel, row.launches, whole === 0 ? null : row.weight / whole)),
  };
}

/** More launches than this are not read. */
const MOST_LAUNCHES = 40;

/** The launches of a step one by one, those first that would take most of a card's time, estimated. */
export function launchTable({ kernels }: FamilyRows, { launches }: StepRow, card: Card): Table {
  const rows = launches.flatMap((launch) => {
    const kernel = kernels.find((k) => k.key === launch.key && k.failure === null);
    if (kernel === undefined) return [];
    const { ms, bound, balance, hiding } = estimateLaunch(card, kernel, launch);
    const cells = [
      shortKey(kernel.key),
      rounded(launch.count),
      rounded(launch.workgroups),
      rounded(launch.flops === null ? null : launch.flops / 1e9, 2),
      rounded(launch.bytes / 1e6, 1),
      rounded(1000 * ms, 1),
      bound,
      percent(balance),
      percent(hiding),
    ];
    return [{ weight: ms * launch.count, cells }];
  });
  return {
    headers: ['kernel', 'times', 'workgroups', 'GFLOP', 'MB', 'us, estimated', 'bound', 'balance %', 'hiding %'],
    rows: rows
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_LAUNCHES)
      .map((r) => r.cells),
  };
}

function estimateCells(step: string, family: string, e: StepEstimate): string[] {
  const part = (bound: Parameters<StepEstimate['byBound']['get']>[0]): string =>
    percent((e.byBound.get(bound) ?? 0) / e.ms);
  return [
    step,
    e.card.name,
    family,
    rounded(e.ms, 2),
    percent(e.shareOfPeak),
    part('multiply-adds'),
    part('shared memory'),
    part('caches'),
    part('memory'),
    part('launch'),
    e.byKernel
      .slice(0, 3)
      .map(([name, ms]) => `${name} ${rounded((100 * ms) / e.ms)} %`)
      .join(', '),
  ];
}

/** What the cards would take for each step: estimated. */
export function estimateTable(all: readonly FamilyRows[], cards: readonly Card[]): Table {
  return {
    headers: [
      'step',
      'card',
      'compiled for',
      'ms, estimated',
      '% of f32 peak',
      'multiply-adds %',
      'shared memory %',
      'caches %',
      'memory %',
      'launch %',
      'most of it',
    ],
    rows: all.flatMap((rows) =>
      rows.steps.flatMap((step) =>
        cards
          .filter((card) => card.family === rows.family)
          .map((card) => estimateCells(subjectName(step.subject), rows.family, estimateStep(card, rows, step))),
      ),
    ),
  };
}

/** Kernels with places that conflict in banks or touch more sectors than they need, with the worst of these. */
export function placesTable({ kernels }: FamilyRows): Table {
  const rows = kernels.flatMap(({ kernel, sites }) => {
    const read = sites.filter((s) => (s.factor ?? 1) >= 1.5);
    return read.map((s) => ({
      factor: s.factor ?? 1,
      cells: [
        kernel,
        s.text,
        `${s.space === 'workgroup' ? 'bank' : 'sectors'}, ${s.isWrite ? 'written' : 'read'}`,
        rounded(s.depth),
        rounded(s.factor, 1),
      ],
    }));
  });
  const unique = new Map(rows.sort((a, b) => b.factor - a.factor).map((r) => [r.cells.slice(0, 3).join(), r]));
  return { headers: ['kernel', 'place', 'what', 'loops', 'times'], rows: [...unique.values()].map((r) => r.cells) };
}

const asText = ({ headers, rows }: Table, align: readonly Align[]): string => textTable(headers, rows, align);

/** All of it for the terminal. */
export function textReport(all: readonly FamilyRows[], cards: readonly Card[]): string {
  const kernels = all.flatMap((rows) =>
    rows.steps.map(
      (step) =>
        `${subjectName(step.subject)}: ${step.dispatches} launches, compiled for ${rows.family}\n` +
        asText(kernelTable(rows, step, ownCard(rows, cards)), ALIGN),
    ),
  );
  const estimates = estimateTable(all, cards);
  const align = estimates.headers.map((_, i): Align => (i < 3 || i === 10 ? 'left' : 'right'));
  return [...kernels, ...(cards.length === 0 ? [] : [asText(estimates, align)])].join('\n\n');
}

/** The same in Markdown, with the largest launches, and the places of the last family. */
export function markdownReport(all: readonly FamilyRows[], cards: readonly Card[]): string {
  const kernels = all.flatMap((rows) =>
    rows.steps.flatMap((step) => {
      const card = ownCard(rows, cards);
      const title = `## ${subjectName(step.subject)}: ${step.dispatches} launches, compiled for ${rows.family}`;
      const table = [title, markdownTable(kernelTable(rows, step, card))];
      if (card === null) return table;
      return [
        ...table,
        `The largest launches, estimated for ${card.name}:`,
        markdownTable(launchTable(rows, step, card)),
      ];
    }),
  );
  const last = all[all.length - 1];
  return [
    '# Compiled for cards that are not here, and estimated; nothing was measured',
    markdownTable(estimateTable(all, cards)),
    ...kernels,
    `## Places, compiled for ${last.family}`,
    markdownTable(placesTable(last)),
    '',
  ].join('\n\n');
}

/** Everything as plain data. */
export function jsonReport(all: readonly FamilyRows[], cards: readonly Card[]): unknown {
  return all.map((rows) => ({
    ...rows,
    steps: rows.steps.map((step) => ({
      ...step,
      estimated: cards
        .filter((card) => card.family === rows.family)
        .map((card) => {
          const { ms, flops, shareOfPeak, byBound, byKernel } = estimateStep(card, rows, step);
          const launches = step.launches.map((launch) => {
            const kernel = rows.kernels.find((k) => k.key === launch.key && k.failure === null);
            return kernel === undefined ? null : estimateLaunch(card, kernel, launch);
          });
          return { card: card.name, ms, flops, shareOfPeak, byBound: Object.fromEntries(byBound), byKernel, launches };
        }),
    })),
  }));
}

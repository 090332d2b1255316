/** The table of all cells: means and deviations over the seeds, as markdown, CSV and rows for JSON. */
import { forMarkdown, markdownCode } from '../text/markdown.js';
import { spreadKnown, type Spread } from '../report/compare/comparison.js';
import { markdownTable, type Table } from '../report/table.js';
import { toCsv } from '../report/csv.js';
import { classMeans } from './measures.js';
import type { CellResult } from './run_cell.js';

/** A method at one n_f, over its seeds. */
export interface TableCell {
  readonly method: string;
  readonly nF: number;
  readonly seeds: number;
  readonly accH: Spread | null;
  readonly acc: Spread | null;
  readonly majority: Spread | null;
  readonly minority: Spread | null;
  /** Likewise of the means over classes. */
  readonly classH: Spread | null;
  readonly classMajority: Spread | null;
  readonly classMinority: Spread | null;
}

/** In the order of methods, then n_f; what has not been computed is not there. */
export function tableCells(
  results: readonly CellResult[],
  methods: readonly string[],
  nFs: readonly number[],
): TableCell[] {
  return methods.flatMap((method) =>
    nFs.flatMap((nF): TableCell[] => {
      const own = results.filter((r) => r.method === method && r.nF === nF);
      const over = (of: (r: CellResult) => number | null): Spread | null => spreadKnown(own.map(of));
      return own.length === 0
        ? []
        : [
            {
              method,
              nF,
              seeds: own.length,
              accH: over((r) => r.accH),
              acc: over((r) => r.acc),
              majority: over((r) => r.majority),
              minority: over((r) => r.minority),
              classH: over((r) => classMeans(r).h),
              classMajority: over((r) => classMeans(r).majority),
              classMinority: over((r) => classMeans(r).minority),
            },
          ];
    }),
  );
}

const percent = (s: Spread | null): string =>
  s === null ? '-' : `${(100 * s.mean).toFixed(1)}${s.sd === null ? '' : ` ± ${(100 * s.sd).toFixed(1)}`}`;

const NAMES = {
  accH: 'acc_h',
  acc: 'acc',
  majority: 'majority',
  minority: 'minority',
  classH: 'H',
  classMajority: 'majority',
  classMinority: 'minority',
} as const;

/** What the tables show: over images, and over classes. */
export const MEASURES: readonly (readonly (keyof typeof NAMES)[])[] = [
  ['accH', 'acc'],
  ['majority', 'minority'],
  ['classH', 'classMajority', 'classMinority'],
];

/** A row a method, a column an n_f; some measures in each, in per cent. */
export function measureTable(
  cells: readonly TableCell[],
  nFs: readonly number[],
  measures: readonly (keyof typeof NAMES)[],
): Table {
  return {
    headers: [`${measures.map((m) => NAMES[m]).join(' / ')}, %`, ...nFs.map((n) => `n_f ${n}`)],
    rows: [...new Set(cells.map((c) => c.method))].map((method) => [
      method,
      ...nFs.map((nF) => {
        const cell = cells.find((c) => c.method === method && c.nF === nF);
        return cell === undefined ? '-' : measures.map((m) => percent(cell[m])).join(' / ');
      }),
    ]),
  };
}

/** Rows as `--json` gives them, in the order of method, n_f, seed. */
export function resultRows(results: readonly CellResult[]): {
  method: string;
  nF: number;
  seed: number;
  accH: number | null;
  acc: number | null;
  majority: number | null;
  minority: number | null;
  classH: number | null;
  classMajority: number | null;
  classMinority: number | null;
  bestEpoch: number;
  minorityClasses: readonly string[];
}[] {
  return results.map((r) => {
    const { method, nF, seed, accH, acc, majority, minority, bestEpoch, minorityClasses } = r;
    const { h, majority: classMajority, minority: classMinority } = classMeans(r);
    const overImages = { accH, acc, majority, minority };
    return { method, nF, seed, ...overImages, classH: h, classMajority, classMinority, bestEpoch, minorityClasses };
  });
}

export function resultsCsv(results: readonly CellResult[]): string {
  return toCsv(
    [
      ...['method', 'n_f', 'seed', 'acc_h', 'acc', 'majority', 'minority', 'class_h', 'class_majority'],
      ...['class_minority', 'best_epoch', 'minority_classes'],
    ],
    resultRows(results).map((r) => [
      r.method,
      r.nF,
      r.seed,
      r.accH,
      r.acc,
      r.majority,
      r.minority,
      r.classH,
      r.classMajority,
      r.classMinority,
      r.bestEpoch,
      r.minorityClasses.join(';'),
    ]),
  );
}

/** One line per cell and class: accuracy of the class on the test images. */
export function perClassCsv(results: readonly CellResult[]): string {
  return toCsv(
    ['method', 'n_f', 'seed', 'class', 'is_minority', 'images', 'accuracy'],
    results.flatMap((r) =>
      r.perClass.map((c) => [
        r.method,
        r.nF,
        r.seed,
        c.class,
        r.minorityClasses.includes(c.class) ? 1 : 0,
        c.images,
        c.accuracy,
      ]),
    ),
  );
}

/** The report, next to acc_h.png. Nothing in it depends on when or how often the command was started. */
export function markdownReport(
  cells: readonly TableCell[],
  nFs: readonly number[],
  {
    title,
    command,
    adapter,
    methods,
  }: {
    readonly title: string;
    readonly command: string;
    readonly adapter: string;
    readonly methods: readonly (readonly [string, string])[];
  },
): string {
  const seeds = Math.max(...cells.map((c) => c.seeds));
  return [
    `# ${forMarkdown(title)}`,
    '',
    markdownCode(command),
    '',
    `${seeds === 1 ? 'One seed' : `Mean ± sample standard deviation over ${seeds} seeds`}, on the whole test ` +
      `set; ${forMarkdown(adapter)}. acc_h is the harmonic mean of the accuracies over the majority and over the ` +
      `minority classes; n_f images of each minority class were kept.`,
    '',
    markdownTable(measureTable(cells, nFs, MEASURES[0])),
    '',
    'The two accuracies:',
    '',
    markdownTable(measureTable(cells, nFs, MEASURES[1])),
    '',
    'Means over the classes of the accuracy of each, and their harmonic mean H, in which rare test classes count as ' +
      'much as frequent ones:',
    '',
    markdownTable(measureTable(cells, nFs, MEASURES[2])),
    '',
    ...methods.map(([name, what]) => `* \`${name}\`: ${what}`),
    '',
    '![acc_h against n_f](acc_h.png)',
    '',
  ].join('\n');
}

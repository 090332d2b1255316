/** The table of adapters: facts in rows, and what becomes of the models under each. */
import { markdownTable, textTable, type Table } from '../../../src/report/table.js';
import type { Compiled, Ran } from './run.js';
import { deviationOf } from './zoo.js';

/** `own`: the adapter is so without being told, so that the first row says it; `none`: it cannot be so. */
export interface Row {
  readonly name: string;
  /** Those that were asked for. */
  readonly models: number;
  readonly ran: Ran | 'own' | 'none';
  readonly compiled: Compiled | 'own' | 'none';
}

export interface Matrix {
  /** Of the card. */
  readonly family: string;
  readonly models: readonly string[];
  /** By the software adapter's own members. */
  readonly reference: Ran;
  readonly rows: readonly Row[];
}

/**
 * Relative deviations that rounding explains: the members add up in other orders, and a hundred layers with batch norms
 * of two images pass on what comes of it.
 */
export const TOLERANCE = 1e-3;

interface Deviation {
  readonly model: string;
  readonly value: number;
}

function deviations({ outcomes }: Ran, reference: Ran): Deviation[] {
  return [...outcomes]
    .map(([model, outcome]) => {
      const wanted = reference.outcomes.get(model);
      return { model, value: wanted === undefined ? Infinity : deviationOf(outcome, wanted) };
    })
    .sort((a, b) => b.value - a.value);
}

/** What is wrong, a line each. */
export function faultsOf({ reference, rows }: Matrix): string[] {
  const failed = (name: string, what: string, failures: ReadonlyMap<string, string>): string[] =>
    [...failures].map(([model, why]) => `${name}: ${model} ${what}: ${why.replace(/\s+/g, ' ').slice(0, 400)}`);
  return [
    ...failed('by default', 'does not run', reference.failures),
    ...rows.flatMap(({ name, ran, compiled }) => [
      ...(typeof ran === 'string' ? [] : failed(name, 'does not run', ran.failures)),
      ...(typeof ran === 'string' ? [] : deviations(ran, reference))
        .filter(({ value }) => !(value <= TOLERANCE))
        .map(({ model, value }) => `${name}: ${model} deviates by ${value.toExponential(1)} of its largest logit`),
      ...(typeof compiled === 'string' ? [] : failed(name, 'does not compile', compiled.failures)),
    ]),
  ];
}

export const isGood = (matrix: Matrix): boolean => faultsOf(matrix).length === 0;

/** `matmul workgroup 64x64` and others, by family and member, with the number of tiles. */
function membersText(members: ReadonlySet<string>): string {
  const tiles = new Map<string, Set<string>>();
  for (const member of [...members].sort()) {
    const [family, variant, tile] = member.split(' ');
    const key = `${family} ${variant}`;
    tiles.set(key, (tiles.get(key) ?? new Set<string>()).add(tile ?? ''));
  }
  return [...tiles].map(([key, of]) => (of.size > 1 ? `${key} (${of.size} tiles)` : key)).join(', ');
}

/** What of its members is not among those of the first row, and what of those it does without. */
function differences(members: ReadonlySet<string>, first: ReadonlySet<string>): string {
  const more = [...members].filter((m) => !first.has(m)).sort();
  const less = [...first].filter((m) => !members.has(m)).sort();
  const parts = [
    more.length > 0 ? `besides: ${more.join(', ')}` : '',
    less.length > 0 ? `not: ${less.join(', ')}` : '',
  ];
  return parts.filter((part) => part !== '').join('; ') || 'the same';
}

function tableOf({ family, reference, rows }: Matrix): Table {
  const first = rows.find((row) => typeof row.compiled !== 'string')?.compiled;
  const firstRan = rows.find((row) => typeof row.ran !== 'string')?.ran;
  const cells = ({ name, models: count, ran, compiled }: Row): string[] => {
    const worst = typeof ran === 'string' ? undefined : deviations(ran, reference).at(0);
    const hot = (): string => {
      if (typeof compiled !== 'string')
        return compiled === first ? membersText(compiled.members) : differences(compiled.members, membersOf(first));
      if (typeof ran !== 'string') return ran === firstRan ? '' : differences(ran.members, membersOf(firstRan));
      return '';
    };
    const word = { own: 'as it is', none: '-' };
    return [
      name,
      ...(typeof compiled === 'string'
        ? [word[compiled], word[compiled]]
        : [String(compiled.pipelines), `${compiled.models.length} of ${count}`]),
      typeof ran === 'string' ? word[ran] : `${ran.outcomes.size} of ${count}`,
      worst === undefined ? '' : `${worst.value.toExponential(1)} (${worst.model})`,
      hot(),
    ];
  };
  const headers = [
    'adapter',
    `pipelines, ${family}`,
    'models compile',
    'models run',
    'largest deviation',
    'hot members',
  ];
  return { headers, rows: rows.map(cells) };
}

function membersOf(what: Compiled | Ran | string | undefined): ReadonlySet<string> {
  return typeof what === 'object' ? what.members : new Set();
}

export function textOf(matrix: Matrix): string {
  const { headers, rows } = tableOf(matrix);
  return [textTable(headers, rows, ['left', 'right', 'right', 'right', 'right']), ...faultsOf(matrix)].join('\n');
}

/** The table and nothing else, to be put into docs/performance/adapters.md. */
export function markdownOf(matrix: Matrix): string {
  return `${markdownTable(tableOf(matrix))}\n`;
}

export function jsonOf(matrix: Matrix): unknown {
  const { family, models, reference, rows } = matrix;
  return {
    family,
    models,
    tolerance: TOLERANCE,
    faults: faultsOf(matrix),
    rows: rows.map(({ name, ran, compiled }) => ({
      name,
      ran:
        typeof ran === 'string'
          ? ran
          : {
              models: [...ran.outcomes.keys()],
              failures: Object.fromEntries(ran.failures),
              deviations: Object.fromEntries(deviations(ran, reference).map(({ model, value }) => [model, value])),
              members: [...ran.members].sort(),
            },
      compiled:
        typeof compiled === 'string'
          ? compiled
          : { ...compiled, failures: Object.fromEntries(compiled.failures), members: [...compiled.members].sort() },
    })),
  };
}

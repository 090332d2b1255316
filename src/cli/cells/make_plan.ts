/** Plans out of command lines, and tables out of plans. */
import { packageJson, parentFolder } from '#platform';
import type { CellNeeds, PlannedCell } from '../../cells/cell.js';
import type { CellPlan, OptionValue } from '../../cells/plan.js';
import { AdapterError, DataError, UsageError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { planOf } from '../options/compare_plan.js';
import { IMBALANCE_OPTIONS } from '../options/imbalance_options.js';
import { imbalancePlan } from '../options/imbalance_plan.js';
import type { SpecTable } from '../options/options.js';
import type { OptionSource } from '../options/config_file.js';
import { SEARCH_OPTIONS } from '../options/search_options.js';
import { searchPlanOf } from '../options/search_plan.js';
import { COMPARE_OPTIONS } from '../options/train/train_options.js';
import { asTyped } from '../own/own_names.js';
import type { CellTable } from './cell_table.js';
import { CompareTable } from './compare_table.js';
import { ImbalanceTable } from './imbalance_table.js';
import { SearchTable } from './search_table.js';

/** The options that make a table of each kind; where it is written is no part of it. */
const OPTIONS: Readonly<Record<string, SpecTable>> = {
  compare: COMPARE_OPTIONS,
  imbalance: IMBALANCE_OPTIONS,
  search: SEARCH_OPTIONS,
};

/** What decides a table, of a command line. @throws UsageError for code of the user's own. */
export function planOptions(kind: string, argv: Parsed): CellPlan['options'] {
  const given = ['name', ...Object.keys(OPTIONS[kind])].filter((name) => name !== 'out' && argv[name] !== undefined);
  for (const name of given) {
    const value = String(argv[name]);
    if (asTyped(value) !== value)
      throw new UsageError(
        `--${name} ${asTyped(value)}: a plan holds no code of your own, other processes cannot run it`,
        {
          fix: 'compute the table in one process: leave out --jobs, --list-cells and --queue',
        },
      );
  }
  return Object.fromEntries(given.map((name) => [name, argv[name] as OptionValue]));
}

/** The plan of a table that is open. */
export async function makePlan(
  kind: string,
  argv: Parsed,
  file: OptionSource | null,
  table: CellTable,
): Promise<CellPlan> {
  const options = planOptions(kind, argv);
  const cells: PlannedCell[] = [];
  for (const cell of table.cells) cells.push({ ...cell, needs: await table.needsOf(cell) });
  return { kind, version: packageJson().version, options, file, cells };
}

/**
 * Opens the table of a plan.
 * @param argv what the command that computes cells was told: `--adapter`, `--no-tune`, and where the data are here.
 * @throws UsageError when the plan is of another version of the engine.
 */
export async function openPlanned(plan: CellPlan, path: string, argv: Parsed): Promise<CellTable> {
  const { version } = packageJson();
  if (plan.version !== version)
    throw new UsageError(`${path} is of weftgrad ${plan.version}, this is ${version}`, {
      fix: 'use the same version everywhere',
    });
  const { adapter, tune, data } = argv;
  const all: Parsed = { ...plan.options, adapter, tune, out: parentFolder(path) };
  const where = data === undefined ? undefined : String(data);
  if (plan.kind === 'imbalance') return ImbalanceTable.open(all, await imbalancePlan(all), where);
  if (plan.kind === 'search' && plan.file !== null)
    return SearchTable.open(all, await searchPlanOf({ ...plan.file, values: { ...plan.file.values } }, all), where);
  if (plan.kind !== 'compare')
    throw new UsageError(`${path} is the plan of "${plan.kind}", of which nothing is known here`);
  const compared = await planOf(all, plan.file === null ? null : { ...plan.file, values: { ...plan.file.values } });
  const sets = new Set(compared.cells.map((c) => c.config.data));
  if (where !== undefined && sets.size > 1)
    throw new UsageError(`--data ${where}: the plan has ${sets.size} data sets (${[...sets].join(', ')})`, {
      fix: 'leave it out, and have them here under the names that the plan has',
    });
  return new CompareTable(all, compared, where);
}

/**
 * @param planned what a plan says that a cell needs. @param here what there is.
 * @throws DataError, AdapterError, UsageError naming what is another here.
 */
export function requireNeeds({ label, needs: planned }: PlannedCell, here: CellNeeds): void {
  if (planned.data !== undefined && planned.data !== here.data)
    throw new DataError(
      `the data here are not those of the plan (${label}): their SHA-256 is ${String(here.data).slice(0, 16)}…, ` +
        `the plan's ${planned.data.slice(0, 16)}…`,
      { fix: 'bring the same files here, and say with --data where they are; or make the plan anew' },
    );
  if (planned.adapter !== undefined && planned.adapter !== here.adapter)
    throw new AdapterError(
      `the table is of the adapter ${planned.adapter}; here is ${String(here.adapter)}, whose numbers differ`,
      { fix: 'compute its cells where there is such an adapter (--adapter chooses), or make a plan here' },
    );
  if (planned.kernels !== here.kernels)
    throw new UsageError(
      `the plan was made ${planned.kernels === undefined ? 'with the default kernels' : 'with tuned kernels'}, here ` +
        `${here.kernels === undefined ? 'none are tuned' : 'others are tuned'}: they add in another order`,
      { fix: planned.kernels === undefined ? 'give --no-tune' : 'make the plan anew with --no-tune' },
    );
}

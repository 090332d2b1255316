/** What `weft compare` and `weft imbalance` do with their cells: compute them one way or another, list or show them. */
import { fileInfo } from '#platform';
import { groupsOf } from '../../cells/cell.js';
import { planFile, savePlan, type CellPlan } from '../../cells/plan.js';
import { UsageError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { ownFolder } from '../own_folder.js';
import type { Asked } from './asked.js';
import type { CellTable } from './cell_table.js';
import { inThisProcess, requireOver } from './executor.js';
import { makePlan } from './make_plan.js';
import { EXECUTOR_OPTIONS } from './options.js';

const WAYS = ['status', 'jobs', 'list-cells', 'queue'] as const;

/** @throws UsageError when two are asked for. */
export function wayOf(argv: Parsed): (typeof WAYS)[number] | 'here' {
  const asked = WAYS.filter((way) => argv[way] !== undefined && argv[way] !== false);
  if (asked[0] === 'status' && asked[1] === 'queue') return 'status'; // which tells of its workers
  if (asked.length > 1)
    throw new UsageError(`--${asked.join(' and --')} are two ways to go about the cells`, { fix: 'give one of them' });
  return asked[0] ?? 'here';
}

export async function runTable<T extends CellTable>(asked: Asked<T>): Promise<void> {
  const { argv, out } = asked;
  const o = resolveOptions(EXECUTOR_OPTIONS, argv);
  const way = wayOf(argv);
  if (way === 'status') return (await import('./status.js')).showStatus(asked);
  // other hosts may be writing below a folder that has a plan: what they are at is not swept
  const isDeep = asked.kind === 'imbalance' && way === 'here' && (await fileInfo(planFile(out))) === null;
  await ownFolder(
    out,
    async () => {
      const table = await asked.open();
      try {
        if (way === 'here') await inThisProcess(table).run(groupsOf(table.cells));
        else {
          const plan = await makePlan(asked.kind, argv, asked.file, table);
          savePlan(out, plan);
          table.close();
          if (way === 'list-cells') return (await import('./list_cells.js')).printCells(plan, out, argv);
          await runElsewhere(way, plan, asked, o);
          await requireOver(out, plan.cells);
        }
        for (const cell of table.cells) await table.find(cell);
        await asked.report(table);
      } finally {
        table.close();
      }
    },
    isDeep,
  );
}

/** Computes a plan's cells in child processes, or leaves them to workers. */
export async function runElsewhere<T extends CellTable>(
  way: 'jobs' | 'queue',
  plan: CellPlan,
  { argv, out }: Asked<T>,
  o: Readonly<Record<string, unknown>>,
  groups = groupsOf(plan.cells),
): Promise<void> {
  if (way === 'jobs') await (await import('./jobs.js')).inChildren(plan, out, Number(o['jobs']), argv).run(groups);
  else await (await import('./queue/queue_cells.js')).onQueue(plan, out, String(o['queue'])).run(groups);
}

/** `weft cell`: computes cells of a table that another command has planned. */
import { env, parentFolder } from '#platform';
import { groupsOf, type PlannedCell } from '../../cells/cell.js';
import { groupFolder, loadNote, removeNote, saveNote, tidyNotes } from '../../cells/notes.js';
import { requirePlan, type CellPlan } from '../../cells/plan.js';
import { readStates } from '../../cells/state.js';
import { InterruptedError, LockedError, UsageError } from '../../device/errors.js';
import type { Parsed } from '../declare/declared.js';
import { suggest } from '../hints.js';
import { resolveOptions } from '../options/options.js';
import { printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { STARTED_BY } from './child.js';
import { computeGroup, failureNote } from './cell_table.js';
import { openPlanned, requireNeeds } from './make_plan.js';
import { CELL_OPTIONS } from './options.js';

export async function run(argv: Parsed): Promise<void> {
  const path = String(resolveOptions(CELL_OPTIONS, argv)['plan']);
  stopWithParent();
  const plan = await requirePlan(path);
  const cells = chosenCells(plan, path, argv['keys'] as readonly string[]);
  const folder = parentFolder(path);
  const before = await readStates(folder, cells);
  if (before.every((s) => s.state === 'done')) say(`done before: ${cells.map((c) => c.label).join('; ')}`);
  else await compute(plan, path, cells, argv);
  if (argv['json'] === true) printJson({ plan: path, cells: await readStates(folder, cells) });
}

async function compute(plan: CellPlan, path: string, cells: readonly PlannedCell[], argv: Parsed): Promise<void> {
  const folder = parentFolder(path);
  for (const cell of cells) if ((await loadNote(folder, cell))?.state === 'failed') await removeNote(folder, cell);
  try {
    const table = await openPlanned(plan, path, argv);
    try {
      for (const cell of cells) requireNeeds(cell, await table.needsOf(cell));
      let first: unknown;
      for (const group of groupsOf(cells)) await computeGroup(table, group, cells).catch((e: unknown) => (first ??= e));
      if (first !== undefined) throw first;
    } finally {
      table.close();
    }
  } catch (error) {
    if (!(error instanceof InterruptedError) && !(error instanceof LockedError)) await noteAll(folder, cells, error);
    throw error;
  }
}

/** Who looks at the table learns why cells have no result, also where none of them could be begun. */
async function noteAll(folder: string, cells: readonly PlannedCell[], error: unknown): Promise<void> {
  const states = await readStates(folder, cells);
  for (const { name, cells: own } of groupsOf(cells)) {
    const open = own.filter((c) => states.find((s) => s.key === c.key)?.state === 'waiting');
    if (open.length > 0)
      await ownFolder(groupFolder(folder, name), async () => {
        for (const cell of open) saveNote(folder, cell, failureNote(error));
      }).catch((locked: unknown) => {
        if (!(locked instanceof LockedError)) throw locked; // another process is about them already
      });
    tidyNotes(folder, name);
  }
}

/** In the order of the plan, each once. @throws UsageError for a key that it has not. */
function chosenCells({ cells }: CellPlan, path: string, keys: readonly string[]): PlannedCell[] {
  const known = cells.map((c) => c.key);
  for (const key of keys) {
    if (known.includes(key)) continue;
    const near = suggest(key, known);
    throw new UsageError(`${path} has no cell ${key}`, {
      fix:
        near === undefined ? 'make the list anew: --list-cells prints the keys of all cells' : `did you mean ${near}?`,
    });
  }
  return cells.filter((c) => keys.includes(c.key));
}

/** A process that another Weft has started saves and ends when that one is gone. */
function stopWithParent(): void {
  if (process.channel == null || env(STARTED_BY) !== String(process.ppid)) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

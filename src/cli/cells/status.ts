/** `--status`: how far the cells of a table have come, whoever computes them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PlannedCell } from '../../cells/cell.js';
import { loadPlan, planFile, type CellPlan } from '../../cells/plan.js';
import { areOver, countStates, readStates, type CellState } from '../../cells/state.js';
import { hasLiveLine, print, printJson, say } from '../output.js';

import type { CellTable } from './cell_table.js';
import { planOptions } from './make_plan.js';
import type { Asked } from './asked.js';
import { StateDisplay, statesAsText } from './state_display.js';

const REFRESH = 1000;

/** On a terminal until nothing more happens; else once. */
export async function showStatus<T extends CellTable>(asked: Asked<T>): Promise<void> {
  const { out, argv } = asked;
  const plan = await ownPlan(asked);
  const cells = plan?.cells ?? (await openedCells(asked));
  const server = argv['queue'] === undefined || plan === null ? null : await progressOf(plan, String(argv['queue']));
  const read = async (): Promise<CellState[]> => {
    const states = await readStates(out, cells);
    return server === null ? states : server.with(states);
  };
  try {
    const states = await read();
    if (argv['json'] !== true && hasLiveLine()) return await showLive(states, read);
    print(statesAsText(states));
    say(`\n${out}: ${countStates(states)}`);
    if (argv['json'] === true) printJson({ out, cells: states });
  } finally {
    await server?.close();
  }
}

async function showLive(first: readonly CellState[], read: () => Promise<CellState[]>): Promise<void> {
  const display = new StateDisplay();
  let states = first;
  for (display.show(states); !areOver(states); display.show(states)) {
    await pause(REFRESH);
    states = await read();
  }
  display.end();
}

const progressOf = async (plan: CellPlan, url: string) =>
  (await import('./queue/queue_cells.js')).openProgress(plan, url);

/** The plan that lies in the folder, where it is of this very table. */
async function ownPlan<T extends CellTable>({ kind, argv, file, out }: Asked<T>): Promise<CellPlan | null> {
  const plan = await loadPlan(planFile(out));
  if (plan === null) return null;
  const own = JSON.stringify([kind, planOptions(kind, argv), file]);
  return JSON.stringify([plan.kind, plan.options, plan.file]) === own ? plan : null;
}

/** The table is opened for them: their keys may depend on data and device. */
async function openedCells<T extends CellTable>({ open }: Asked<T>): Promise<readonly PlannedCell[]> {
  const table = await open();
  table.close();
  return table.cells;
}

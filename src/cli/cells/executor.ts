/** Who computes the cells of a table: this process, others of this machine, or others that take them from a queue. */
import type { CellGroup, PlannedCell } from '../../cells/cell.js';
import { readStates } from '../../cells/state.js';
import { WeftError } from '../../device/errors.js';
import { computeGroup, type CellTable } from './cell_table.js';

export interface Executor {
  /**
   * Computes what is not done. What fails is noted beside the table; the rest is computed.
   * @throws InterruptedError when it was told to stop.
   */
  run(groups: readonly CellGroup[]): Promise<void>;
}

/** Computes all cells in this process; the first failure ends it. */
export function inThisProcess(table: CellTable): Executor {
  return {
    run: async (groups) => {
      for (const group of groups) await computeGroup(table, group, table.cells);
    },
  };
}

/** Cells that could not be computed; the exit code is that of the first. */
class FailedCellsError extends WeftError {
  override readonly exitCode: number;
  override readonly code: string = 'cells';

  constructor(message: string, fix: string, exitCode: number) {
    super(message, { fix });
    this.exitCode = exitCode;
  }
}

/** How many are named in an error. */
const NAMED = 5;

/** @throws FailedCellsError when cells have no result. */
export async function requireOver(folder: string, cells: readonly PlannedCell[]): Promise<void> {
  const states = await readStates(folder, cells);
  const open = states.filter((s) => s.state !== 'done' && s.state !== 'diverged');
  if (open.length === 0) return;
  const lines = open.slice(0, NAMED).map((s) => `${s.label}: ${s.about ?? s.state}`);
  const more = open.length > NAMED ? [`and ${open.length - NAMED} more (--status lists them)`] : [];
  throw new FailedCellsError(
    [`${open.length} of ${cells.length} cells have no result`, ...lines, ...more].join('\n'),
    open[0].fix ?? 'mend what is said, and repeat the command: what is done is kept',
    open[0].exitCode === 0 ? 1 : open[0].exitCode,
  );
}

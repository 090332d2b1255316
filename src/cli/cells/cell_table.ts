/** What each kind of table (compare, imbalance) gives to those who compute its cells, and how one group is computed. */
import type { CellGroup, CellNeeds, PlannedCell } from '../../cells/cell.js';
import { groupFolder, loadNote, removeNote, saveNote, tidyNotes, type CellNote } from '../../cells/notes.js';
import { DivergedError, InterruptedError, UsageError, WeftError } from '../../device/errors.js';
import { ownFolder } from '../own_folder.js';
import { optionOf } from '../settings.js';

/** How a cell has ended: computed now, found, or without a result that will ever be one. */
export type Outcome = 'computed' | 'before' | 'diverged';

/** A table that is open to compute its cells: data are at hand, or read when the first cell wants them. */
export interface CellTable {
  readonly folder: string;
  readonly cells: readonly PlannedCell[];
  /** What a cell needs, for a plan. */
  needsOf(cell: PlannedCell): Promise<CellNeeds>;
  /** Computes a cell, or finds it; its group is this process's. @param tell hears how far it has come. */
  compute(cell: PlannedCell, place: Place, tell: (progress: string) => void): Promise<Outcome>;
  /** Looks for a cell that is over, and keeps it for the table; computes nothing. */
  find(cell: PlannedCell): Promise<void>;
  /** Lets go of device and data. Cells that are over can still be found. */
  close(): void;
}

/** The place of a cell among those that a process computes, from 1 on. */
export interface Place {
  readonly at: number;
  readonly of: number;
}

export const placeOf = (cell: PlannedCell, all: readonly PlannedCell[]): Place => ({
  at: all.indexOf(cell) + 1,
  of: all.length,
});

/** For people: `2 of 8: LABEL`. */
export const nameAt = ({ label }: PlannedCell, { at, of }: Place): string => `${at} of ${of}: ${label}`;

/** A cell that the options of a plan do not make here. */
export const unknownCell = (key: string): UsageError =>
  new UsageError(`the plan's options make no cell ${key} here`, {
    fix: 'make the plan anew, with the version of Weft that is to compute it',
  });

/**
 * Computes the cells of one group that have no result, one after the other. @param all those that this process is
 * asked for. What a cell fails of is noted beside it.
 * One that diverges leaves the others of its group; another failure ends the group.
 * @throws what the first failed cell threw; LockedError when another process has the group; InterruptedError.
 */
export async function computeGroup(
  table: CellTable,
  { name, cells }: CellGroup,
  all: readonly PlannedCell[],
): Promise<Outcome[]> {
  const { folder } = table;
  const outcomes: Outcome[] = [];
  let first: unknown;
  try {
    await ownFolder(groupFolder(folder, name), async () => {
      for (const cell of cells) {
        try {
          outcomes.push(await computeCell(table, cell, placeOf(cell, all)));
        } catch (error) {
          first ??= error;
          if (!(error instanceof DivergedError)) break;
        }
      }
    });
  } finally {
    tidyNotes(folder, name);
  }
  if (first !== undefined) throw first;
  return outcomes;
}

async function computeCell(table: CellTable, cell: PlannedCell, place: Place): Promise<Outcome> {
  const { folder } = table;
  if ((await loadNote(folder, cell))?.state === 'failed') await removeNote(folder, cell);
  try {
    const outcome = await table.compute(cell, place, (progress) =>
      saveNote(folder, cell, { state: 'running', text: progress, fix: null, exitCode: 0, data: null }),
    );
    if (outcome !== 'diverged') await removeNote(folder, cell);
    return outcome;
  } catch (error) {
    if (error instanceof InterruptedError) await removeNote(folder, cell);
    else saveNote(folder, cell, failureNote(error));
    throw error;
  }
}

export function failureNote(error: unknown): CellNote {
  const own = error instanceof WeftError ? error.spelled(optionOf) : null;
  const { message, fix, exitCode } = error as { message?: string; fix?: string; exitCode?: number };
  return {
    state: 'failed',
    text: own?.message ?? message ?? String(error),
    fix: own?.fix ?? fix ?? null,
    exitCode: exitCode ?? 1,
    data: null,
  };
}

/**
 * What is written down of a cell while it has no result: how far it has come, or why it has none. Notes lie in
 * `cells/GROUP/` of the table's folder, whose lock is held by who computes the group.
 */
import { joinPath, makeDirectory, removeEmpty, removeFile } from '#platform';
import { count, optional, oneOf, text } from '../device/files/json_checks.js';
import { loadJson, saveJson } from '../device/files/sealed_files.js';
import type { PlannedCell } from './cell.js';

export interface CellNote {
  /** `diverged`: a result, where the table has such cells. */
  readonly state: 'running' | 'diverged' | 'failed';
  /** What is being done, or what went wrong. */
  readonly text: string;
  readonly fix: string | null;
  /** Exit code of the command line for this failure; 0 of a running one. */
  readonly exitCode: number;
  /** What it was computed of; see CellNeeds. */
  readonly data: string | null;
}

const FORMAT = 'weft-note';

const folderOf = (table: string): string => joinPath(table, 'cells');

/** Whoever computes cells of a group locks this folder. */
export function groupFolder(table: string, group: string): string {
  return joinPath(folderOf(table), group);
}

const noteFile = (table: string, { group, key }: PlannedCell): string =>
  joinPath(groupFolder(table, group), `${key}.json`);

export function saveNote(table: string, cell: PlannedCell, note: CellNote): void {
  saveJson(noteFile(table, cell), FORMAT, note);
}

/** The same, where nobody has made the folder. */
export async function leaveNote(table: string, cell: PlannedCell, note: CellNote): Promise<void> {
  await makeDirectory(groupFolder(table, cell.group));
  saveNote(table, cell, note);
}

/** Null when there is none, or it was just removed. @throws ModelError when it is damaged. */
export async function loadNote(table: string, cell: PlannedCell): Promise<CellNote | null> {
  try {
    return await loadJson<CellNote>(noteFile(table, cell), FORMAT, {
      format: oneOf([`${FORMAT}-2`]),
      state: oneOf(['running', 'diverged', 'failed']),
      text,
      fix: optional(text),
      exitCode: count,
      data: optional(text),
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

export async function removeNote(table: string, cell: PlannedCell): Promise<void> {
  await removeFile(noteFile(table, cell));
}

/** Removes the folders of notes as far as nothing is in them. */
export function tidyNotes(table: string, group: string): void {
  removeEmpty([groupFolder(table, group)]);
  removeEmpty([folderOf(table)]);
}

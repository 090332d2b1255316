/**
 * Cells: what a table is made of, each computed for itself, by whoever and wherever. A cell is known by its key, which
 * a digest of its configuration is part of, and done when a file is there: so it may be begun twice, stopped at any
 * moment and gone on with by another process.
 */

/** What must be at hand where a cell is computed. What a table does not say, it does not ask for. */
export interface CellNeeds {
  /** SHA-256 of its images and labels, in hex. */
  readonly data?: string;
  /** The adapter whose numbers the table is of, where others would be another table. */
  readonly adapter?: string;
  /** SHA-256 of the kernels that were tuned for it; missing: the default ones. */
  readonly kernels?: string;
}

export interface PlannedCell {
  /** A name for a file: what the cell is, and a digest of its configuration. */
  readonly key: string;
  /** Cells of one group share stages: one process computes them, in their order. */
  readonly group: string;
  /** For people. */
  readonly label: string;
  /** The file that says that it is done: its path from the table's folder, parts separated by `/`. */
  readonly result: string;
  readonly needs: CellNeeds;
}

export interface CellGroup {
  readonly name: string;
  readonly cells: readonly PlannedCell[];
}

/** The groups in the order of their first cells. */
export function groupsOf(cells: readonly PlannedCell[]): CellGroup[] {
  const groups = new Map<string, PlannedCell[]>();
  for (const cell of cells) groups.set(cell.group, [...(groups.get(cell.group) ?? []), cell]);
  return [...groups].map(([name, own]) => ({ name, cells: own }));
}

/** How far the cells of a table have come, read from its folder: locks, notes, metrics and results. */
import { fileInfo, joinPath, ownerOf, parentFolder, readBytes, type LockOwner } from '#platform';
import type { Table } from '../report/table.js';
import { groupsOf, type CellGroup, type PlannedCell } from './cell.js';
import { groupFolder, loadNote, type CellNote } from './notes.js';

export interface CellState {
  readonly key: string;
  readonly label: string;
  readonly state: 'waiting' | 'running' | 'done' | 'diverged' | 'failed';
  /** Of a running one: who computes it. */
  readonly by: string | null;
  /** ISO date. */
  readonly since: string | null;
  /** How far it has come, or why it has failed. */
  readonly about: string | null;
  readonly fix: string | null;
  /** Of a failed one: what its command ended with. */
  readonly exitCode: number;
}

const isDone = async (folder: string, { result }: PlannedCell): Promise<boolean> =>
  (await fileInfo(joinPath(folder, result))) !== null;

/** In the order of the cells. */
export async function readStates(folder: string, cells: readonly PlannedCell[]): Promise<CellState[]> {
  const states = await Promise.all(groupsOf(cells).map((group) => groupStates(folder, group)));
  const byKey = new Map(states.flat().map((s) => [s.key, s]));
  return cells.flatMap(({ key }) => byKey.get(key) ?? []);
}

async function groupStates(folder: string, { name, cells }: CellGroup): Promise<CellState[]> {
  // before its results are looked at: who has just let it go has written them
  const owner = await ownerOf(groupFolder(folder, name));
  const found = await Promise.all(
    cells.map(async (cell) => {
      const isOver = await isDone(folder, cell);
      return { cell, isOver, note: isOver ? null : await loadNote(folder, cell) };
    }),
  );
  const open = found.filter((f) => !f.isOver && f.note?.state !== 'diverged');
  const current = owner === null ? undefined : (open.find((f) => f.note?.state === 'running') ?? open[0]);
  return Promise.all(
    found.map(async (f): Promise<CellState> => {
      const { key, label } = f.cell;
      const none = { key, label, by: null, since: null, about: null, fix: null, exitCode: 0 };
      if (f.isOver) return { ...none, state: 'done' };
      if (f === current && owner !== null)
        return { ...none, state: 'running', ...ownerWords(owner), about: await progressOf(folder, f.cell, f.note) };
      if (f.note === null || f.note.state === 'running') return { ...none, state: 'waiting' };
      const { state, text, fix, exitCode } = f.note;
      return { ...none, state, about: text, fix, exitCode };
    }),
  );
}

const ownerWords = ({ pid, host, since }: LockOwner): Pick<CellState, 'by' | 'since'> => ({
  by: `${pid} on ${host}`,
  since: since === '' ? null : since,
});

/** What its note says, else how many epochs its metrics have. */
async function progressOf(folder: string, { result }: PlannedCell, note: CellNote | null): Promise<string | null> {
  if (note?.state === 'running') return note.text;
  const metrics = joinPath(parentFolder(joinPath(folder, result)), 'metrics.csv');
  if ((await fileInfo(metrics)) === null) return null;
  const lines = new TextDecoder()
    .decode(await readBytes(metrics))
    .trimEnd()
    .split('\n').length;
  return `after epoch ${lines - 1}`;
}

/** How many there are of each state, of those that there are: `3 done, 1 running`. */
export function countStates(states: readonly CellState[]): string {
  const names = ['done', 'diverged', 'failed', 'running', 'waiting'] as const;
  return names
    .map((name) => [states.filter((s) => s.state === name).length, name] as const)
    .filter(([n]) => n > 0)
    .map(([n, name]) => `${n} ${name}`)
    .join(', ');
}

/** Nothing more will happen to them without a new command. */
export const areOver = (states: readonly CellState[]): boolean =>
  states.every((s) => s.state === 'done' || s.state === 'diverged' || s.state === 'failed');

export function stateTable(states: readonly CellState[]): Table {
  const at = (since: string | null): string => (since === null ? '' : `${since.slice(0, 19).replace('T', ' ')} UTC`);
  return {
    headers: ['cell', 'state', 'by', 'since', 'about'],
    rows: states.map((s) => [s.label, s.state, s.by ?? '', at(s.since), s.about ?? '']),
  };
}

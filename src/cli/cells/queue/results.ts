/** The files of a cell on their way back through a queue: packed where it was computed, kept where the table is. */
import {
  fileInfo,
  joinPath,
  listDirectory,
  makeDirectory,
  parentFolder,
  readBytes,
  sha256,
  writeFileAtomic,
} from '#platform';
import type { PlannedCell } from '../../../cells/cell.js';
import { groupFolder, loadNote, saveNote, tidyNotes } from '../../../cells/notes.js';
import { isPlainName } from '../../../cells/plan.js';
import { DataError } from '../../../device/errors.js';
import { ownFolder } from '../../own_folder.js';
import { MOST_BYTES, parseMessage, RESULT, type ResultData } from './messages.js';

/** Checkpoints are sent where there is room for them; of these a table is made. */
const NEEDED = ['last.safetensors'];

/**
 * How a cell has ended, with the files of its folder: all but checkpoints that would be too large, largest first.
 * @throws DataError when what the table is made of is larger than a queue carries.
 */
export async function packResult(table: string, cell: PlannedCell, kind: string): Promise<ResultData> {
  const note = await loadNote(table, cell);
  const folder = parentFolder(joinPath(table, cell.result));
  const isDone = (await fileInfo(joinPath(table, cell.result))) !== null;
  const names = isDone ? (await listDirectory(folder)).filter(isPlainName) : [];
  const files: { name: string; bytes: Uint8Array; isNeeded: boolean }[] = [];
  for (const name of names) {
    if ((await fileInfo(joinPath(folder, name)))?.isDirectory !== false) continue;
    const isNeeded = !name.endsWith('.safetensors') || (kind === 'compare' && NEEDED.includes(name));
    files.push({ name, bytes: await readBytes(joinPath(folder, name)), isNeeded });
  }
  const bytesOf = (of: typeof files): number => of.reduce((sum, f) => sum + f.bytes.length, 0);
  const needed = files.filter((f) => f.isNeeded);
  if (bytesOf(needed) > MOST_BYTES)
    throw new DataError(
      `the files of ${cell.label} are ${bytesOf(needed)} bytes, a queue carries ${MOST_BYTES} of a cell`,
      { fix: 'start the workers with --out, on a disk that they share with who queues the table' },
    );
  const sent = bytesOf(files) > MOST_BYTES ? needed : files;
  return {
    format: 'weft-result-1',
    key: cell.key,
    note: isDone || note?.state === 'running' ? null : note && noteOf(note),
    files: sent.map(({ name, bytes }) => ({
      name,
      sha256: sha256([bytes]),
      base64: Buffer.from(bytes).toString('base64'),
    })),
  };
}

const noteOf = ({ state, text, fix, exitCode, data }: NonNullable<ResultData['note']>): ResultData['note'] => ({
  state,
  text,
  fix,
  exitCode,
  data,
});

/**
 * Keeps a result in the table's folder: its files, that which says that it is done as the last.
 * @returns whether it was there already. @throws UsageError or DataError when the message is not what it must be.
 */
export async function keepResult(
  table: string,
  cells: readonly PlannedCell[],
  message: unknown,
): Promise<{ readonly cell: PlannedCell; readonly isSecond: boolean } | null> {
  const { key, note, files } = parseMessage(RESULT, message, 'a result');
  const cell = cells.find((c) => c.key === key);
  if (cell === undefined) return null; // of options that the table has no more
  const group = groupFolder(table, cell.group);
  const result = joinPath(table, cell.result);
  const folder = parentFolder(result);
  const isSecond = await ownFolder(group, async () => {
    if ((await fileInfo(result)) !== null) return true;
    const decoded = files.map(({ name, sha256: digest, base64 }) => {
      const bytes = Buffer.from(base64, 'base64');
      if (sha256([bytes]) !== digest) throw new DataError(`a result in the queue is damaged: ${key}, ${name}`);
      return { path: joinPath(folder, name), bytes };
    });
    if (decoded.reduce((sum, { bytes }) => sum + bytes.length, 0) > MOST_BYTES)
      throw new DataError(`a result in the queue is larger than a queue carries: ${key}`);
    if (note !== null) saveNote(table, cell, note);
    if (decoded.length > 0) await makeDirectory(folder);
    for (const { path, bytes } of decoded) if (path !== result) writeFileAtomic(path, bytes);
    for (const { path, bytes } of decoded) if (path === result) writeFileAtomic(path, bytes);
    return false;
  });
  tidyNotes(table, cell.group);
  return { cell, isSecond };
}

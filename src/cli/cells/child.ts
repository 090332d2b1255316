/** A group of cells in a process of its own: `weft cell`, watched, and begun again when something has killed it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileInfo, joinPath, makeDirectory, ownerOf, packageFolder, readBytes, removeFile } from '#platform';
import type { CellGroup } from '../../cells/cell.js';
import { groupFolder, leaveNote, tidyNotes } from '../../cells/notes.js';
import { planFile } from '../../cells/plan.js';
import { areOver, readStates } from '../../cells/state.js';
import type { Parsed } from '../declare/declared.js';
import { sayBelowRows } from '../output.js';
import { cellWords } from './list_cells.js';

/** So often in a row a process is begun again that has ended without a word, or whose GPU was lost. */
const TRIES = 3;
/** Exit codes of failures that another try may not have: internal error, GPU lost. */
const TRIED_AGAIN: readonly (number | null)[] = [null, 1, 5];
const LOOK_AGAIN = 1000;

/** The variable that tells a child of Weft's which process has started it. */
export const STARTED_BY = 'WEFT_STARTED_BY';

/** The children of a process, which stop when it is told to. */
export class Children {
  readonly #running = new Set<ChildProcess>();
  /** Exit code of the signal that has come. */
  received: 130 | 143 | null = null;
  readonly #onInterrupt = (): void => this.#stop('SIGINT', 130);
  readonly #onTerminate = (): void => this.#stop('SIGTERM', 143);

  constructor() {
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  get isStopped(): boolean {
    return this.received !== null;
  }

  /** They save what they are at, and end; told once more, they end at once. */
  #stop(signal: NodeJS.Signals, code: 130 | 143): void {
    const isFirst = this.received === null;
    sayBelowRows(isFirst ? '\nstopping after this step; once more to stop at once without saving' : '');
    this.received = code;
    for (const child of this.#running) child.kill(signal);
    if (!isFirst) process.exit(code);
  }

  release(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }

  /** What it ended with; null: a signal ended it. */
  async #run(words: readonly string[], log: string): Promise<number | null> {
    const said = openSync(log, 'a');
    // a group of its own: a terminal's Ctrl-C goes to this process alone, which passes it on once
    const child = spawn(process.execPath, [joinPath(packageFolder('scripts'), 'weft.mjs'), ...words], {
      detached: process.platform !== 'win32',
      env: { ...process.env, [STARTED_BY]: String(process.pid) },
      stdio: ['ignore', 'ignore', said, 'ipc'],
    });
    closeSync(said);
    this.#running.add(child);
    try {
      return await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code) => resolve(code));
      });
    } finally {
      this.#running.delete(child);
    }
  }

  /**
   * Computes what of a group is not over; waits where another process is about it. What fails is noted. Nothing more is
   * done once the children have been told to stop.
   * @param table its folder, with the plan. @param argv the device, and where the data are.
   */
  async compute(table: string, group: CellGroup, argv: Parsed): Promise<void> {
    const folder = groupFolder(table, group.name);
    const log = `${folder}.log`;
    await makeDirectory(folder);
    const keys = group.cells.map((c) => c.key);
    const words = [...cellWords(keys, planFile(table), argv), ...dataWords(argv)];
    const done = async (): Promise<number> =>
      (await readStates(table, group.cells)).filter((s) => s.state === 'done').length;
    let before = await done();
    for (let tries = 1; !this.isStopped; tries++) {
      while ((await ownerOf(folder)) !== null && !this.isStopped) await pause(LOOK_AGAIN);
      if (this.isStopped) break;
      const code = await this.#run(words, log);
      const now = await done();
      if (code === 0 || this.isStopped) break;
      if (now > before) tries = 0;
      before = now;
      const isOthers = code === LOCKED && (await ownerOf(folder)) !== null;
      if (isOthers || (TRIED_AGAIN.includes(code) && tries < TRIES)) continue;
      await noteFailure(table, group, code, log);
      break;
    }
    if (areOver(await readStates(table, group.cells)) && !(await hasFailed(table, group))) await removeFile(log);
    tidyNotes(table, group.name);
  }
}

/** Exit code of LockedError, among others. */
const LOCKED = 2;

const dataWords = ({ data }: Parsed): string[] => (data === undefined ? [] : ['--data', String(data)]);

const hasFailed = async (table: string, { cells }: CellGroup): Promise<boolean> =>
  (await readStates(table, cells)).some((s) => s.state === 'failed');

/** Of the first cell that is neither over nor has a note of its own. */
async function noteFailure(table: string, { cells }: CellGroup, code: number | null, log: string): Promise<void> {
  const states = await readStates(table, cells);
  if (states.some((s) => s.state === 'failed')) return;
  const open = cells.find((_, i) => states[i].state === 'waiting');
  if (open === undefined) return;
  const how = code === null ? `was killed ${TRIES} times in a row` : `ended with code ${code}`;
  await leaveNote(table, open, {
    state: 'failed',
    text: `its process ${how}${await lastWords(log)}`,
    fix: `see ${log}`,
    exitCode: code ?? 1,
    data: null,
  });
}

/** The last line that a process has said. */
async function lastWords(log: string): Promise<string> {
  if ((await fileInfo(log)) === null) return '';
  const lines = new TextDecoder()
    .decode(await readBytes(log))
    .trimEnd()
    .split(/[\r\n]+/);
  const last = lines[lines.length - 1].trim();
  return last === '' ? '' : `; its last words: ${last}`;
}

/** `weft worker`: takes groups of cells from a queue and computes each in a child process. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { cacheDirectory, fileInfo, joinPath, makeDirectory, parentFolder, removeEmpty } from '#platform';
import type { CellGroup, PlannedCell } from '../../../cells/cell.js';
import { loadPlan, planDigest, planFile, savePlan } from '../../../cells/plan.js';
import { countStates, readStates, type CellState } from '../../../cells/state.js';
import { InterruptedError, UsageError } from '../../../device/errors.js';
import type { Parsed } from '../../declare/declared.js';
import { resolveOptions } from '../../options/options.js';
import { say } from '../../output.js';
import { Children } from '../child.js';
import { failureNote } from '../cell_table.js';
import { WORKER_OPTIONS } from '../options.js';
import {
  cellsQueue,
  JOB,
  parseMessage,
  PREFIX,
  PROGRESS,
  requireNoFiles,
  resultsQueue,
  type JobData,
  type ResultData,
} from './messages.js';
import { packResult } from './results.js';
import { openServer, sayOutages, type QueueServer } from './server.js';

/** A worker that has not been heard for so long is taken for dead: a host that is busy may be silent for a while. */
const LOCK_MILLISECONDS = 60_000;
/** How often one looks for such workers. */
const STALLED_MILLISECONDS = 15_000;
const PROGRESS_MILLISECONDS = 2000;
const EMPTY_MILLISECONDS = 1000;

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(WORKER_OPTIONS, argv);
  const server = await openServer(String(o['queue']));
  await sweepOld();
  const children = new Children();
  const crew = new QueueWorker(server, children, o, argv);
  try {
    await crew.work(o['until-empty'] === true);
  } finally {
    children.release();
  }
  if (children.received !== null) throw new InterruptedError('stopped; what was begun is saved', children.received);
}

class QueueWorker {
  readonly #server: QueueServer;
  readonly #children: Children;
  readonly #out: string | null;
  readonly #argv: Parsed;
  #isBusy = false;

  constructor(server: QueueServer, children: Children, o: Readonly<Record<string, unknown>>, argv: Parsed) {
    this.#server = server;
    this.#children = children;
    this.#out = o['out'] === undefined ? null : String(o['out']);
    this.#argv = argv;
  }

  async work(untilEmpty: boolean): Promise<void> {
    const { bullmq, connection, name } = this.#server;
    const worker = new bullmq.Worker(
      cellsQueue(),
      async (job: Job, token?: string) => {
        this.#isBusy = true;
        const giveBack = async (): Promise<never> => {
          await worker.pause(true); // or it would take the very job again
          await job.moveToWait(token);
          throw new bullmq.WaitingError();
        };
        await this.#take(job, giveBack).finally(() => (this.#isBusy = false));
      },
      {
        prefix: PREFIX,
        connection,
        concurrency: 1,
        lockDuration: LOCK_MILLISECONDS,
        stalledInterval: STALLED_MILLISECONDS,
        maxStalledCount: Number.MAX_SAFE_INTEGER, // any number of workers may die over a cell
      },
    );
    sayOutages(this.#server, worker);
    worker.on('failed', (_, error) => say(`a job was dropped: ${error.message}`));
    const queue = new bullmq.Queue(cellsQueue(), { prefix: PREFIX, connection });
    sayOutages(this.#server, queue);
    say(`taking cells from ${name}${this.#out === null ? ', results go back by it' : `, tables are in ${this.#out}`}`);
    try {
      for (let idle = 0; !this.#children.isStopped; await pause(EMPTY_MILLISECONDS)) {
        if (!untilEmpty || this.#isBusy) idle = 0;
        else if ((await queue.getWaitingCount()) === 0 && ++idle >= 3) break;
      }
    } finally {
      await worker.close();
      await queue.close();
    }
  }

  async #take(job: Job, giveBack: () => Promise<never>): Promise<void> {
    const { bullmq, connection } = this.#server;
    const data = parseMessage(JOB, job.data, 'a job');
    const results: Queue = new bullmq.Queue(resultsQueue(data.digest), { prefix: PREFIX, connection });
    sayOutages(this.#server, results);
    try {
      const group = openCells(data, job.progress);
      const folder = await this.#folderFor(data, group).catch(async (error: unknown) => {
        for (const { key } of group.cells)
          await send(results, { format: 'weft-result-1', key, note: failureNote(error), files: [] });
        say(`${group.name} of ${data.table}: ${(error as Error).message}`);
        return null;
      });
      if (folder === null || group.cells.length === 0) return;
      say(`${data.table}: ${group.cells.map((c) => c.label).join('; ')}`);
      await this.#compute({ job, results, kind: data.plan.kind, folder, group });
      if (this.#children.isStopped) return await giveBack();
      say(`${data.table}: ${countStates(await readStates(folder, group.cells))}`);
      if (this.#out !== null) return;
      rmSync(folder, { recursive: true, force: true });
      removeEmpty([workFolder(), parentFolder(folder)]);
    } finally {
      await results.close();
    }
  }

  /** The table's folder as this machine sees it; or one for this group, with a plan of it. */
  async #folderFor({ table, digest, plan }: JobData, { name }: CellGroup): Promise<string> {
    requireNoFiles(plan, this.#argv['data'] !== undefined);
    if (this.#out === null) {
      if (plan.kind === 'search')
        throw new UsageError('trials of a search are gone on with, perhaps by another worker', {
          fix: 'start the workers with --out, on a disk that they share with who searches',
        });
      const folder = joinPath(workFolder(), digest.slice(0, 16), name);
      await makeDirectory(folder);
      savePlan(folder, plan);
      return folder;
    }
    const folder = joinPath(this.#out, table);
    const found = await loadPlan(planFile(folder));
    if (found === null || planDigest(found) !== digest)
      throw new UsageError(`${planFile(folder)} is not the plan that was queued`, {
        fix: `give --out the folder that ${table} is in, on a disk shared with who queued it; or leave it out`,
      });
    return folder;
  }

  /** A result is sent as soon as it is there: who goes on after this process was killed need not compute it again. */
  async #compute({ job, results, kind, folder, group }: Taken): Promise<void> {
    let isOver = false;
    const { adapter, tune, data } = this.#argv;
    const work = this.#children.compute(folder, group, { adapter, tune, data }).finally(() => (isOver = true));
    work.catch(() => {}); // awaited below
    const sent = new Set<string>();
    const tell = async (): Promise<void> => {
      const states = await readStates(folder, group.cells);
      for (const [i, cell] of group.cells.entries()) {
        const hasEnded = states[i].state === 'done' || (isOver && states[i].state !== 'waiting');
        if (this.#out !== null || !hasEnded || sent.has(cell.key)) continue;
        await send(results, await packed(folder, cell, kind));
        sent.add(cell.key);
      }
      await job.updateProgress([...finishedBefore(job.progress, group), ...states]);
    };
    for (; !isOver; await Promise.race([pause(PROGRESS_MILLISECONDS), work])) await tell();
    await work;
    await tell();
  }
}

/** Where cells are computed whose results go back by the queue. */
const workFolder = (): string => joinPath(cacheDirectory(), 'work');

const TWO_WEEKS = 14 * 24 * 3_600_000;

/** Removes what workers have left there that were killed, and whose cells others have computed. */
async function sweepOld(): Promise<void> {
  if ((await fileInfo(workFolder())) === null) return;
  for (const name of readdirSync(workFolder())) {
    const folder = joinPath(workFolder(), name);
    if (Date.now() - statSync(folder).mtimeMs > TWO_WEEKS) rmSync(folder, { recursive: true, force: true });
  }
}

interface Taken {
  readonly job: Job;
  readonly results: Queue;
  readonly kind: string;
  readonly folder: string;
  readonly group: CellGroup;
}

/** What is too large to be sent is told as a failure. */
const packed = (folder: string, cell: PlannedCell, kind: string): Promise<ResultData> =>
  packResult(folder, cell, kind).catch((error: unknown) => ({
    format: 'weft-result-1',
    key: cell.key,
    note: failureNote(error),
    files: [],
  }));

const progressOf = (progress: unknown): CellState[] =>
  Array.isArray(progress) ? parseMessage(PROGRESS, progress, 'the progress of a job') : [];

/** Cells of the job that another worker has sent back, before it was lost. */
const finishedBefore = (progress: unknown, { cells }: CellGroup): CellState[] =>
  progressOf(progress).filter((s) => s.state === 'done' && !cells.some((c) => c.key === s.key));

/** The cells of a job that are still to be computed. */
function openCells({ plan }: JobData, progress: unknown): CellGroup {
  const done = progressOf(progress).filter((s) => s.state === 'done');
  return { name: plan.cells[0].group, cells: plan.cells.filter((c) => !done.some((s) => s.key === c.key)) };
}

async function send(results: Queue, result: ResultData): Promise<void> {
  await results.add('result', result, {
    jobId: result.key,
    attempts: 100,
    backoff: 2000,
    removeOnComplete: true,
    removeOnFail: true,
  });
}

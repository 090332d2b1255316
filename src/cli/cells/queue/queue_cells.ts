/** `--queue`: groups of cells are put into a queue, what workers make of them is gathered. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import { absolutePath } from '#platform';
import { groupsOf, type CellGroup, type PlannedCell } from '../../../cells/cell.js';
import { leaveNote, loadNote, removeNote, tidyNotes } from '../../../cells/notes.js';
import { isPlainName, planDigest, type CellPlan } from '../../../cells/plan.js';
import { areOver, readStates, type CellState } from '../../../cells/state.js';
import { InterruptedError, UsageError } from '../../../device/errors.js';
import { sayBelowRows } from '../../output.js';
import { StopSignals } from '../../stop_signals.js';
import type { Executor } from '../executor.js';
import { StateDisplay } from '../state_display.js';
import {
  cellsQueue,
  jobId,
  parseMessage,
  PREFIX,
  PROGRESS,
  requireNoFiles,
  resultsQueue,
  type JobData,
} from './messages.js';
import { keepResult } from './results.js';
import { openServer, sayOutages, type QueueServer } from './server.js';

const REFRESH = 1000;
/** So often a group is queued that has left the queue without a result. */
const TRIES = 5;

export function onQueue(plan: CellPlan, out: string, url: string): Executor {
  return { run: (groups) => gather(plan, out, url, groups) };
}

async function gather(plan: CellPlan, out: string, url: string, groups: readonly CellGroup[]): Promise<void> {
  requireNoFiles(plan, true);
  const table = absolutePath(out).replace(/^.*[\\/]/, '');
  if (!isPlainName(table))
    throw new UsageError(`--out ${out}: a queued table wants a folder of letters, digits, _, . and -`, {
      fix: 'choose another --out',
    });
  const server = await openServer(url);
  const digest = planDigest(plan);
  const [queue, pending] = [cellsQueue(), resultsQueue(digest)].map((name) => openQueue(server, name));
  const stop = new StopSignals();
  const results = keepResults(server, out, plan, digest);
  const display = new StateDisplay();
  try {
    await forgetFailures(out, plan.cells);
    const queued = new Map<string, number>();
    for (let hasSaid = false; stop.received === null; await pause(REFRESH)) {
      const states = await readStates(out, plan.cells);
      display.show(await withProgress(queue, digest, groups, states));
      if (areOver(states)) {
        await pending.obliterate({ force: true }); // what came twice
        break;
      }
      for (const group of groups)
        if (await isLost({ queue, pending, out, digest, group, states }))
          await requeue({ queue, out, table, plan, digest, group, queued });
      if (!hasSaid && (await queue.getWorkersCount()) === 0)
        sayBelowRows(
          `no worker is there yet; on each machine: weft worker --queue ${server.name} (weftgrad ${plan.version})`,
        );
      hasSaid = true;
    }
  } finally {
    display.end();
    await results.close();
    await pending.close();
    await queue.close();
    stop.remove();
  }
  if (stop.received !== null)
    throw new InterruptedError(
      'stopped gathering; the workers go on, and the same command gathers what they make',
      stop.received,
    );
}

function openQueue(server: QueueServer, name: string): Queue {
  const queue = new server.bullmq.Queue(name, { prefix: PREFIX, connection: server.connection });
  sayOutages(server, queue);
  return queue;
}

/** What workers send back is kept as it comes. */
function keepResults(server: QueueServer, out: string, plan: CellPlan, digest: string): { close(): Promise<void> } {
  const worker = new server.bullmq.Worker(
    resultsQueue(digest),
    async (job: Job) => {
      const kept = await keepResult(out, plan.cells, job.data);
      if (kept?.isSecond === true) sayBelowRows(`${kept.cell.label}: computed twice, the first result is kept`);
    },
    { prefix: PREFIX, connection: server.connection, concurrency: 1, lockDuration: 60_000, maxStalledCount: 1000 },
  );
  sayOutages(server, worker);
  worker.on('failed', (_, error) => sayBelowRows(`a result was not kept: ${error.message}`));
  return worker;
}

/** A table that is asked for again tries again. */
async function forgetFailures(out: string, cells: readonly PlannedCell[]): Promise<void> {
  for (const cell of cells)
    if ((await loadNote(out, cell))?.state === 'failed') {
      await removeNote(out, cell);
      tidyNotes(out, cell.group);
    }
}

interface Queued {
  readonly queue: Queue;
  readonly out: string;
  readonly digest: string;
  readonly group: CellGroup;
}

const isWaiting = (states: readonly CellState[], { cells }: CellGroup): boolean =>
  states.some((s) => s.state === 'waiting' && cells.some((c) => c.key === s.key));

/**
 * Whether a group has open cells, is not in the queue, and none of its results is on its way. A worker sends results
 * before its job leaves the queue: where neither is found, they are in the folder by now, or nowhere.
 */
async function isLost({
  queue,
  pending,
  out,
  digest,
  group,
  states,
}: Queued & { readonly pending: Queue; readonly states: readonly CellState[] }): Promise<boolean> {
  if (!isWaiting(states, group)) return false;
  if ((await queue.getJob(jobId(digest, group.name))) !== undefined) return false;
  for (const { key } of group.cells) if ((await pending.getJob(key)) !== undefined) return false;
  return isWaiting(await readStates(out, group.cells), group);
}

async function requeue({
  queue,
  out,
  table,
  plan,
  digest,
  group,
  queued,
}: Queued & {
  readonly table: string;
  readonly plan: CellPlan;
  readonly queued: Map<string, number>;
}): Promise<void> {
  const tries = (queued.get(group.name) ?? 0) + 1;
  queued.set(group.name, tries);
  if (tries <= TRIES) {
    const data: JobData = { format: 'weft-job-1', table, digest, plan: planOf(plan, group) };
    await queue.add('cells', data, { jobId: jobId(digest, group.name), removeOnComplete: true, removeOnFail: true });
    return;
  }
  const text = `it has left the queue ${TRIES} times without a result`;
  const states = await readStates(out, group.cells);
  for (const cell of group.cells.filter((_, i) => states[i].state === 'waiting'))
    await leaveNote(out, cell, { state: 'failed', text, fix: 'see what the workers say', exitCode: 1, data: null });
}

function planOf(plan: CellPlan, { cells }: CellGroup): JobData['plan'] {
  const { kind, version, options, file } = plan;
  if (kind !== 'compare' && kind !== 'imbalance' && kind !== 'search')
    throw new UsageError(`a queue takes no cells of ${kind}`);
  return { kind, version, options: { ...options }, file: file as JobData['plan']['file'], cells: [...cells] };
}

/** The states with what workers elsewhere tell of cells that they are at. */
async function withProgress(
  queue: Queue,
  digest: string,
  groups: readonly CellGroup[],
  states: readonly CellState[],
): Promise<CellState[]> {
  const ids = new Set(groups.map((g) => jobId(digest, g.name)));
  const told = new Map<string, CellState>();
  for (const job of await queue.getActive()) {
    if (job.id === undefined || !ids.has(job.id) || !Array.isArray(job.progress)) continue;
    for (const state of parseMessage(PROGRESS, job.progress, 'the progress of a job')) told.set(state.key, state);
  }
  return states.map((s) => (s.state === 'waiting' ? (told.get(s.key) ?? s) : s));
}

/** For `--status`: what the workers of a queue tell. */
export async function openProgress(
  plan: CellPlan,
  url: string,
): Promise<{
  readonly with: (states: readonly CellState[]) => Promise<CellState[]>;
  readonly close: () => Promise<void>;
}> {
  const queue = openQueue(await openServer(url), cellsQueue());
  const groups = groupsOf(plan.cells);
  return { with: (states) => withProgress(queue, planDigest(plan), groups, states), close: () => queue.close() };
}

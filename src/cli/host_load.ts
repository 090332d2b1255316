/**
 * What else the host is busy with, for those who measure: a time taken beside other programs says little, and a choice
 * made by it may be the wrong one.
 */
import { availableParallelism, cpus } from 'node:os';
import { Worker } from 'node:worker_threads';

const SPIN = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (milliseconds) => {
  const start = performance.now();
  let rounds = 0;
  let x = 0;
  let now = start;
  for (; now < start + milliseconds; now = performance.now()) {
    for (let i = 0; i < 20000; i++) x += i;
    rounds++;
  }
  parentPort.postMessage(x > 0 ? rounds / (now - start) : 0);
});`;

/** Threads that spin at once: what a host has beyond two cores is not looked at. */
const THREADS = 2;
/** Pairs of turns, each so short that a neighbour disturbs some of them only. */
const PAIRS = 5;

/** One thread's turn alone, then all threads'. Rounds of work per millisecond. */
export interface Pair {
  /** By the CPU time that the thread got: its full speed, neighbours or not. */
  readonly alone: number;
  /** By the clock, the threads' sum. */
  readonly together: number;
}

/** The most that can be got: two, or what the machine has. */
export function mostCores(count = availableParallelism()): number {
  return Math.min(THREADS, count);
}

/**
 * Cores that two threads got: the middle of what they did at once over what one does at full speed. null: a figure that
 * cannot be.
 */
export function coresOf(pairs: readonly Pair[], most = mostCores()): number | null {
  const full = Math.max(...pairs.map((p) => p.alone).filter(Number.isFinite));
  const got = pairs.map((p) => p.together).sort((a, b) => a - b)[pairs.length >> 1];
  const cores = got / full;
  return cores > 0 && cores <= 1.15 * most ? Math.min(cores, most) : null;
}

/**
 * How many of two cores the host really gives; null when it is too busy for that to be told. Takes a third of a second.
 */
export async function effectiveCores(milliseconds = 30): Promise<number | null> {
  const workers = Array.from({ length: THREADS }, () => new Worker(SPIN, { eval: true }));
  const spin = (worker: Worker): Promise<number> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(milliseconds);
    });
  try {
    await Promise.all(workers.map(spin)); // started and compiled
    const pairs: Pair[] = [];
    for (let i = 0; i < PAIRS; i++) {
      const before = process.cpuUsage();
      const began = performance.now();
      const rate = await spin(workers[i % THREADS]);
      const { user, system } = process.cpuUsage(before);
      const share = Math.min(1, (user + system) / 1000 / (performance.now() - began));
      pairs.push({ alone: rate / share, together: (await Promise.all(workers.map(spin))).reduce((a, b) => a + b, 0) });
    }
    return coresOf(pairs);
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}

/** Whether absolute figures measured now can be trusted. */
export function areEnough(cores: number | null): boolean {
  return cores !== null && cores >= 0.9 * mostCores();
}

export function coresInWords(cores: number | null): string {
  return cores === null
    ? 'too busy to tell how many cores it gives'
    : `${cores.toFixed(2)} effective cores of ${mostCores()} tried`;
}

const TRIES = 3;
const PAUSE_MILLISECONDS = 1000;

/** Effective cores, looked for again while the host is busy: what disturbs is often short. */
export async function coresWhenQuiet(say: (line: string) => void): Promise<number | null> {
  for (let left = TRIES - 1; ; left--) {
    const cores = await effectiveCores();
    if (areEnough(cores) || left === 0) return cores;
    say(`the host is busy (${coresInWords(cores)}): waiting a moment`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}

/** Milliseconds that all processors have worked, that this process has, and the clock. */
export interface WorkDone {
  readonly all: number;
  readonly own: number;
  readonly at: number;
}

function workDone(): WorkDone {
  const { user, system } = process.cpuUsage();
  const all = cpus().reduce((sum, { times: t }) => sum + t.user + t.nice + t.sys + t.irq, 0);
  return { all, own: (user + system) / 1000, at: performance.now() };
}

/** Cores that others took between two looks. */
export function othersBetween(a: WorkDone, b: WorkDone): number {
  return b.at <= a.at ? 0 : Math.max(0, (b.all - a.all - (b.own - a.own)) / (b.at - a.at));
}

/**
 * Tells, each time it is asked, how many cores other programs took since the last time. A system that does not count
 * gives 0.
 */
export function watchNeighbours(): () => number {
  let last = workDone();
  return () => {
    const before = last;
    last = workDone();
    return othersBetween(before, last);
  };
}

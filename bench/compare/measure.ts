/**
 * How every contender is timed, Weft and the others alike; runs in the contender's own process and imports nothing but
 * Node. A step is timed from its first call to the moment its result is on the host (a loss) or the GPU has finished
 * (no loss).
 */
import { readFileSync } from 'node:fs';

/** One line of JSON on the contender's stdout opens with this; whatever else a library prints is not a result. */
export const RESULT = 'result ';

/** What one process measured of one workload. Times in ms of one step, memory in MiB. */
export interface Measurement {
  readonly ms: number;
  readonly min_ms: number;
  readonly reps: number;
  /** The first step: compiling and allocating included. */
  readonly first_ms: number;
  /** The process's memory at its peak, and when the library was loaded and its device open. */
  readonly rss_mb: number;
  readonly idle_rss_mb: number;
  /** Of the first and the last step; absent where a step has no loss. */
  readonly loss_first?: number;
  readonly loss_last?: number;
  readonly adapter?: string;
  readonly version?: string;
  /** PyTorch's library for products of matrices, and its GFLOP/s per thread. */
  readonly blas?: string;
  readonly blas_gflops?: number;
}

/** A step returns its loss, or null where there is none, once that is known to have been computed. */
export type Step = () => Promise<number | null>;

/** A contender's process tries again at least this often, budget or not, unless it is past OVERTIME budgets. */
const LEAST = 3;
const OVERTIME = 4;

/**
 * Runs a step once for `first_ms`, then warms up for two steps or half a budget, then measures for a budget.
 * @param budget milliseconds. A step slower than a budget is run LEAST times, or fewer past OVERTIME budgets.
 */
export async function measure(step: Step, budget: number, about: Partial<Measurement> = {}): Promise<Measurement> {
  const idle = residentMb('VmRSS');
  const started = performance.now();
  const lossFirst = await step();
  const first = performance.now() - started;
  const warm = performance.now();
  for (let i = 0; i < 2 && performance.now() - warm < budget / 2; i++) await step();
  const times: number[] = [];
  let loss = lossFirst;
  const begun = performance.now();
  for (
    let now = begun;
    now - begun < budget || (times.length < LEAST && now - begun < OVERTIME * budget);
    now = performance.now()
  ) {
    loss = await step();
    times.push(performance.now() - now);
  }
  times.sort((a, b) => a - b);
  return {
    ms: median(times),
    min_ms: times[0],
    reps: times.length,
    first_ms: first,
    rss_mb: Math.max(idle, residentMb('VmHWM')), // the kernel's counts lag a little
    idle_rss_mb: idle,
    ...(lossFirst === null || loss === null ? {} : { loss_first: lossFirst, loss_last: loss }),
    ...about,
  };
}

/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * This process's memory in MiB: at its peak (VmHWM) or now (VmRSS). On Linux from /proc, because the peak that
 * getrusage gives to a child starts with what its parent held when it was forked.
 */
export function residentMb(field: 'VmHWM' | 'VmRSS'): number {
  try {
    const found = new RegExp(`^${field}:\\s*(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
    if (found !== null) return Number(found[1]) / 1024;
  } catch {
    // not Linux
  }
  return field === 'VmHWM' ? process.resourceUsage().maxRSS / 1024 : process.memoryUsage.rss() / 1024 ** 2;
}

/** Runs a contender's body and prints its result, or why there is none, as one line; then ends the process. */
export async function contend(body: () => Promise<Measurement>): Promise<never> {
  let result: Measurement | { readonly error: string };
  try {
    result = await body();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    result = { error: text.replace(/\s+/g, ' ').slice(0, 300) };
  }
  await new Promise<void>((resolve) => process.stdout.write(`${RESULT}${JSON.stringify(result)}\n`, () => resolve()));
  process.exit(0); // Dawn and workers keep threads of their own
}

/**
 * Taking times: samples of wall time with `benchmark`'s sampling around deferred steps, and samples of GPU time from
 * timestamps around every dispatch. What is reported of them is the median, and p20 and p80 as the spread.
 */
import Benchmark from 'benchmark';
import { cpuMilliseconds } from '#platform';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';

export interface Timing {
  /** Milliseconds of one run. */
  readonly median: number;
  readonly p20: number;
  readonly p80: number;
  readonly min: number;
  readonly samples: number;
  /**
   * Median milliseconds of processor time of one run, where it was taken: other programs on the host do not stretch it.
   */
  readonly cpu?: number;
}

/** What one run gives the GPU to do. */
export interface Commands {
  readonly dispatches: number;
  /** Copies and clears: timestamps do not cover them. */
  readonly transfers: number;
}

/** Fewer samples say nothing of the spread. */
const MIN_SAMPLES = 5;
/** GPU samples cost the host far more than the GPU: more would only be waited for. */
const MAX_GPU_SAMPLES = 200;
/** A wall sample takes about this long, so that the wait for the GPU at its end does not count. */
const SAMPLE_MILLISECONDS = 20;
/** A run that takes longer is measured with few repetitions: its clock is not what limits the figure. */
const SLOW_MILLISECONDS = 400;
const SLOW_SAMPLES = 2;
/** At most this many runs between two waits. */
const MAX_RUNS = 64;

/** The value below which a share q of the sorted numbers lies, with a straight line between neighbours. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

export function summarize(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p20: quantile(sorted, 0.2),
    p80: quantile(sorted, 0.8),
    min: sorted[0],
    samples: sorted.length,
  };
}

/** A spread of more than a fifth of the median: the figure is not to be trusted to better than that. */
export function isNoisy(t: Timing): boolean {
  return t.p80 - t.p20 > 0.2 * t.median;
}

export interface SampleOptions {
  /** How long to go on taking samples; 0: a few of one run each, to see that it works rather than how fast. */
  readonly seconds: number;
  /** Milliseconds that a sample should take; several runs are recorded for it before the wait. */
  readonly sample?: number;
  readonly maxRuns?: number;
}

/**
 * Wall time of one of so many runs, recorded one after the other before the wait. @param cpus gets the processor time
 * of one.
 */
async function batch(device: Device, run: () => void, runs: number, cpus: number[] = []): Promise<number> {
  const [started, cpu] = [performance.now(), cpuMilliseconds()];
  for (let i = 0; i < runs; i++) run();
  await device.sync();
  cpus.push((cpuMilliseconds() - cpu) / runs);
  return (performance.now() - started) / runs;
}

/**
 * How many runs make a sample, and how many samples there should be at least. Also the warm-up: what the first runs
 * compile and allocate is not measured.
 */
async function runsPerSample(
  device: Device,
  run: () => void,
  { seconds, sample = SAMPLE_MILLISECONDS, maxRuns = MAX_RUNS }: SampleOptions,
): Promise<{ runs: number; least: number }> {
  await batch(device, run, 1);
  const one = await batch(device, run, 1);
  if (one > SLOW_MILLISECONDS) return { runs: 1, least: SLOW_SAMPLES };
  if (seconds === 0) return { runs: 1, least: MIN_SAMPLES };
  const runs = Math.max(1, Math.min(maxRuns, Math.round(sample / one)));
  await batch(device, run, runs); // the pool and the caches meet a whole sample
  return { runs, least: MIN_SAMPLES };
}

/**
 * Wall time of one run of a step that is captured and replayed, as training does it; the host's part and the wait for
 * the GPU are in it. Several runs lie between two waits, as in training.
 */
export async function wallTime(device: Device, body: () => void, options: SampleOptions): Promise<Timing> {
  const step = device.capture(body);
  try {
    return await sampleWallTime(device, canBeCaptured(step) ? step : () => device.step(body), options);
  } finally {
    step.release();
  }
}

/** An op that takes numbers from the host each time cannot be replayed. */
function canBeCaptured(step: () => void): boolean {
  try {
    step();
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

async function sampleWallTime(device: Device, run: () => void, options: SampleOptions): Promise<Timing> {
  const { runs, least } = await runsPerSample(device, run, options);
  const cpus: number[] = [];
  return new Promise((resolve, reject) => {
    const bench = new Benchmark({
      defer: true,
      maxTime: options.seconds,
      minTime: 1e-3, // s: one batch is a sample
      minSamples: least,
      initCount: 1,
      fn: (deferred: { resolve: () => void }) => {
        batch(device, run, runs, cpus).then(
          () => deferred.resolve(),
          (error: unknown) => {
            reject(error as Error);
            bench.abort();
          },
        );
      },
      onComplete: () =>
        resolve({ ...summarize(bench.stats.sample.map((s) => (s * 1000) / runs)), cpu: summarize(cpus).median }),
    });
    bench.run({ async: true });
  });
}

/** Counts the commands of one run of `body`. */
export function commandsOf(device: Device, body: () => void): Commands {
  const before = device.statistics();
  device.step(body);
  const after = device.statistics();
  return { dispatches: after.dispatches - before.dispatches, transfers: after.transfers - before.transfers };
}

/**
 * GPU time of one run of `body`: the sum over its dispatches, the gaps between them left out. A sample is as many runs
 * as one of wall time: a GPU (and a software adapter's threads) that has slept needs a while to get up to speed.
 * @returns null when the adapter has no timestamps, or the body dispatches nothing.
 */
export async function gpuTime(device: Device, body: () => void, options: SampleOptions): Promise<Timing | null> {
  if (!device.features.has('timestamp-query')) return null;
  const run = (): void => device.step(body);
  const { runs, least } = await runsPerSample(device, run, options);
  const samples: number[] = [];
  const started = performance.now();
  while (
    samples.length < least ||
    (performance.now() - started < options.seconds * 1000 && samples.length < MAX_GPU_SAMPLES)
  ) {
    const rows = await device.profile(() => {
      for (let i = 0; i < runs; i++) run();
    });
    if (rows.length === 0) return null;
    samples.push(rows.reduce((ms, r) => ms + r.milliseconds, 0) / runs);
  }
  return summarize(samples);
}

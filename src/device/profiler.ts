/** Time per kernel, from GPU timestamps around every dispatch. */
import { gpuConstants, waitFor } from '#platform';
import type { Stopwatch } from './commands.js';
import { UsageError } from './errors.js';

/** What one kernel took in a profile. */
export interface ProfileRow {
  /** The kernel's name. */
  readonly label: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Milliseconds of each call, in order. */
  readonly times: readonly number[];
}

/** WebGPU allows 4,096 timestamps in a set, two for each dispatch; a longer profile takes several sets. */
const DISPATCHES_PER_SET = 2048;

interface TimestampSet {
  readonly queries: GPUQuerySet;
  readonly results: GPUBuffer;
  readonly staging: GPUBuffer;
  /** The kernel of each dispatch measured. */
  readonly labels: string[];
}

interface Profiled {
  readonly gpu: GPUDevice;
  sync(): Promise<void>;
}

export class Profiler implements Stopwatch {
  readonly #device: GPUDevice;
  readonly #sets: TimestampSet[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  #newSet(): TimestampSet {
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = gpuConstants.GPUBufferUsage;
    const size = DISPATCHES_PER_SET * 16;
    const set = {
      queries: this.#device.createQuerySet({ label: 'profiler', type: 'timestamp', count: DISPATCHES_PER_SET * 2 }),
      results: this.#device.createBuffer({ label: 'profiler', size, usage: QUERY_RESOLVE | COPY_SRC }),
      staging: this.#device.createBuffer({ label: 'profiler', size, usage: COPY_DST | MAP_READ }),
      labels: [],
    };
    this.#sets.push(set);
    return set;
  }

  timestampWrites(label: string): GPUComputePassTimestampWrites {
    const last = this.#sets.at(-1);
    const set = last !== undefined && last.labels.length < DISPATCHES_PER_SET ? last : this.#newSet();
    const index = set.labels.push(label) - 1;
    return { querySet: set.queries, beginningOfPassWriteIndex: index * 2, endOfPassWriteIndex: index * 2 + 1 };
  }

  /** Adds up what was measured in all command buffers submitted so far, slowest kernel first. To be called once. */
  async collect(): Promise<ProfileRow[]> {
    const encoder = this.#device.createCommandEncoder({ label: 'profiler' });
    for (const { queries, results, staging, labels } of this.#sets) {
      encoder.resolveQuerySet(queries, 0, labels.length * 2, results, 0);
      encoder.copyBufferToBuffer(results, 0, staging, 0, labels.length * 16);
    }
    this.#device.queue.submit([encoder.finish()]);
    const totals = new Map<string, number[]>();
    for (const { staging, labels } of this.#sets) {
      await waitFor(staging.mapAsync(gpuConstants.GPUMapMode.READ));
      const ticks = new BigUint64Array(staging.getMappedRange());
      for (const [i, label] of labels.entries()) {
        const times = totals.get(label) ?? [];
        times.push(Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6);
        totals.set(label, times);
      }
      staging.unmap();
    }
    return [...totals]
      .map(([label, times]) => ({
        label,
        calls: times.length,
        milliseconds: times.reduce((sum, t) => sum + t, 0),
        times,
      }))
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }

  destroy(): void {
    for (const { queries, results, staging } of this.#sets) {
      queries.destroy();
      results.destroy();
      staging.destroy();
    }
  }
}

/**
 * Runs a function and returns the GPU time of each kernel it recorded, slowest first. What was recorded before is
 * waited for first.
 * @throws UsageError inside another profile.
 */
export async function profile(
  device: Profiled,
  recorder: { profiler: Profiler | null },
  body: () => void | Promise<void>,
): Promise<ProfileRow[]> {
  if (recorder.profiler !== null) throw new UsageError('a profile is being taken already');
  await device.sync();
  const profiler = (recorder.profiler = new Profiler(device.gpu));
  try {
    await body();
    await device.sync(); // throws what failed meanwhile: the times would mean nothing
    return await profiler.collect();
  } finally {
    recorder.profiler = null;
    profiler.destroy();
  }
}

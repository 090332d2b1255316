/** Time per kernel, from GPU timestamps around every dispatch. */
import { gpuConstants, waitFor } from '#platform';
import type { Stopwatch } from './commands.js';

export interface ProfileRow {
  /** Kernel with its constants. */
  readonly label: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Dispatches that one profile can hold; WebGPU allows 4,096 timestamps in a set. */
const MAX_DISPATCHES = 2048;

export class Profiler implements Stopwatch {
  readonly #querySet: GPUQuerySet;
  readonly #results: GPUBuffer;
  readonly #staging: GPUBuffer;
  readonly #labels: string[] = [];
  readonly #totals = new Map<string, { calls: number; milliseconds: number }>();

  constructor(device: GPUDevice) {
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = gpuConstants.GPUBufferUsage;
    const size = MAX_DISPATCHES * 16;
    this.#querySet = device.createQuerySet({ label: 'profiler', type: 'timestamp', count: MAX_DISPATCHES * 2 });
    this.#results = device.createBuffer({ label: 'profiler', size, usage: QUERY_RESOLVE | COPY_SRC });
    this.#staging = device.createBuffer({ label: 'profiler', size, usage: COPY_DST | MAP_READ });
  }

  /** True when the commands recorded next must first be flushed and collected. */
  get isFull(): boolean {
    return this.#labels.length >= MAX_DISPATCHES;
  }

  timestampWrites(label: string): GPUComputePassTimestampWrites | undefined {
    if (this.isFull) return undefined;
    const index = this.#labels.push(label) - 1;
    return { querySet: this.#querySet, beginningOfPassWriteIndex: index * 2, endOfPassWriteIndex: index * 2 + 1 };
  }

  /** Encodes the reading of all timestamps taken so far. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.#labels.length === 0) return;
    encoder.resolveQuerySet(this.#querySet, 0, this.#labels.length * 2, this.#results, 0);
    encoder.copyBufferToBuffer(this.#results, 0, this.#staging, 0, this.#labels.length * 16);
  }

  /** Adds up what the last flush measured. */
  async collect(): Promise<void> {
    if (this.#labels.length === 0) return;
    await waitFor(this.#staging.mapAsync(gpuConstants.GPUMapMode.READ));
    const ticks = new BigUint64Array(this.#staging.getMappedRange());
    for (const [i, label] of this.#labels.entries()) {
      const total = this.#totals.get(label) ?? { calls: 0, milliseconds: 0 };
      total.calls++;
      total.milliseconds += Number(ticks[2 * i + 1] - ticks[2 * i]) / 1e6;
      this.#totals.set(label, total);
    }
    this.#staging.unmap();
    this.#labels.length = 0;
  }

  /** Slowest first. */
  rows(): ProfileRow[] {
    return [...this.#totals].map(([label, t]) => ({ label, ...t })).sort((a, b) => b.milliseconds - a.milliseconds);
  }

  destroy(): void {
    this.#querySet.destroy();
    this.#results.destroy();
    this.#staging.destroy();
  }
}

/**
 * Exact search for the rows that are most like a query: products of all with all, and the largest of them, on the GPU.
 */
import type { Device } from '../device/device.js';
import { ShapeError } from '../device/errors.js';
import { matmul } from '../kernels/matmul/matmul.js';
import { mergeTopk, topk, type TopK } from '../kernels/reduce/topk.js';
import { Tensor, tensor } from '../tensor/tensor.js';

/**
 * Rows up to this many bytes are kept on the GPU: a million of 512 numbers. More are sent there window by window, for
 * every search.
 */
const RESIDENT_BYTES = 2 ** 31;
/** Queries at a time. */
const QUERIES = 256;
/** Rows of a window: so the scores of 256 queries take 64 MiB. */
const WINDOW = 2 ** 16;
/**
 * A write is a copy into memory of the driver's that is free again when the GPU has come to it; so many bytes may wait
 * there.
 */
const BYTES_IN_FLIGHT = 2 ** 28;

export interface Found {
  /** (Q, k), largest first. */
  readonly scores: Float32Array;
  /** (Q, k) numbers of rows; of equal scores the smaller first. */
  readonly indices: Uint32Array;
  readonly k: number;
}

/** Rows (N, D) and the inner products of queries with them. Of L2-normalised rows and queries these are cosines. */
export class RowSearch {
  readonly count: number;
  readonly width: number;
  readonly #device: Device;
  readonly #rows: Float32Array<ArrayBuffer>;
  /** Rows of a window; the last has fewer. */
  readonly #window: number;
  /** The windows (rows, D) on the GPU; null: they are sent there one after the other. */
  readonly #resident: readonly Tensor[] | null;

  /**
   * @param rows (N, D) row-major. @param residentBytes rows that take more stay on the host. @throws ShapeError when a
   * row cannot be bound.
   */
  constructor(device: Device, rows: Float32Array<ArrayBuffer>, width: number, residentBytes = RESIDENT_BYTES) {
    this.count = rows.length / width;
    this.width = width;
    this.#device = device;
    this.#rows = rows;
    this.#window = Math.min(WINDOW, this.count, Math.floor(device.maxBindingBytes / (4 * Math.max(width, QUERIES))));
    if (this.count > 0 && this.#window === 0)
      throw new ShapeError(
        `[search] a row of ${width} numbers is larger than the adapter can bind (${device.maxBindingBytes} bytes)`,
      );
    this.#resident = rows.byteLength > residentBytes ? null : this.#starts().map((start) => this.#keep(start));
  }

  /**
   * The k rows with the largest scores for each query.
   * @param queries (Q, D) row-major. @param k at most 256; with fewer rows there are as many as rows.
   */
  async search(queries: Float32Array, k: number): Promise<Found> {
    const Q = queries.length / this.width;
    const kept = Math.min(k, this.count);
    const found = { scores: new Float32Array(Q * kept), indices: new Uint32Array(Q * kept), k: kept };
    if (kept === 0) return found;
    await this.#inBatches(queries, async (x, start) => {
      let best: TopK | null = null;
      for await (const { rows, first } of this.#windows()) {
        const before: TopK | null = best;
        best = this.#device.step(() => {
          const own = topk(matmul(x, rows, { transposeB: true }), Math.min(kept, rows.shape[0]), first);
          return before === null ? own : mergeTopk(before, own, kept);
        });
        for (const t of before === null ? [] : [before.values, before.indices]) t.release();
      }
      const { values, indices } = best as unknown as TopK;
      found.scores.set(await values.read(), start * kept);
      found.indices.set(await indices.read(), start * kept);
      for (const t of [values, indices]) t.release();
    });
    return found;
  }

  /** All scores (Q, N), for measuring: 4 Q N bytes on the host. */
  async scores(queries: Float32Array): Promise<Float32Array> {
    const all = new Float32Array((queries.length / this.width) * this.count);
    await this.#inBatches(queries, async (x, start) => {
      for await (const { rows, first } of this.#windows()) {
        const [size] = rows.shape;
        const scores = this.#device.step(() => matmul(x, rows, { transposeB: true }));
        const values = await scores.read();
        for (let q = 0; q < x.shape[0]; q++)
          all.set(values.subarray(q * size, (q + 1) * size), (start + q) * this.count + first);
        scores.release();
      }
    });
    return all;
  }

  release(): void {
    for (const rows of this.#resident ?? []) rows.release();
  }

  async #inBatches(queries: Float32Array, body: (x: Tensor, start: number) => Promise<void>): Promise<void> {
    const Q = queries.length / this.width;
    for (let start = 0; start < Q; start += QUERIES) {
      const end = Math.min(Q, start + QUERIES);
      const x = tensor(this.#device, queries.subarray(start * this.width, end * this.width), {
        shape: [end - start, this.width],
      });
      await body(x, start);
      x.release();
    }
  }

  #starts(): number[] {
    return Array.from({ length: Math.ceil(this.count / Math.max(1, this.#window)) }, (_, w) => w * this.#window);
  }

  #slice(start: number): Float32Array<ArrayBuffer> {
    return this.#rows.subarray(start * this.width, Math.min(this.count, start + this.#window) * this.width);
  }

  #keep(start: number): Tensor {
    const rows = this.#slice(start);
    const storage = this.#device.allocate(rows.byteLength);
    this.#device.keep(storage);
    this.#device.write(storage, rows);
    return new Tensor(storage, 0, [rows.length / this.width, this.width], 'f32');
  }

  async *#windows(): AsyncGenerator<{ readonly rows: Tensor; readonly first: number }> {
    if (this.#resident !== null) {
      for (const [w, rows] of this.#resident.entries()) yield { rows, first: w * this.#window };
      return;
    }
    const stage = this.#device.allocate(4 * this.#window * this.width);
    this.#device.keep(stage);
    let inFlight = 0;
    try {
      for (const first of this.#starts()) {
        const slice = this.#slice(first);
        if (inFlight + slice.byteLength > BYTES_IN_FLIGHT) {
          await this.#device.sync();
          inFlight = 0;
        }
        this.#device.write(stage, slice);
        inFlight += slice.byteLength;
        yield { rows: new Tensor(stage, 0, [slice.length / this.width, this.width], 'f32'), first };
      }
    } finally {
      stage.release();
    }
  }
}

/**
 * Each row divided by its length, so that inner products are cosines; a row of zeros stays. @param rows (N, D), changed
 * in place.
 */
export function normalizeRows_(rows: Float32Array, width: number): void {
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    if (length > 0) for (let i = 0; i < width; i++) row[i] /= length;
  }
}

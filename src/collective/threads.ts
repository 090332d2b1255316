/**
 * Ranks that are threads of one process, or workers of one page, for a machine with several devices. They share memory:
 * each puts its numbers into a place of its own, each adds up a part of them, and each takes the sums.
 */
import { CollectiveError } from '../device/errors.js';
import { requireRank, type Collective } from './collective.js';
import { until } from './until.js';

/** What the threads share; it can be posted to a worker. */
export interface SharedRanks {
  readonly size: number;
  /** Bytes of one rank's place: larger messages go in pieces. */
  readonly window: number;
  readonly memory: SharedArrayBuffer;
}

/** Words before the places: how many have come, how often all have, whether one has given up. */
const [CAME, TURN, ENDED, WORDS] = [0, 1, 2, 16];

/**
 * Memory for `size` threads. Post it to each, which calls `joinThreads`.
 * @param window bytes that are added up at a time, a multiple of 4.
 */
export function shareRanks(size: number, window = 2 ** 22): SharedRanks {
  return { size, window, memory: new SharedArrayBuffer(4 * WORDS + (size + 1) * window) };
}

/**
 * One thread's part. A thread that ends otherwise than by `close` must call `abort`, or the others wait for ever.
 * @throws UsageError when there is no such rank.
 */
export function joinThreads(shared: SharedRanks, rank: number): Collective {
  requireRank(rank, shared);
  return new ThreadCollective(shared, rank);
}

class ThreadCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly name = 'threads';
  readonly hosts: readonly string[];
  readonly #words: Int32Array;
  readonly #shared: SharedRanks;

  constructor(shared: SharedRanks, rank: number) {
    this.rank = rank;
    this.size = shared.size;
    this.hosts = Array.from({ length: shared.size }, () => '');
    this.#shared = shared;
    this.#words = new Int32Array(shared.memory, 0, WORDS);
  }

  /** A rank's place; the one after the last rank's holds what all take. */
  #place(index: number, bytes: number): Float32Array<SharedArrayBuffer> {
    const { memory, window } = this.#shared;
    return new Float32Array(memory, 4 * WORDS + index * window, bytes / 4);
  }

  async allReduce(values: Float32Array<ArrayBuffer>): Promise<void> {
    const step = this.#shared.window / 4;
    for (let at = 0; at < values.length; at += step) {
      const piece = values.subarray(at, at + step);
      const { length } = piece;
      this.#place(this.rank, 4 * length).set(piece);
      await this.barrier();
      const [sums, places] = [
        this.#place(this.size, 4 * length),
        Array.from({ length: this.size }, (_, r) => this.#place(r, 4 * length)),
      ];
      const share = Math.ceil(length / this.size);
      for (let i = this.rank * share; i < Math.min(length, (this.rank + 1) * share); i++) {
        let sum = 0;
        for (const place of places) sum += place[i];
        sums[i] = sum;
      }
      await this.barrier();
      piece.set(sums); // not written again before the next piece's first barrier
    }
  }

  async broadcast(bytes: Uint8Array<ArrayBuffer>, root = 0): Promise<void> {
    requireRank(root, this);
    const { memory, window } = this.#shared;
    const place = new Uint8Array(memory, 4 * WORDS + this.size * window, window);
    for (let at = 0; at < bytes.length; at += window) {
      const piece = bytes.subarray(at, at + window);
      await this.barrier(); // all have taken what lay there before
      if (this.rank === root) place.set(piece);
      await this.barrier();
      if (this.rank !== root) piece.set(place.subarray(0, piece.length));
    }
  }

  async barrier(): Promise<void> {
    const words = this.#words;
    const turn = Atomics.load(words, TURN);
    if (Atomics.add(words, CAME, 1) === this.size - 1) {
      Atomics.store(words, CAME, 0);
      Atomics.add(words, TURN, 1);
    }
    await until(
      () => Atomics.load(words, TURN) !== turn || Atomics.load(words, ENDED) !== 0,
      () => false,
    );
    if (Atomics.load(words, ENDED) !== 0)
      throw new CollectiveError('another thread has given up', { fix: 'see what it says' });
  }

  abort(): void {
    Atomics.store(this.#words, ENDED, 1);
  }

  async close(): Promise<void> {
    await this.barrier();
  }
}

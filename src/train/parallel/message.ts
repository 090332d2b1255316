/** What ranks add up: numbers of several tensors and a few words, as one array. */
import type { Collective } from '../../collective/collective.js';
import type { HostArray, Tensor } from '../../tensor/tensor.js';

/** What the ranks ask of each other after a step. */
export interface Asks {
  /** This rank was told to stop: by a signal, or (0) by a callback, or its time is up. */
  readonly signal: 0 | 130 | 143 | null;
  /** It is time to look at the totals; the first rank's word counts. */
  readonly isDue: boolean;
}

const WORDS = 4;

/** Reads, adds up and writes tensors that lie flat in memory; a few words ride along. */
export class Message {
  readonly #collective: Collective;
  readonly #tensors: readonly Tensor[];
  readonly #values: Float32Array<ArrayBuffer>;
  #reading: Promise<readonly HostArray[]> | null = null;
  /** Milliseconds that the last one took. */
  times: MessageTimes = { readback: 0, reduce: 0, upload: 0 };

  constructor(collective: Collective, tensors: readonly Tensor[]) {
    this.#collective = collective;
    this.#tensors = tensors;
    this.#values = new Float32Array(tensors.reduce((n, t) => n + t.size, WORDS));
  }

  /** Begins to read the tensors as they are after everything recorded so far. */
  read(): Promise<readonly HostArray[]> {
    if (this.#reading === null) {
      this.#reading = Promise.all(this.#tensors.map((t) => t.read()));
      this.#reading.catch(() => {}); // who waits for it hears of it; another part may have failed before
    }
    return this.#reading;
  }

  /**
   * Replaces the tensors by the sum over all ranks of `factor` times theirs; the result is the same on all.
   * @returns what all ranks together ask for.
   */
  async exchange(factor: number, asks: Asks): Promise<Asks> {
    const began = performance.now();
    const values = this.#values;
    let at = 0;
    for (const numbers of await this.read()) {
      if (factor === 0)
        values.fill(0, at, at + numbers.length); // whatever they are
      else for (let i = 0; i < numbers.length; i++) values[at + i] = factor * numbers[i];
      at += numbers.length;
    }
    this.#reading = null;
    values.set(wordsOf(asks, this.#collective.rank), at);
    const collected = performance.now();
    await this.#collective.allReduce(values);
    const reduced = performance.now();
    at = 0;
    for (const t of this.#tensors) {
      t.device.write(t.storage, values.subarray(at, at + t.size), t.byteOffset);
      at += t.size;
    }
    this.times = {
      readback: collected - began,
      reduce: reduced - collected,
      upload: performance.now() - reduced,
    };
    return asksOf(values.subarray(at));
  }
}

/** Milliseconds: from the GPU, among the ranks, to the GPU. */
export interface MessageTimes {
  readonly readback: number;
  readonly reduce: number;
  readonly upload: number;
}

function wordsOf({ signal, isDue }: Asks, rank: number): number[] {
  return [Number(signal === 130), Number(signal === 143), Number(isDue && rank === 0), Number(signal === 0)];
}

function asksOf([interrupts, terminates, due, stops]: Float32Array): Asks {
  return { signal: interrupts > 0 ? 130 : terminates > 0 ? 143 : stops > 0 ? 0 : null, isDue: due > 0 };
}

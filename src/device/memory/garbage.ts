/**
 * GPU memory that was dropped, and when to have it collected. A tensor that belongs to no step is given back when its
 * handle is garbage collected, but a handle is small, so the host's collector sees no reason to run.
 */
import { collectGarbage } from '#platform';

/** Collects when so many bytes more than after the last time, and half as many again, belong to handles. */
const COLLECT_AFTER = 2 ** 25;
/** Collecting takes at most this share of the time, unless so many times as many bytes wait for it. */
const TIME_SHARE = 0.1;
const URGENT = 8;

export class Garbage {
  /** Bytes that belong to handles, of which some may have been dropped. */
  bytes = 0;
  #held = 0;
  #ended = -Infinity;
  #took = 0;

  /** Whether it is time to collect. */
  get isDue(): boolean {
    const grown = this.bytes - this.#held;
    const limit = Math.max(COLLECT_AFTER, this.#held / 2);
    if (grown <= limit) return false;
    return grown > URGENT * limit || this.#took < TIME_SHARE * (performance.now() - this.#ended);
  }

  /** Has garbage collected; what was dropped has been released when this resolves. */
  async collect(): Promise<void> {
    const started = performance.now();
    this.#held = this.bytes; // nobody else begins meanwhile
    await collectGarbage();
    this.#held = this.bytes;
    this.#ended = performance.now();
    this.#took = this.#ended - started;
  }
}

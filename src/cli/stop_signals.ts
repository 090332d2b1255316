/** Ctrl-C while something is trained, or fetched. */
import { say } from './output.js';

/**
 * The first Ctrl-C (or SIGTERM) asks training to save and stop; a second one, or one after training, ends the process
 * at once.
 */
export class StopSignals {
  received: 130 | 143 | null = null;
  /** Training is over and saved: there is nothing left to wait for. */
  isSaved = false;
  readonly #afterwards: string;
  readonly #stopping: string;
  readonly #asked = new AbortController();
  readonly #onInterrupt = (): void => this.#receive(130);
  readonly #onTerminate = (): void => this.#receive(143);

  /**
   * @param afterwards what is said when the signal comes after training: what is saved and what is not. @param stopping
   * what is said to the first signal.
   */
  constructor(
    afterwards = 'the checkpoints are saved, the pictures and the summary are not written; --resume does that',
    stopping = 'stopping after this step; once more to stop at once without saving',
  ) {
    this.#afterwards = afterwards;
    this.#stopping = stopping;
    process.on('SIGINT', this.#onInterrupt);
    process.on('SIGTERM', this.#onTerminate);
  }

  #receive(code: 130 | 143): void {
    if (this.isSaved) say(`\nstopped: ${this.#afterwards}`);
    if (this.received !== null) say(''); // leaves the progress line
    if (this.received !== null || this.isSaved) process.exit(code);
    this.received = code;
    say(`\n${this.#stopping}`);
    this.#asked.abort();
  }

  /** Aborts with the first signal: for what waits, and would not look. */
  get signal(): AbortSignal {
    return this.#asked.signal;
  }

  remove(): void {
    process.off('SIGINT', this.#onInterrupt);
    process.off('SIGTERM', this.#onTerminate);
  }
}

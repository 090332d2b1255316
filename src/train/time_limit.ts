/** Training that is to be over by a time. */
import { UsageError } from '../device/errors.js';
import { worded } from '../text/wording.js';

/** Counts from when it is made. */
export class TimeLimit {
  readonly #end: number;
  readonly #now: () => number;

  /** @param seconds absent: no limit. @throws UsageError unless it is above 0. */
  constructor(seconds = Infinity, now: () => number = () => performance.now()) {
    if (!(seconds > 0))
      throw new UsageError(worded`{maxTime}: ${seconds} seconds are no time to train in`, {
        fix: worded`e.g. {maxTime} 30m`,
      });
    this.#now = now;
    this.#end = now() + 1000 * seconds;
  }

  get isUp(): boolean {
    return this.#now() >= this.#end;
  }

  /** Whether what takes so many seconds will be done by then. */
  hasRoomFor(seconds: number): boolean {
    return this.#now() + 1000 * seconds <= this.#end;
  }
}

/** Where the time of the latest steps went. */
import type { StepTimes } from './stepper.js';

/** Steps whose time is split up: waiting for the GPU in each would cost some of it. */
export const MEASURED_EVERY = 8;
const RECENT = 25;

/** Medians of where the time of some steps went. */
export class RecentTimes {
  readonly #recent: StepTimes[] = [];

  add(times: StepTimes): void {
    this.#recent.push(times);
    if (this.#recent.length > RECENT) this.#recent.shift();
  }

  get median(): StepTimes | null {
    const of = (time: (s: StepTimes) => number): number =>
      this.#recent.map(time).sort((a, b) => a - b)[this.#recent.length >> 1];
    return this.#recent.length === 0
      ? null
      : {
          compute: of((s) => s.compute),
          readback: of((s) => s.readback),
          reduce: of((s) => s.reduce),
          upload: of((s) => s.upload),
        };
  }
}

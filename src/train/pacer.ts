/** How often the training loop waits for the GPU, and how long a step takes. */

import { cpuMilliseconds } from '#platform';

/** The host waits about this often: short enough for live progress, long enough that waiting costs nothing. */
const TARGET_MILLISECONDS = 250;
const MAX_STEPS = 64;
const RECENT = 200;

/** Milliseconds of one step, by the clock and of all processors. */
interface StepTime {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Between two waits several steps are recorded, so that the GPU works while the host records. How many follows from how
 * long they take; the result of training does not depend on it.
 */
export class Pacer {
  #interval = 1;
  #since = 0;
  #started = 0;
  #startedCpu = 0;
  #recent: StepTime[] = [];
  #first: StepTime | null = null;
  /** Steps done. */
  steps = 0;
  /** Time that they took, compiling of kernels included. */
  milliseconds = 0;

  restart(): void {
    this.#since = 0;
    this.#started = performance.now();
    this.#startedCpu = cpuMilliseconds();
  }

  /** Counts a step; true when it is time to wait. */
  tick(): boolean {
    this.steps++;
    return ++this.#since >= this.#interval;
  }

  /** The wait is over: all steps since the last one are done. */
  waited(): void {
    const [now, cpu] = [performance.now(), cpuMilliseconds()];
    this.milliseconds += now - this.#started;
    const perStep: StepTime = {
      wall: (now - this.#started) / this.#since,
      cpu: (cpu - this.#startedCpu) / this.#since,
    };
    if (this.#first === null)
      this.#first = perStep; // the first step compiles the kernels
    else {
      for (let i = 0; i < this.#since; i++) this.#recent.push(perStep);
      this.#recent = this.#recent.slice(-RECENT);
      this.#interval = Math.max(1, Math.min(MAX_STEPS, Math.round(TARGET_MILLISECONDS / perStep.wall)));
    }
    this.#since = 0;
    [this.#started, this.#startedCpu] = [now, cpu];
  }

  /** Median milliseconds of a step over the latest steps; of the first, slow one as long as there is no other. */
  median(): number {
    return this.#medianOf((t) => t.wall);
  }

  /**
   * Likewise of processor time: on a host that other programs share it tells how much of the time was theirs. null: not
   * known here.
   */
  medianCpu(): number | null {
    const cpu = this.#medianOf((t) => t.cpu);
    return Number.isFinite(cpu) ? cpu : null;
  }

  #medianOf(time: (t: StepTime) => number): number {
    if (this.#recent.length === 0) return this.#first === null ? 0 : time(this.#first);
    return this.#recent.map(time).sort((a, b) => a - b)[this.#recent.length >> 1];
  }
}

/** Steps of ranks that average their weights now and then. */
import { Message, type Asks } from './message.js';
import type { CompileHook } from './part.js';
import { WholeStep } from './pieces.js';
import { RecentTimes } from './recent_times.js';
import type { SteppedRun, Stepper, StepTimes } from './stepper.js';

/**
 * State that is the same on all ranks already, or is no average: rates, step counts, the loss scale, averages of
 * weights at the ends of epochs.
 */
const NOT_AVERAGED: readonly string[] = ['hyper', 'rates', 'loss_scale', 'swa'];

/**
 * Local SGD: each rank takes steps of its own, and after some of them all take the average of their weights. In a last
 * batch that is too small for all, a rank for which nothing is left takes a step on one of its images.
 */
export class LocalStepper implements Stepper {
  readonly #run: SteppedRun;
  readonly #whole: WholeStep;
  readonly #message: Message;
  readonly #recent = new RecentTimes();
  #isDue = false;
  #since = performance.now();

  constructor(run: SteppedRun, capture: boolean) {
    const { step, collective, state } = run;
    this.#run = run;
    this.#whole = new WholeStep(run, capture);
    const moments = [...state.state()].filter(([name]) => !NOT_AVERAGED.includes(name)).map(([, t]) => t);
    this.#message = new Message(collective, [...step.model.floatMemory(), ...moments]);
  }

  compile(onCompile?: CompileHook): Promise<void> {
    return this.#whole.compile(onCompile);
  }

  async advance(step: number, order: Uint32Array, asks: () => Asks): Promise<Asks> {
    const { device, shares, syncEvery, collective } = this.#run;
    await this.#whole.run(step, order);
    const own = asks();
    this.#isDue ||= own.isDue;
    if ((step + 1) % syncEvery !== 0 && step + 1 !== shares.steps) return { signal: null, isDue: false };
    await device.sync();
    const compute = performance.now() - this.#since;
    const asked = await this.#message.exchange(1 / collective.size, { ...own, isDue: this.#isDue });
    this.#isDue = false;
    this.#recent.add({ compute, ...this.#message.times });
    this.#since = performance.now();
    return asked;
  }

  get times(): StepTimes | null {
    return this.#recent.median;
  }

  release(): void {
    this.#whole.release();
  }
}

/** One training step after another: by one process, or by ranks that keep the same weights. */
import type { Collective } from '../../collective/collective.js';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { worded } from '../../text/wording.js';
import { stepError } from '../batch_sizes.js';
import type { Stateful } from '../checkpoint.js';
import { computeGradients, trainStep, updateWeights, type StepParts } from '../step/train_step.js';
import { Message, type Asks, type MessageTimes } from './message.js';
import type { Shares } from './shares.js';

/** What a stepper needs of a prepared run. */
export interface SteppedRun {
  readonly device: Device;
  readonly step: StepParts;
  readonly shares: Shares;
  readonly collective: Collective;
  /** Steps between two exchanges; 1: gradients are added up in every step. */
  readonly syncEvery: number;
  readonly state: Stateful;
}

/** Where the time of a step goes, in milliseconds. */
export interface StepTimes extends MessageTimes {
  /** Forward, backward, and waiting for them. */
  readonly compute: number;
}

export interface Stepper {
  /** Compiles the kernels of all sizes of batches. */
  compile(onCompile?: (done: number, total: number) => void): Promise<void>;
  /**
   * Does a step on this rank's part of a batch.
   * @param part what its mean is of the batch's. @param asks called when the step is under way.
   * @returns what all ranks ask for.
   */
  advance(step: number, part: number, asks: () => Asks): Promise<Asks>;
  /** Median times of the latest steps that were measured; null for one process. */
  readonly times: StepTimes | null;
  release(): void;
}

/** @param capture false: every step is recorded anew. @throws UsageError when the settings do not go together. */
export function makeStepper(run: SteppedRun, capture: boolean): Stepper {
  if (run.collective.size === 1) return new SingleStepper(run, capture);
  if (run.syncEvery > 1 && run.step.precision === 'f16')
    throw new UsageError(
      worded`{syncEvery} ${run.syncEvery} with {precision} f16: each rank would scale its own loss`,
      {
        fix: worded`leave {syncEvery} out, or train in f32`,
      },
    );
  return run.syncEvery > 1 ? new LocalStepper(run, capture) : new ReducedStepper(run, capture);
}

/** A step's host code, captured or recorded anew each time. */
class Part {
  readonly #captured;
  readonly #run: (size: number) => void;

  constructor(device: Device, body: (size: number) => void, capture: boolean) {
    this.#captured = capture ? device.capture(body) : null;
    this.#run = this.#captured ?? ((size) => device.step(() => body(size)));
  }

  run(size: number): void {
    this.#run(size);
  }

  async compile(sizes: readonly number[], { shares }: SteppedRun, onCompile?: CompileHook): Promise<void> {
    for (const size of sizes)
      await this.#captured?.compile([size], onCompile).catch((error: unknown) => {
        throw stepError(error, size, shares.count, shares.batch);
      });
  }

  release(): void {
    this.#captured?.release();
  }
}

type CompileHook = (done: number, total: number) => void;

class SingleStepper implements Stepper {
  readonly times = null;
  readonly #run: SteppedRun;
  readonly #whole: Part;

  constructor(run: SteppedRun, capture: boolean) {
    this.#run = run;
    this.#whole = new Part(run.device, (size) => trainStep(run.step, size), capture);
  }

  compile(onCompile?: CompileHook): Promise<void> {
    return this.#whole.compile(this.#run.shares.sizes, this.#run, onCompile);
  }

  async advance(step: number, _part: number, asks: () => Asks): Promise<Asks> {
    this.#whole.run(this.#run.shares.own(step));
    return asks();
  }

  release(): void {
    this.#whole.release();
  }
}

/** Steps whose time is split up: waiting for the GPU in each would cost some of it. */
const MEASURED_EVERY = 8;
const RECENT = 25;

/** Medians of where the time of some steps went. */
class RecentTimes {
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

/** Running statistics of batch norms: averaged over the ranks, so that all of them keep the same. */
function statisticsOf({ model }: StepParts): Tensor[] {
  return model.floatMemory().slice(1);
}

/** Runs a rank's part of a step; where it counts nothing, the totals stay as they were. */
async function runOwn({ device, step: { totals }, shares }: SteppedRun, part: Part, step: number): Promise<void> {
  const kept = shares.counts(step) ? null : ((await totals.read()) as Float32Array<ArrayBuffer>);
  part.run(shares.own(step));
  if (kept !== null) device.write(totals.storage, kept);
}

/**
 * The gradients of every step are added up, so that the weights are those of one process with the whole batch, but for
 * the order in which numbers are added, and for what looks at a batch as a whole: batch norm has the statistics of each
 * rank's part.
 */
class ReducedStepper implements Stepper {
  readonly #run: SteppedRun;
  readonly #compute: Part;
  readonly #update: Part;
  readonly #message: Message;
  readonly #recent = new RecentTimes();
  #steps = 0;

  constructor(run: SteppedRun, capture: boolean) {
    const { device, step, collective } = run;
    this.#run = run;
    this.#compute = new Part(device, (size) => computeGradients(step, size), capture);
    this.#update = new Part(device, () => updateWeights(step), capture);
    this.#message = new Message(collective, [step.model.memory.grads, ...statisticsOf(step)]);
  }

  async compile(onCompile?: CompileHook): Promise<void> {
    await this.#compute.compile(this.#run.shares.sizes, this.#run, onCompile);
    await this.#update.compile([0], this.#run);
  }

  async advance(step: number, part: number, asks: () => Asks): Promise<Asks> {
    const isMeasured = this.#steps++ % MEASURED_EVERY === 1;
    const began = performance.now();
    await runOwn(this.#run, this.#compute, step);
    if (isMeasured) await this.#run.device.sync();
    const compute = performance.now() - began;
    const asked = await this.#message.exchange(part, asks());
    this.#update.run(0);
    if (isMeasured) this.#recent.add({ compute, ...this.#message.times });
    return asked;
  }

  get times(): StepTimes | null {
    return this.#recent.median;
  }

  release(): void {
    this.#compute.release();
    this.#update.release();
  }
}

/** State of optimizers that is the same on all ranks already, or is no average: rates, step counts, the loss scale. */
const NOT_AVERAGED: readonly string[] = ['hyper', 'rates', 'loss_scale'];

/** Local SGD: each rank takes steps of its own, and after some of them all take the average of their weights. */
class LocalStepper implements Stepper {
  readonly #run: SteppedRun;
  readonly #whole: Part;
  readonly #message: Message;
  readonly #recent = new RecentTimes();
  #isDue = false;
  #since = performance.now();

  constructor(run: SteppedRun, capture: boolean) {
    const { device, step, collective, state } = run;
    this.#run = run;
    this.#whole = new Part(device, (size) => trainStep(step, size), capture);
    const moments = [...state.state()].filter(([name]) => !NOT_AVERAGED.includes(name)).map(([, t]) => t);
    this.#message = new Message(collective, [...step.model.floatMemory(), ...moments]);
  }

  compile(onCompile?: CompileHook): Promise<void> {
    return this.#whole.compile(this.#run.shares.sizes, this.#run, onCompile);
  }

  async advance(step: number, _part: number, asks: () => Asks): Promise<Asks> {
    const { device, shares, syncEvery, collective } = this.#run;
    await runOwn(this.#run, this.#whole, step);
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

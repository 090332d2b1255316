/** Where the candidates of one problem prove themselves and run against the clock: a GPU device of their own. */
import { LostError, type Stand } from './select.js';
import type { Choice } from '../../device/choices.js';
import type { Device } from '../../device/device.js';
import type { HostTensor } from '../launch/host_tensor.js';
import { uploadInputs, type FamilyTrials, type Trial } from '../launch/trial.js';
import type { Tensor } from '../../tensor/tensor.js';
import { worded } from '../../text/wording.js';

/**
 * The device that candidates run on. WebGPU reports a shader that does not compile, or a launch that it refuses, as a
 * failure of the whole device (src/device/failures.ts), so a device on which a candidate failed is thrown away and the
 * next candidate gets another.
 */
export class TrialDevice {
  readonly #open: () => Promise<Device>;
  #device: Device | null = null;
  #lost: string | null = null;

  constructor(open: () => Promise<Device>) {
    this.#open = open;
  }

  async get(): Promise<Device> {
    if (this.#device !== null) return this.#device;
    const device = (this.#device = await this.#open());
    void device.gpu.lost.then(({ message }) => {
      if (this.#device === device) this.#lost = message;
    });
    return device;
  }

  /** Runs a candidate. @throws what went wrong; LostError when the GPU was lost over it. */
  async attempt<T>(what: string, body: (device: Device) => Promise<T>): Promise<T> {
    const device = await this.get();
    try {
      return await body(device);
    } catch (error) {
      // the news of a loss may come after the failures that it causes
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (this.#lost !== null)
        throw new LostError(`the GPU was lost while ${what} ran: ${this.#lost}`, {
          fix: worded`update the GPU driver; {noTune} runs the default kernels`,
          cause: error,
        });
      this.close();
      throw error;
    }
  }

  close(): void {
    const device = this.#device;
    this.#device = null;
    device?.destroy();
  }
}

/** A trial with its inputs on a device, uploaded when they are first needed there. */
class Uploaded {
  readonly trial: Trial;
  #device: Device | null = null;
  #inputs: Tensor[] = [];

  constructor(trial: Trial) {
    this.trial = trial;
  }

  on(device: Device): readonly Tensor[] {
    if (this.#device !== device) this.#inputs = uploadInputs(device, this.trial);
    this.#device = device;
    return this.#inputs;
  }

  async answer(device: Device, choice: Choice): Promise<ArrayLike<number>> {
    const inputs = this.on(device);
    const y = device.step(() => this.trial.gpu(inputs, choice));
    try {
      return await y.read();
    } finally {
      y.release();
    }
  }

  release(): void {
    for (const x of this.#inputs) x.release();
  }
}

/**
 * Stands for the problem as it is and, where the reference loops would take too long for that, for a small one of its
 * kind.
 */
export class ProblemStand implements Stand {
  readonly sampleMilliseconds: number;
  readonly #room: TrialDevice;
  readonly #name: string;
  readonly #small: Uploaded;
  readonly #real: Uploaded;
  #reference: HostTensor | null = null;
  /** The answer to the real problem of the first candidate that was right about the small one. */
  #yardstick: ArrayLike<number> | null = null;

  static async create(room: TrialDevice, trials: FamilyTrials<unknown>, problem: unknown): Promise<ProblemStand> {
    return new ProblemStand(room, trials, problem, (await room.get()).features.has('timestamp-query'));
  }

  private constructor(room: TrialDevice, trials: FamilyTrials<unknown>, problem: unknown, hasTimestamps: boolean) {
    this.#room = room;
    this.#name = trials.family.name;
    const small = trials.small(problem);
    this.#real = new Uploaded(trials.trial(problem));
    this.#small = small === problem ? this.#real : new Uploaded(trials.trial(small));
    this.sampleMilliseconds = hasTimestamps ? 8 : 20; // without timestamps, submitting and waiting is measured too
  }

  /**
   * The small problem against the reference, then the real one against the first candidate's answer to it: what is
   * right about 7 rows may still be wrong about 100,000. All memory holds NaN before, so that nobody passes with what
   * another has left there.
   */
  async validate(choice: Choice): Promise<void> {
    await this.#attempt(choice, async (device) => {
      const poison = device.poison;
      device.poison = true;
      try {
        const { inputs, tolerance } = this.#small.trial;
        const got = await this.#small.answer(device, choice);
        this.#reference ??= this.#small.trial.cpu(inputs);
        requireClose(got, this.#reference.data, tolerance, 'the reference');
        if (this.#small === this.#real) return;
        const real = await this.#real.answer(device, choice);
        if (this.#yardstick === null) this.#yardstick = real;
        // both may be off
        else requireClose(real, this.#yardstick, 2 * this.#real.trial.tolerance, 'another kernel at full size');
      } finally {
        device.poison = poison;
      }
    });
  }

  async time(choice: Choice, runs: number): Promise<number> {
    return this.#attempt(choice, async (device) => {
      const poison = device.poison;
      device.poison = false; // filling memory takes time too
      try {
        return await timeRuns(
          device,
          runs,
          this.#real.on(device),
          (inputs) => void this.#real.trial.gpu(inputs, choice),
        );
      } finally {
        device.poison = poison;
      }
    });
  }

  close(): void {
    this.#small.release();
    this.#real.release();
  }

  #attempt<T>(choice: Choice, body: (device: Device) => Promise<T>): Promise<T> {
    return this.#room.attempt(`${this.#name} ${choice.variant}`, body);
  }
}

/** Milliseconds of GPU time for one run, or of wall time where the adapter has no timestamps. */
async function timeRuns(
  device: Device,
  runs: number,
  inputs: readonly Tensor[],
  run: (inputs: readonly Tensor[]) => void,
): Promise<number> {
  const all = (): void => {
    for (let i = 0; i < runs; i++) device.step(() => run(inputs));
  };
  if (device.features.has('timestamp-query')) {
    const rows = await device.profile(all);
    return rows.reduce((sum, row) => sum + row.milliseconds, 0) / runs;
  }
  await device.sync();
  const began = performance.now();
  all();
  await device.sync();
  return (performance.now() - began) / runs;
}

/** @throws Error naming the worst element, unless all are within `tolerance` of the largest magnitude wanted. */
export function requireClose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, of: string): void {
  if (got.length !== want.length) throw new Error(`${got.length} numbers, ${of} has ${want.length}`);
  let [largest, worst, at] = [1e-30, -1, 0];
  for (let i = 0; i < want.length; i++) {
    if (Number.isFinite(want[i])) largest = Math.max(largest, Math.abs(want[i]));
    const difference = Object.is(got[i], want[i]) ? 0 : Math.abs(got[i] - want[i]);
    if (!(difference <= worst) && worst < Infinity) [worst, at] = [Number.isNaN(difference) ? Infinity : difference, i];
  }
  if (worst > tolerance * largest) throw new Error(`wrong result: element ${at} is ${got[at]}, ${of} has ${want[at]}`);
}

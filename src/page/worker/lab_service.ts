/** Checks and times kernels of the reader's. They may end their device: so they have one of their own. */
import { Device } from '../../device/device.js';
import { checkKernel } from '../../learn/check_kernel.js';
import type { CheckResult } from '../../learn/exercise.js';
import { timeKernels, type TimedKernels } from '../../learn/time_kernel.js';
import type { Work } from './calls.js';
import { Gpu } from './gpu.js';
import { exerciseOf } from './lesson_checks.js';

export class LabService {
  readonly #gpu = new Gpu();

  /** @param key of the exercise, `03-kernel/add`. @param file how messages call the text. */
  async check(_: Work, key: string, file: string, text: string): Promise<CheckResult> {
    return this.#using((device) => checkKernel(device, exerciseOf(key), file, text));
  }

  /** @param texts WGSL by the names of the result. null where the exercise has nothing to be timed on. */
  async time(_: Work, key: string, texts: Readonly<Record<string, string>>): Promise<TimedKernels | null> {
    return this.#using((device) => timeKernels(device, exerciseOf(key), texts));
  }

  async #using<T>(work: (device: Device) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#gpu.device());
    } finally {
      await this.#gpu.renew();
    }
  }
}

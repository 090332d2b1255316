/** What a stepper runs on the device. */
import type { Watch } from '../../device/capture.js';
import type { Device } from '../../device/device.js';
import { stepError } from '../batch_sizes.js';
import type { SteppedParts } from './stepper.js';

/** A step's host code, captured or recorded anew each time. */
export class Part {
  readonly #captured;
  readonly #run: (size: number) => void;

  constructor(device: Device, body: (size: number) => void, capture: boolean) {
    this.#captured = capture ? device.capture(body) : null;
    this.#run = this.#captured ?? ((size) => device.step(() => body(size)));
  }

  run(size: number): void {
    this.#run(size);
  }

  /** As `run`; see CapturedStep.watching. */
  watching(watch: Watch, size: number): void {
    if (this.#captured !== null) return this.#captured.watching(watch, size);
    this.#run(size);
    watch.ranges.forEach((_, i) => watch.onWritten(i));
  }

  async compile(sizes: readonly number[], { shares }: SteppedParts, onCompile?: CompileHook): Promise<void> {
    for (const size of sizes)
      await this.#captured?.compile([size], onCompile).catch((error: unknown) => {
        throw stepError(error, size, shares.count, shares.together);
      });
  }

  release(): void {
    this.#captured?.release();
  }
}

export type CompileHook = (done: number, total: number) => void;

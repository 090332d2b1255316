/** One training step after another: what does them, and what it is made from. */
import type { Collective } from '../../collective/collective.js';
import type { Device } from '../../device/device.js';
import type { Stateful } from '../checkpoint/checkpoint.js';
import type { StepParts } from '../step/train_step.js';
import type { Asks, MessageTimes } from './message.js';
import type { Shares } from './shares.js';

/** What a step is computed from. */
export interface SteppedParts {
  readonly device: Device;
  readonly step: StepParts & {
    /** What the loss of an image counts; null: all alike. */
    readonly weightOf: ((image: number) => number) | null;
  };
  readonly shares: Shares;
}

/** What a stepper needs of a prepared run. */
export interface SteppedRun extends SteppedParts {
  readonly collective: Collective;
  /** Steps between two exchanges; 1: gradients are added up in every step. */
  readonly syncEvery: number;
  readonly state: Stateful;
}

/** Where the time of a step goes, in milliseconds. */
export interface StepTimes extends MessageTimes {
  /** Forward, backward, and waiting for them; of gradients in parts until the last part is there. */
  readonly compute: number;
}

export interface Stepper {
  /** Compiles the kernels of all sizes of batches. */
  compile(onCompile?: (done: number, total: number) => void): Promise<void>;
  /**
   * Loads this rank's part of a batch, and does a step on it.
   * @param order the images of the epoch, those of all ranks. @param asks called when the step is under way.
   * @returns what all ranks ask for.
   */
  advance(step: number, order: Uint32Array, asks: () => Asks): Promise<Asks>;
  /** Median times of the latest steps that were measured; null for one process. */
  readonly times: StepTimes | null;
  release(): void;
}

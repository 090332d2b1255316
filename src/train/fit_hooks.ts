/** What a training run tells on its way, what it is asked, and what it gives. */
import type { Module } from '../nn/module.js';
import type { Callback } from './callbacks.js';
import type { Stateful } from './checkpoint/checkpoint.js';
import type { EpochMetrics } from './evaluate/metrics.js';
import type { StepTimes } from './parallel/stepper.js';

/** Where an epoch stands, for a progress line. */
export interface StepReport {
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps done of the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly lr: number;
  readonly imagesPerSecond: number;
  /** Seconds until the last epoch ends, at the present speed. */
  readonly eta: number;
}

/** What a run tells on its way, and asks. */
export interface FitHooks {
  /**
   * Everything is checked and on the GPU, nothing is computed yet: from here on files may be written. `state`: the
   * optimizer's and the averages'.
   */
  readonly onStart?: (model: Module, state: Stateful['state']) => Promise<void>;
  readonly onStep?: (report: StepReport) => void;
  /** `scaling`: where the loss scale stands and how many steps of the run it has skipped; null in f32. */
  readonly onEpoch?: (
    history: readonly EpochMetrics[],
    scaling: { readonly scale: number; readonly skipped: number } | null,
  ) => void;
  /** False: every step is recorded anew instead of replayed. The results are the same; default true. */
  readonly capture?: boolean;
  /** Kernels are being compiled, before the first step: so many of so many. */
  readonly onCompile?: (done: number, total: number) => void;
  /** Epochs that are to be done for now; a resumed run goes on from there. Default: all. */
  readonly until?: number;
  /**
   * Training ends after so many seconds: no epoch is begun that would take longer than is left, and one that is under
   * way is saved as by an interruption. What was best until then is the result. Default: no limit.
   */
  readonly maxTime?: number;
  /** Asked before every step; a number (130, 143) ends the run after saving. */
  readonly interrupted?: () => 130 | 143 | null;
  /** Called before and after steps, epochs, measuring and saving; see Callback. */
  readonly callbacks?: readonly Callback[];
}

/** Where checkpoints are written. */
export interface TrainFiles {
  readonly last: string;
  readonly best: string;
}

/** What `train` gives. */
export interface TrainResult {
  readonly history: readonly EpochMetrics[];
  /** Number of the epoch whose checkpoint is `best`. */
  readonly bestEpoch: number;
  /** Median milliseconds of a training step, the first of the run left out; null when there was no step left to do. */
  readonly stepMilliseconds: number | null;
  /** Likewise of processor time, which other programs on the host do not stretch. */
  readonly stepCpuMilliseconds: number | null;
  readonly steps: number;
  /** Patience ran out before the last epoch, or a callback asked for the end. */
  readonly isStoppedEarly: boolean;
  /** The callback of this process that asked for the end. */
  readonly stoppedBy: string | null;
  /** Its time was up before the last epoch: it can be gone on with. */
  readonly isOutOfTime: boolean;
  /** Of ranks that train together: where the time of a step goes. */
  readonly stepTimes: StepTimes | null;
  /**
   * How long the GPU had nothing to do because images were not read yet, and what share of the time of all steps that
   * is; null where all images are on the GPU.
   */
  readonly dataWait: { readonly seconds: number; readonly share: number } | null;
}

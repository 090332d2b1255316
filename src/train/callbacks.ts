/** Code of the user's that training calls: before and after steps, epochs, measuring and saving. */
import type { Device } from '../device/device.js';
import { CallbackError, UsageError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import type { Optimizer } from '../optim/optimizer.js';
import type { EpochMetrics } from './evaluate/metrics.js';
import type { PreparedTraining } from './prepare.js';

/** Where training stands when a callback is called. */
export interface TrainingMoment {
  readonly device: Device;
  /** In training mode; while it is measured and while `best` is saved it holds the averages of `ema` or `swa`. */
  readonly model: Module;
  readonly optimizer: Optimizer;
  /** Counted from 1; 0 before the first. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done of the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Of the epochs that are done. */
  readonly history: readonly EpochMetrics[];
  /**
   * Loss and accuracy over the epoch so far, of this process's images. It waits for the GPU: in every step that costs
   * what capturing steps gains.
   */
  readonly read: () => Promise<{ readonly loss: number; readonly accuracy: number }>;
}

/** What a callback answers: nothing, or that training is to end. It may be awaited: training waits. */
export type CallbackAnswer = void | { readonly stop: boolean } | Promise<void | { readonly stop: boolean }>;

/** A checkpoint that is written. */
export interface SavedFile {
  readonly kind: 'best' | 'last';
  readonly file: string;
}

/**
 * What is called while training goes on; of several each in turn. `{ stop: true }` ends training when the step under
 * way is done: it is saved as it stands and can be gone on with, and `train` returns. An error ends it, too: `train`
 * fails with a CallbackError that has it as its cause, and what was saved before stays. Of ranks that train together
 * each has its own callbacks; only the first one saves, and all stop when one is told to.
 */
export interface Callback {
  /** For messages. Default: its place in the list. */
  readonly name?: string;
  /** Kernels are compiled, nothing is computed yet. */
  onTrainBegin?(at: TrainingMoment): CallbackAnswer;
  /** All epochs are done, or training was stopped; not after an error. */
  onTrainEnd?(at: TrainingMoment): CallbackAnswer;
  onEpochBegin?(at: TrainingMoment): CallbackAnswer;
  /** After measuring and saving. */
  onEpochEnd?(at: TrainingMoment, metrics: EpochMetrics): CallbackAnswer;
  /** The learning rate of the step is set already. */
  onStepBegin?(at: TrainingMoment): CallbackAnswer;
  /** The step's commands are recorded; the GPU may still be computing them. */
  onStepEnd?(at: TrainingMoment): CallbackAnswer;
  /** Before validation, where there is one. */
  onEvaluateBegin?(at: TrainingMoment): CallbackAnswer;
  onEvaluateEnd?(at: TrainingMoment, measured: { readonly loss: number; readonly accuracy: number }): CallbackAnswer;
  onSaveBegin?(at: TrainingMoment, saved: SavedFile): CallbackAnswer;
  onSaveEnd?(at: TrainingMoment, saved: SavedFile): CallbackAnswer;
}

type Event = Exclude<keyof Callback, 'name'>;
/** What an event tells beside the moment. */
type Told<E extends Event> = Parameters<Required<Callback>[E]> extends [TrainingMoment, ...infer More] ? More : never;
/** `epoch` counted from 1, steps done of it, epochs done. */
export type Place = Pick<TrainingMoment, 'epoch' | 'step' | 'history'>;

/** One that is left out, or is too many, is a compile error. */
const EVENTS: Readonly<Record<Event, true>> = {
  onTrainBegin: true,
  onTrainEnd: true,
  onEpochBegin: true,
  onEpochEnd: true,
  onStepBegin: true,
  onStepEnd: true,
  onEvaluateBegin: true,
  onEvaluateEnd: true,
  onSaveBegin: true,
  onSaveEnd: true,
};

/** Names of all that an object has, those of its class too. */
function namesOf(object: object): string[] {
  const above = Object.getPrototypeOf(object) as object | null;
  return [
    ...Object.getOwnPropertyNames(object),
    ...(above === null || above === Object.prototype ? [] : namesOf(above)),
  ];
}

/** The callbacks of a run. */
export class Callbacks {
  /** The one that asked for the end of training. */
  stoppedBy: string | null = null;
  readonly #list: readonly Callback[];
  readonly #fixed: Pick<TrainingMoment, 'device' | 'model' | 'optimizer' | 'epochs' | 'steps' | 'read'>;

  /** @throws UsageError for an event that there is not. */
  constructor(list: readonly Callback[], run: Pick<PreparedTraining, 'device' | 'step' | 'fit'>) {
    list.forEach((callback, i) => {
      const wrong = namesOf(callback).find((name) => /^on[A-Z]/.test(name) && !(name in EVENTS));
      if (wrong !== undefined)
        throw new UsageError(`callback ${callback.name ?? i + 1}: nothing calls ${wrong}`, {
          fix: `it may have ${Object.keys(EVENTS).join(', ')}`,
        });
    });
    this.#list = list;
    const { model, optimizer, shares, totals } = run.step;
    const read = async (): Promise<{ loss: number; accuracy: number }> => {
      const [loss, right, images] = await totals.read();
      return { loss: loss / images, accuracy: right / images };
    };
    this.#fixed = { device: run.device, model, optimizer, epochs: run.fit.epochs, steps: shares.steps, read };
  }

  /** 0 when one has asked for the end: the third way to end beside the signals, without an error. */
  get signal(): 0 | null {
    return this.stoppedBy === null ? null : 0;
  }

  /** Whether any callback wants an event: of steps nothing else is done where none does. */
  want(event: Event): boolean {
    return this.#list.some((callback) => callback[event] !== undefined);
  }

  /** Calls all that want an event, one after the other. @throws CallbackError */
  async call<E extends Event>(event: E, place: Place, ...told: Told<E>): Promise<void> {
    if (!this.want(event)) return;
    const at: TrainingMoment = { ...this.#fixed, ...place };
    for (const [i, callback] of this.#list.entries()) {
      const name = callback.name ?? String(i + 1);
      try {
        const own = callback[event] as ((at: TrainingMoment, ...told: Told<E>) => CallbackAnswer) | undefined;
        const answer = await own?.call(callback, at, ...told);
        if (answer?.stop === true) this.stoppedBy ??= name;
      } catch (cause) {
        const where = `epoch ${at.epoch}, ${at.step} of ${at.steps} steps done`;
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new CallbackError(`callback ${name} failed in ${event} (${where}): ${why}`, { cause });
      }
    }
  }
}

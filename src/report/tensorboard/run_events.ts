/** What of a training run is written for TensorBoard, and when. */
import type { StepReport } from '../../train/fit_hooks.js';
import type { EpochMetrics } from '../../train/evaluate/metrics.js';
import { EventLog, settingsText, type Entry } from './event_log.js';

/** Where a run goes on from. */
interface Begun {
  readonly epoch: number;
  readonly step: number;
}

export class RunEvents {
  readonly #file: string;
  readonly #settings: object;
  readonly #begun: Begun | null;
  #log: EventLog | null = null;
  /** Of an epoch, once that is known. */
  #steps = 0;
  /** The last report of this epoch. */
  #before = { epoch: 0, step: 0, loss: 0, accuracy: 0 };

  /** @param begun null for a new run. */
  constructor(file: string, settings: object, begun: Begun | null) {
    this.#file = file;
    this.#settings = settings;
    this.#begun = begun;
  }

  /** About four times a second: what the steps since the last time came to, and the rate. */
  step(report: StepReport): void {
    this.#steps = report.steps;
    const log = (this.#log ??= this.#open());
    const before = this.#before.epoch === report.epoch ? this.#before : { step: 0, loss: 0, accuracy: 0 };
    const steps = report.step - before.step;
    // means of the steps since then: those of the epoch so far, less what they were before
    const since = (name: 'loss' | 'accuracy'): number =>
      (report[name] * report.step - before[name] * before.step) / steps;
    log.add(this.#at(report.epoch - 1, report.step), [
      { tag: 'steps/loss', scalar: since('loss') },
      { tag: 'steps/accuracy', scalar: since('accuracy') },
      { tag: 'steps/learning_rate', scalar: report.lr },
      { tag: 'steps/images_per_second', scalar: report.imagesPerSecond },
    ]);
    this.#before = report;
  }

  epoch(m: EpochMetrics): void {
    if (this.#log === null) return;
    const validation = (tag: string, value: number | null): Entry[] => (value === null ? [] : [{ tag, scalar: value }]);
    this.#log.add(this.#at(m.epoch, 0), [
      { tag: 'loss/train', scalar: m.trainLoss },
      { tag: 'accuracy/train', scalar: m.trainAccuracy },
      ...validation('loss/validation', m.valLoss),
      ...validation('accuracy/validation', m.valAccuracy),
      { tag: 'learning_rate', scalar: m.lr },
    ]);
  }

  /** Pictures of the end. @param epochs done. */
  end(epochs: number, pictures: readonly (readonly [tag: string, png: Uint8Array])[]): void {
    this.#log?.add(
      this.#at(epochs, 0),
      pictures.map(([tag, png]) => ({ tag, png })),
    );
  }

  /** @throws OutputError when the file could not be written. */
  async written(): Promise<void> {
    await this.#log?.written();
  }

  #at(epochs: number, step: number): number {
    return epochs * this.#steps + step;
  }

  #open(): EventLog {
    const from = this.#begun === null ? 0 : this.#at(this.#begun.epoch, this.#begun.step);
    const log = new EventLog(this.#file, from);
    if (from === 0) log.add(0, [{ tag: 'settings', text: settingsText(this.#settings) }]);
    return log;
  }
}

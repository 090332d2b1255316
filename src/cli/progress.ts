/** The training's progress: one line that renews itself on a terminal, plain lines elsewhere. */
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import type { StepReport } from '../train/fit_hooks.js';
import { columnsOf } from '../text/width.js';
import { duration, hasLiveLine, percent, say, showLive, terminalColumns } from './output.js';

/** Without a terminal a line is written at most this often. */
const PLAIN_SECONDS = 10;

/** 0.001 as it is, 0.00123456 as 0.00123. */
function rate(lr: number): string {
  return String(Number(lr.toPrecision(3)));
}

/** A line of progress. */
export class LiveLine {
  #lastPlain = 0;
  #isOpen = false;

  /**
   * Before the first step. On a software adapter the driver compiles once more when a kernel first runs: some seconds.
   */
  compile(done: number, total: number): void {
    const line = done < total ? `compiling kernels ${done}/${total}` : `compiled ${total} kernels, first step …`;
    if (hasLiveLine()) this.#write(line);
    else if (done === total) say(line);
  }

  /** @param shorter for a narrow terminal. */
  show(line: string, shorter = line): void {
    if (hasLiveLine()) this.#write(columnsOf(line) < terminalColumns() ? line : shorter);
    else if (performance.now() - this.#lastPlain > PLAIN_SECONDS * 1000) {
      this.#lastPlain = performance.now();
      say(line);
    }
  }

  /** Leaves the line, so that what follows starts on a fresh one. */
  end(): void {
    if (this.#isOpen) showLive('');
    this.#isOpen = false;
  }

  #write(line: string): void {
    showLive(line);
    this.#isOpen = true;
  }
}

/** The progress of a classifier's training. */
export class ProgressLine extends LiveLine {
  readonly #epochs: number;

  constructor(epochs: number) {
    super();
    this.#epochs = epochs;
  }

  step(r: StepReport): void {
    const line =
      `epoch ${r.epoch}/${this.#epochs}  step ${r.step}/${r.steps}  loss ${r.loss.toFixed(4)}  accuracy ` +
      `${percent(r.accuracy)}  ` +
      `lr ${rate(r.lr)}  ${Math.round(r.imagesPerSecond)} images/s  ETA ${duration(r.eta)}`;
    this.show(line, line.replace(' step', '').replace('accuracy', 'acc').replace('images/s', 'img/s'));
  }

  epoch(m: EpochMetrics): void {
    this.end();
    const validation =
      m.valLoss === null ? '' : `  validation loss ${m.valLoss.toFixed(4)} accuracy ${percent(m.valAccuracy ?? 0)}`;
    say(
      `epoch ${m.epoch}/${this.#epochs}  train loss ${m.trainLoss.toFixed(4)} accuracy ` +
        `${percent(m.trainAccuracy)}${validation}  lr ${rate(m.lr)}  ${m.seconds.toFixed(1)} s`,
    );
  }
}

/** What several models trained with one recipe come to: figures over the seeds. */
import type { TrainConfig } from '../../train/config.js';
import { toCsv } from '../csv.js';
import type { EpochMetrics } from '../../train/evaluate/metrics.js';
import type { RunSummary } from '../run_summary.js';

/** One model trained from one seed. */
export interface Cell {
  readonly label: string;
  readonly config: TrainConfig;
  /** Of its run folder: label, seed, and a digest of the configuration. */
  readonly name: string;
  /** Its run folder. */
  readonly run: string;
}

export interface FinishedCell extends Cell {
  readonly summary: RunSummary;
  readonly history: readonly EpochMetrics[];
}

/** Mean and sample standard deviation; of one value the deviation is null. */
export interface Spread {
  readonly mean: number;
  readonly sd: number | null;
}

export interface ComparedEntry {
  readonly label: string;
  readonly model: string;
  readonly seeds: readonly number[];
  readonly parameters: number;
  /** Share of right answers of the best epoch, on `split`. */
  readonly accuracy: Spread;
  readonly split: string;
  /** In the last epoch; the training accuracy is measured while the weights move. Errors are 1 minus these. */
  readonly trainAccuracy: Spread;
  readonly valAccuracy: Spread | null;
  readonly trainLoss: Spread;
  readonly valLoss: Spread | null;
  /** Mean over the seeds of the lowest validation loss, and of its epoch. */
  readonly lowestValLoss: { readonly loss: number; readonly epoch: number } | null;
  readonly stepMilliseconds: number | null;
  readonly epochsToBest: number;
  readonly perClass: readonly { readonly class: string; readonly recall: number | null }[];
  /** Means over the seeds, of epochs that all of them have. */
  readonly curves: readonly EpochMetrics[];
  /** Seeds whose loss was no longer a number. */
  readonly diverged: readonly number[];
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return {
    mean,
    sd: values.length < 2 ? null : Math.sqrt(values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1)),
  };
}

/** Of the values that there are; null of none. */
export function spreadKnown(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((v) => v !== null);
  return known.length === 0 ? null : spread(known);
}

function meanOf(values: readonly (number | null)[]): number | null {
  return spreadKnown(values)?.mean ?? null;
}

function spreadOf(values: readonly (number | null)[]): Spread | null {
  return values.some((v) => v === null) ? null : spread(values as number[]);
}

/** The figures of one entry from its cells, one per seed; at least one. */
export function compareEntry(cells: readonly FinishedCell[], diverged: readonly number[] = []): ComparedEntry {
  const [{ label, config, summary }] = cells;
  const last = cells.map((c) => c.history[c.history.length - 1]);
  const lowest = cells.map((c) =>
    c.history.reduce((a, b) => ((b.valLoss ?? Infinity) < (a.valLoss ?? Infinity) ? b : a)),
  );
  const lowestLoss = meanOf(lowest.map((m) => m.valLoss));
  const epochs = Math.min(...cells.map((c) => c.history.length));
  return {
    label,
    model: config.model,
    seeds: cells.map((c) => c.config.seed),
    parameters: summary.parameters,
    accuracy: spread(cells.map((c) => c.summary.accuracy)),
    split: summary.split,
    trainAccuracy: spread(last.map((m) => m.trainAccuracy)),
    valAccuracy: spreadOf(last.map((m) => m.valAccuracy)),
    trainLoss: spread(last.map((m) => m.trainLoss)),
    valLoss: spreadOf(last.map((m) => m.valLoss)),
    lowestValLoss: lowestLoss === null ? null : { loss: lowestLoss, epoch: spread(lowest.map((m) => m.epoch)).mean },
    stepMilliseconds: meanOf(cells.map((c) => c.summary.stepMilliseconds)),
    epochsToBest: spread(cells.map((c) => c.summary.bestEpoch)).mean,
    perClass: summary.perClass.map((p) => ({
      class: p.class,
      recall: meanOf(cells.flatMap((c) => c.summary.perClass.filter((q) => q.class === p.class).map((q) => q.recall))),
    })),
    curves: Array.from({ length: epochs }, (_, e) => {
      const at = cells.map((c) => c.history[e]);
      const mean = (of: (m: EpochMetrics) => number): number => spread(at.map(of)).mean;
      return {
        epoch: e + 1,
        trainLoss: mean((m) => m.trainLoss),
        trainAccuracy: mean((m) => m.trainAccuracy),
        valLoss: meanOf(at.map((m) => m.valLoss)),
        valAccuracy: meanOf(at.map((m) => m.valAccuracy)),
        lr: mean((m) => m.lr),
        seconds: mean((m) => m.seconds),
      };
    }),
    diverged,
  };
}

/** What the validation columns are of: see `validateOnTest`. */
export function validationName(cells: readonly Cell[]): string {
  return cells.some((c) => c.config.validateOnTest === true) ? 'test' : 'validation';
}

/** One line per cell. */
export function cellsCsv(cells: readonly FinishedCell[]): string {
  return toCsv(
    [
      'label',
      'model',
      'seed',
      'split',
      'accuracy',
      'loss',
      'parameters',
      'ms_per_step',
      'best_epoch',
      'epochs',
      'seconds',
      'run',
    ],
    cells.map((c) => [
      c.label,
      c.config.model,
      c.config.seed,
      c.summary.split,
      c.summary.accuracy,
      c.summary.loss,
      c.summary.parameters,
      c.summary.stepMilliseconds,
      c.summary.bestEpoch,
      c.summary.epochs,
      c.summary.seconds,
      c.run,
    ]),
  );
}

/** One line per cell and epoch. */
export function curvesCsv(cells: readonly FinishedCell[]): string {
  return toCsv(
    ['label', 'seed', 'epoch', 'train_loss', 'train_accuracy', 'val_loss', 'val_accuracy', 'lr'],
    cells.flatMap((c) =>
      c.history.map((m) => [
        c.label,
        c.config.seed,
        m.epoch,
        m.trainLoss,
        m.trainAccuracy,
        m.valLoss,
        m.valAccuracy,
        m.lr,
      ]),
    ),
  );
}

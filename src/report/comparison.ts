/** What several models trained with one recipe come to: figures over the seeds, and the tables of the report. */
import { forMarkdown, markdownCode } from '../text/markdown.js';
import type { TrainConfig } from '../train/config.js';
import { toCsv } from './csv.js';
import type { EpochMetrics } from '../train/metrics.js';
import type { RunSummary } from './run_folder.js';

/** One model trained from one seed. */
export interface Cell {
  readonly label: string;
  readonly config: TrainConfig;
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

const share = (s: Spread | null): string =>
  s === null ? '-' : `${(100 * s.mean).toFixed(2)}${s.sd === null ? '' : ` ± ${(100 * s.sd).toFixed(2)}`}`;
const loss = (s: Spread | null): string =>
  s === null ? '-' : `${s.mean.toFixed(3)}${s.sd === null ? '' : ` ± ${s.sd.toFixed(3)}`}`;
const oneDigit = (v: number | null): string => (v === null ? '-' : Number.isInteger(v) ? String(v) : v.toFixed(1));

export interface Table {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the validation columns are of: see `validateOnTest`. */
export function watchedName(cells: readonly Cell[]): string {
  return cells.some((c) => c.config.validateOnTest === true) ? 'test' : 'validation';
}

/** Accuracies in per cent, each with the images that it is of where they are not the same for all. */
export function mainTable(entries: readonly ComparedEntry[]): Table {
  const splits = [...new Set(entries.map((e) => e.split))];
  const isOne = splits.length === 1;
  return {
    headers: ['model', `${isOne ? `${splits[0]} ` : ''}accuracy, %`, 'parameters', 'ms/step', 'epochs to best'],
    rows: entries.map((e) => [
      e.label,
      `${share(e.accuracy)}${isOne ? '' : ` ${e.split}`}${e.diverged.length > 0 ? ` (${e.diverged.length} diverged)` : ''}`,
      e.parameters.toLocaleString('en-US'),
      oneDigit(e.stepMilliseconds),
      oneDigit(e.epochsToBest),
    ]),
  };
}

/** Errors (in per cent) and losses of the last epoch, where a network that is too deep or overfits shows. */
export function lastEpochTable(entries: readonly ComparedEntry[], watched: string): Table {
  const error = (s: Spread | null): string => share(s === null ? null : { mean: 1 - s.mean, sd: s.sd });
  return {
    headers: [
      'model',
      'training error, %',
      `${watched} error, %`,
      'training loss',
      `${watched} loss`,
      'lowest',
      'at epoch',
    ],
    rows: entries.map((e) => [
      e.label,
      error(e.trainAccuracy),
      error(e.valAccuracy),
      loss(e.trainLoss),
      loss(e.valLoss),
      e.lowestValLoss?.loss.toFixed(3) ?? '-',
      oneDigit(e.lowestValLoss?.epoch ?? null),
    ]),
  };
}

/**
 * Share of each class's images that were recognised, in per cent; entries with data of their own may have other
 * classes.
 */
export function perClassTable(entries: readonly ComparedEntry[]): Table {
  const recalls = entries.map((e) => new Map(e.perClass.map((c) => [c.class, c.recall])));
  const classes = [...new Set(recalls.flatMap((r) => [...r.keys()]))];
  const percent = (recall: number | null | undefined): string =>
    recall === undefined || recall === null ? '-' : (100 * recall).toFixed(1);
  return {
    headers: ['class', ...entries.map((e) => e.label)],
    rows: classes.map((name) => [name, ...recalls.map((r) => percent(r.get(name)))]),
  };
}

/** A table in markdown, numbers to the right. */
export function markdownTable({ headers, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(forMarkdown).join(' | ')} |`;
  return [line(headers), line(headers.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export interface ReportContext {
  readonly title: string;
  readonly command: string;
  readonly adapter: string;
  readonly cells: readonly Cell[];
  readonly diverged: readonly Cell[];
}

/** The report, next to curves.png. */
export function markdownReport(
  entries: readonly ComparedEntry[],
  { title, command, adapter, cells, diverged }: ReportContext,
): string {
  const watched = watchedName(cells);
  const seeds = [...new Set(cells.map((c) => c.config.seed))];
  const configs = cells.map((c) => c.config);
  const same = Object.entries(configs[0] ?? {}).filter(
    ([key, v]) =>
      key !== 'model' &&
      key !== 'seed' &&
      configs.every((c) => JSON.stringify(c[key as keyof TrainConfig]) === JSON.stringify(v)),
  );
  const words = (pairs: readonly (readonly [string, unknown])[]): string =>
    pairs.map(([k, v]) => `${k} ${typeof v === 'object' ? JSON.stringify(v) : String(v)}`).join(', ');
  const shared = same.map(([key]) => key);
  const own = [
    ...new Map(
      cells.map((c) => [
        c.label,
        words(Object.entries(c.config).filter(([key]) => !shared.includes(key) && key !== 'seed')),
      ]),
    ),
  ];
  return (
    [
      `# ${forMarkdown(title)}`,
      markdownCode(command),
      `Seeds ${seeds.join(', ')}; ${forMarkdown(adapter)}. ` +
        `${seeds.length > 1 ? 'Figures are means over the seeds ± sample standard deviation.' : 'One seed: differences of a few tenths of a per cent mean nothing.'}`,
      `Recipe: ${forMarkdown(words(same))}.`,
      own.map(([label, text]) => `* ${forMarkdown(label)}: ${forMarkdown(text)}`).join('\n'),
      '## Accuracy',
      `Of the epoch with the best ${watched} ` +
        `accuracy.${watched === 'test' ? ' That epoch was chosen on the test images themselves: the last epoch, below, is the fair figure.' : ''}`,
      markdownTable(mainTable(entries)),
      ...(diverged.length === 0
        ? []
        : [
            `Diverged (the loss was no longer a number): ` +
              `${diverged.map((c) => `${forMarkdown(c.label)} seed ${c.config.seed}`).join(', ')}.`,
          ]),
      '## Last epoch',
      'The training error is measured while the weights move, with dropout and augmentation where a model has them.',
      markdownTable(lastEpochTable(entries, watched)),
      '![curves](curves.png)',
      '## Accuracy per class, %',
      markdownTable(perClassTable(entries)),
    ].join('\n\n') + '\n'
  );
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

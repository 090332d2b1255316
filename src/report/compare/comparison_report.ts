/** The tables of a comparison, and the report that holds them. */
import { forMarkdown, markdownCode } from '../../text/markdown.js';
import { markdownTable, type Table } from '../table.js';
import { validationName, type Cell, type ComparedEntry, type Spread } from './comparison.js';

const share = (s: Spread | null): string =>
  s === null ? '-' : `${(100 * s.mean).toFixed(2)}${s.sd === null ? '' : ` ± ${(100 * s.sd).toFixed(2)}`}`;
const loss = (s: Spread | null): string =>
  s === null ? '-' : `${s.mean.toFixed(3)}${s.sd === null ? '' : ` ± ${s.sd.toFixed(3)}`}`;
const oneDigit = (v: number | null): string => (v === null ? '-' : Number.isInteger(v) ? String(v) : v.toFixed(1));

/** Accuracies in per cent, each with the images that it is of where they are not the same for all. */
export function mainTable(entries: readonly ComparedEntry[]): Table {
  const splits = [...new Set(entries.map((e) => e.split))];
  const isOne = splits.length === 1;
  return {
    headers: ['model', `${isOne ? `${splits[0]} ` : ''}accuracy, %`, 'parameters', 'ms/step', 'epochs to best'],
    rows: entries.map((e) => [
      e.label,
      [
        share(e.accuracy),
        ...(isOne ? [] : [e.split]),
        ...(e.diverged.length > 0 ? [`(${e.diverged.length} diverged)`] : []),
      ].join(' '),
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
  const watched = validationName(cells);
  const seeds = [...new Set(cells.map((c) => c.config.seed))];
  const configs = cells.map((c) => new Map<string, unknown>(Object.entries(c.config)));
  const same = [...(configs[0] ?? [])].filter(
    ([key, v]) =>
      key !== 'model' && key !== 'seed' && configs.every((c) => JSON.stringify(c.get(key)) === JSON.stringify(v)),
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
        (seeds.length > 1
          ? 'Figures are means over the seeds ± sample standard deviation.'
          : 'One seed: differences of a few tenths of a per cent mean nothing.'),
      `Recipe: ${forMarkdown(words(same))}.`,
      own.map(([label, text]) => `* ${forMarkdown(label)}: ${forMarkdown(text)}`).join('\n'),
      '## Accuracy',
      `Of the epoch with the best ${watched} accuracy.` +
        (watched === 'test'
          ? ' That epoch was chosen on the test images themselves: the last epoch, below, is the fair figure.'
          : ''),
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

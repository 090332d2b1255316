/** Runs that are over, side by side: what their settings differ in, how good they are, and whether that is chance. */
import { fileInfo, joinPath, readBytes } from '#platform';
import { ModelError } from '../../device/errors.js';
import type { Table } from '../table.js';
import { parsePredictions, type Prediction } from '../predictions.js';
import { readSummary, RunFolder } from '../run_folder.js';
import type { FinishedCell } from '../compare/comparison.js';
import { mcNemar, type McNemar } from './mcnemar.js';

export interface FinishedRun extends FinishedCell {
  /** null: of an earlier version. */
  readonly predictions: readonly Prediction[] | null;
}

/** @throws ModelError when a folder holds no run that is over. */
export async function readFinishedRun(path: string): Promise<FinishedRun> {
  const folder = new RunFolder(path);
  if ((await fileInfo(folder.file('summary.json'))) === null)
    throw new ModelError(`${path}: holds no run that is over (summary.json is missing)`, {
      fix: 'give folders of finished runs',
    });
  const summary = await readSummary(folder);
  const { header } = await folder.readLast();
  const file = folder.file('predictions.csv');
  const text = (await fileInfo(file)) === null ? null : new TextDecoder().decode(await readBytes(file));
  const label = path.replace(/[\\/]+$/, '');
  const { config, progress } = header;
  const predictions = text === null ? null : parsePredictions(text, file);
  return { label, name: label, run: path, config, summary, history: progress.history, predictions };
}

/** Settings that are not the same in all runs. */
export function differences(runs: readonly FinishedRun[]): Table {
  const word = (config: object, key: string): string => {
    const value = (config as Readonly<Record<string, unknown>>)[key];
    return value === undefined || value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  };
  const keys = [...new Set(runs.flatMap((r) => Object.keys(r.config)))];
  const rows = keys.map((key) => [key, ...runs.map((r) => word(r.config, key))]);
  return {
    headers: ['setting', ...runs.map((r) => r.label)],
    rows: rows.filter(([, ...values]) => new Set(values).size > 1),
  };
}

export interface ComparedPair {
  readonly first: string;
  readonly second: string;
  /** null: they were not evaluated on the same images. */
  readonly mcNemar: McNemar | null;
}

/** The same images: by their digests, or as files of the same names and classes. */
function isSame(a: FinishedRun, b: FinishedRun): boolean {
  if (a.predictions === null || b.predictions === null || a.predictions.length !== b.predictions.length) return false;
  const part = a.summary.split === 'test' ? 'test images and labels' : 'training images and labels';
  const [ours, theirs] = [a.summary.digests?.[part], b.summary.digests?.[part]];
  const isByDigest = a.summary.split === b.summary.split && ours !== undefined && ours === theirs;
  const other = b.predictions;
  return a.predictions.every(
    (p, i) =>
      p.truth === other[i].truth &&
      p.file === other[i].file &&
      (isByDigest ? p.index === other[i].index : p.file !== ''),
  );
}

/** Each run with each that comes after it. */
export function comparedPairs(runs: readonly FinishedRun[]): ComparedPair[] {
  return runs.flatMap((a, i) =>
    runs.slice(i + 1).map((b) => ({
      first: a.label,
      second: b.label,
      mcNemar: isSame(a, b)
        ? mcNemar(
            (a.predictions ?? []).map((p) => p.isRight),
            (b.predictions ?? []).map((p) => p.isRight),
          )
        : null,
    })),
  );
}

export function pairTable(pairs: readonly ComparedPair[]): Table {
  return {
    headers: ['pair', 'only the first right', 'only the second right', 'p (McNemar)'],
    rows: pairs.map(({ first, second, mcNemar: m }) =>
      m === null
        ? [`${first}, ${second}`, '-', '-', 'not of the same images']
        : [`${first}, ${second}`, String(m.onlyFirst), String(m.onlySecond), `${m.p.toPrecision(3)} (${m.method})`],
    ),
  };
}

/** Whether a word names a folder that a run was begun in. */
export async function isRunFolder(path: string): Promise<boolean> {
  return (await fileInfo(joinPath(path, 'config.json'))) !== null;
}

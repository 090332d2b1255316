/** The folder of a training run: what is in it and how it is written. Every file is written whole or not at all. */
import { fileInfo, joinPath, listDirectory, makeDirectory, removeFile, writeFileAtomic } from '#platform';
import { UsageError } from '../device/errors.js';
import { forJson } from '../text/visible.js';
import { confusionChart, curvesChart } from './charts.js';
import type { TrainConfig } from './config.js';
import { confusionCsv, historyCsv } from './csv.js';
import { normalizeRows, type ClassReport, type ConfusedPair, type Confusion, type EpochMetrics } from './metrics.js';

/** How many images each part has. */
export interface UsedImages {
  readonly training: number;
  /** Held back: the best epoch is chosen by them. */
  readonly validation: number;
  readonly test: number;
}

/** What the end of a run leaves in summary.json. */
export interface RunSummary {
  readonly model: string;
  /** Number of trainable numbers. */
  readonly parameters: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Which images the figures below are of: `test`; `validation` where the data has no test part; `training` where nothing is held back. */
  readonly split: string;
  readonly accuracy: number;
  /** Of more than 10 classes; see EvaluationReport. */
  readonly top5?: number;
  readonly top10?: number;
  readonly loss: number;
  readonly count: number;
  readonly perClass: ClassReport['classes'];
  readonly mostConfused: readonly ConfusedPair[];
  /** null when a resumed run had no step left to do. */
  readonly stepMilliseconds: number | null;
  readonly seconds: number;
  /** Runs of earlier versions have neither of these. */
  readonly images?: UsedImages;
  /** Why the figures may be better, or say less, than they look. */
  readonly warnings?: readonly string[];
}

const RUN_FILES = [
  'config.json',
  'environment.json',
  'metrics.csv',
  'best.safetensors',
  'last.safetensors',
  'curves.png',
  'confusion_matrix.png',
  'confusion_matrix.csv',
  'confusion_matrix_shares.png',
  'confusion_matrix_shares.csv',
  'summary.json',
] as const;
export type RunFile = (typeof RUN_FILES)[number];

export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: RunFile): string {
    return joinPath(this.path, name);
  }

  /** @throws UsageError when the folder holds a run already and `force` is not given, or anything that is no run. Changes nothing. */
  check(force: boolean): Promise<void> {
    return checkRunFolder(this.path, 'config.json', force, 'choose another --out, go on with --resume, or replace it with --force');
  }

  /** Makes the folder, empties it of an earlier run, and writes what the new run is. */
  async start(config: TrainConfig, environment: object): Promise<void> {
    await makeDirectory(this.path);
    for (const name of RUN_FILES) if ((await fileInfo(this.file(name))) !== null) await removeFile(this.file(name));
    writeFileAtomic(this.file('environment.json'), `${JSON.stringify(environment, null, 2)}\n`);
    this.writeConfig(config);
  }

  writeConfig(config: TrainConfig): void {
    writeFileAtomic(this.file('config.json'), `${JSON.stringify(config, null, 2)}\n`);
  }

  writeHistory(history: readonly EpochMetrics[]): void {
    writeFileAtomic(this.file('metrics.csv'), historyCsv(history));
  }

  /** @param confusion null: there are too many classes for one. */
  async writeEnd(history: readonly EpochMetrics[], confusion: Confusion | null, classes: readonly string[], summary: RunSummary): Promise<void> {
    writeFileAtomic(this.file('curves.png'), await curvesChart(history, `${summary.model}: loss and accuracy`));
    const title = `${summary.model}: ${summary.split} accuracy ${(100 * summary.accuracy).toFixed(2)} %`;
    if (confusion !== null) await writeConfusion(this.path, confusion, classes, title);
    writeFileAtomic(this.file('summary.json'), `${forJson(summary, 2)}\n`);
  }
}

/**
 * @param marker the file that says that a folder holds a run of this kind. @param fix what to do when it does. @param what it holds then.
 * @throws UsageError when it does and `force` is not given, or when the folder holds anything else. Changes nothing.
 */
export async function checkRunFolder(path: string, marker: string, force: boolean, fix: string, what = 'a run'): Promise<void> {
  const info = await fileInfo(path);
  if (info !== null && !info.isDirectory) throw new UsageError(`--out ${path} is a file`, { fix: 'name a folder' });
  const inside = info === null ? [] : await listDirectory(path);
  if (inside.includes(marker) && !force) throw new UsageError(`${path} holds ${what} already`, { fix });
  if (inside.length > 0 && !inside.includes(marker)) throw new UsageError(`${path} is not empty and holds no ${what.replace(/^an? /, '')}`, { fix: 'choose another --out' });
}

/** The confusion matrix as counts and as shares of the rows, each as a picture and as a table. */
export async function writeConfusion(folder: string, confusion: Confusion, classes: readonly string[], title: string): Promise<void> {
  writeFileAtomic(joinPath(folder, 'confusion_matrix.png'), await confusionChart(confusion, classes, title));
  writeFileAtomic(joinPath(folder, 'confusion_matrix.csv'), confusionCsv(confusion, classes));
  writeFileAtomic(joinPath(folder, 'confusion_matrix_shares.png'), await confusionChart(confusion, classes, title, true));
  writeFileAtomic(joinPath(folder, 'confusion_matrix_shares.csv'), confusionCsv(normalizeRows(confusion), classes));
}

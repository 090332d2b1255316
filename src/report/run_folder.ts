/** The folder of a training run: what is in it and how it is written. Every file is written whole or not at all. */
import { fileInfo, joinPath, listDirectory, readBytes, removeFile, requireRoom, writeFileAtomic } from '#platform';
import { isLeftover } from '../device/files/outputs.js';
import { ModelError, UsageError } from '../device/errors.js';
import {
  absent,
  absentOr,
  count,
  fields,
  isObject,
  list,
  number,
  optional,
  parseChecked,
  text,
  type Checks,
} from '../device/files/json_checks.js';
import { forJson } from '../text/visible.js';
import { confusionChart, curvesChart } from './charts.js';
import { readCheckpoint, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../train/config.js';
import { confusionCsv, historyCsv } from './csv.js';
import { RUN_FILES, type RunFile, type RunSummary } from './run_summary.js';
import { normalizeRows, type Confusion, type EpochMetrics } from '../train/evaluate/metrics.js';
import { worded, type Text } from '../text/wording.js';

const SUMMARY: Checks = {
  model: text,
  parameters: count,
  epochs: count,
  bestEpoch: count,
  split: text,
  accuracy: optional(number),
  top5: absentOr(number),
  top10: absentOr(number),
  loss: optional(number),
  count,
  perClass: list(
    fields({
      class: text,
      support: count,
      precision: optional(number),
      recall: optional(number),
      f1: optional(number),
    }),
  ),
  mostConfused: list(isObject),
  calibration: absent(isObject),
  'calibration.temperature': absentOr(number),
  stepMilliseconds: optional(number),
  seconds: number,
};

/** What the end of a run has left. @throws ModelError when it is damaged, or a field is not what it must be. */
export async function readSummary(folder: RunFolder): Promise<RunSummary> {
  const file = folder.file('summary.json');
  return parseChecked<RunSummary>(new TextDecoder().decode(await readBytes(file)), file, {
    checks: SUMMARY,
    fix: `remove ${folder.path} and repeat the command`,
  });
}

/**
 * The temperature that was fitted at a run's end; null where it has none: nothing was held back, the run is not over,
 * or it is of an earlier version.
 */
export async function temperatureOfRun(folder: RunFolder): Promise<{ temperature: number; images: number } | null> {
  if ((await fileInfo(folder.file('summary.json'))) === null) return null;
  const { calibration } = await readSummary(folder);
  const temperature = calibration?.temperature ?? null;
  return temperature === null ? null : { temperature, images: calibration?.fittedOn ?? 0 };
}

export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(name: RunFile): string {
    return joinPath(this.path, name);
  }

  /** The checkpoint to go on from. @throws ModelError when the run has left none, or it is damaged. */
  async readLast(): Promise<Checkpoint> {
    const file = this.file('last.safetensors');
    if ((await fileInfo(file)) !== null) return readCheckpoint(file);
    const hasBegun = (await fileInfo(this.file('config.json'))) !== null;
    throw new ModelError(
      `${file}: there is no such ` +
        `file${hasBegun ? '; the run was stopped before its first checkpoint, so there is nothing to go on from' : ''}`,
      {
        fix: hasBegun
          ? worded`start it again as it was started, with {force}`
          : worded`give the folder of a run that has finished an epoch, or start a new run: {out} takes this folder`,
      },
    );
  }

  /**
   * The checkpoint of the best epoch of the run that has come so far.
   * @throws ModelError when the file is of another run: somebody has put it there meanwhile.
   */
  async readBest(history: readonly EpochMetrics[]): Promise<Checkpoint> {
    const checkpoint = await readCheckpoint(this.file('best.safetensors'));
    if (JSON.stringify(checkpoint.header.progress.history) === JSON.stringify(history)) return checkpoint;
    throw new ModelError(`${checkpoint.file} is not what this run has saved there`, {
      fix: 'see who else writes into the folder; then train again in a folder of its own',
    });
  }

  /**
   * @param parameters of the model. @throws OutputError when the disk has no room for two checkpoints without an
   * optimizer's state, the least that a run needs.
   */
  requireRoomFor(parameters: number): void {
    requireRoom(this.path, 2 * 4 * parameters, 'a run of this model');
  }

  /** A best checkpoint without a last one (the disk was full in between) cannot be gone on with: it is removed. */
  async dropLonelyBest(): Promise<void> {
    if ((await fileInfo(this.file('last.safetensors'))) === null) await removeFile(this.file('best.safetensors'));
  }

  /**
   * @throws UsageError when the folder holds a run already and `force` is not given, or anything that is no run.
   * Changes nothing.
   */
  check(force: boolean): Promise<void> {
    return checkRunFolder(
      this.path,
      { marker: 'config.json', isOwn: (name) => (RUN_FILES as readonly string[]).includes(name), what: 'a run' },
      force,
      worded`choose another {out}, go on with {resume}, or replace it with {force}`,
    );
  }

  /**
   * Empties the folder of an earlier run, and writes what the new run is: config.json says whose the folder is, at
   * every moment.
   */
  async start(config: TrainConfig, environment: object): Promise<void> {
    for (const name of RUN_FILES) if (name !== 'config.json') await removeFile(this.file(name));
    this.writeConfig(config);
    writeFileAtomic(this.file('environment.json'), `${JSON.stringify(environment, null, 2)}\n`);
  }

  writeConfig(config: TrainConfig): void {
    writeFileAtomic(this.file('config.json'), `${JSON.stringify(config, null, 2)}\n`);
  }

  writeHistory(history: readonly EpochMetrics[]): void {
    writeFileAtomic(this.file('metrics.csv'), historyCsv(history));
  }

  /** The pictures that the end of a run has left, by their names without `.png`. */
  async readPictures(): Promise<(readonly [name: string, png: Uint8Array])[]> {
    const found: (readonly [string, Uint8Array])[] = [];
    for (const name of ['curves', 'confusion_matrix', 'reliability'] as const) {
      const file = this.file(`${name}.png`);
      if ((await fileInfo(file)) !== null) found.push([name, await readBytes(file)]);
    }
    return found;
  }

  /** @param confusion null: there are too many classes for one. @param more what else one looks at afterwards. */
  async writeEnd(
    history: readonly EpochMetrics[],
    confusion: Confusion | null,
    classes: readonly string[],
    summary: RunSummary,
    more: readonly (readonly [RunFile, string | Uint8Array])[] = [],
  ): Promise<void> {
    writeFileAtomic(this.file('curves.png'), await curvesChart(history, `${summary.model}: loss and accuracy`));
    const title = `${summary.model}: ${summary.split} accuracy ${(100 * summary.accuracy).toFixed(2)} %`;
    if (confusion !== null) await writeConfusion(this.path, confusion, classes, title);
    for (const [name, content] of more) writeFileAtomic(this.file(name), content);
    // last: it says that the run is over
    writeFileAtomic(this.file('summary.json'), `${forJson(summary, 2)}\n`);
  }
}

/** What a command leaves in a folder of its own. */
export interface FolderKind {
  /** The file that says that a folder holds it. */
  readonly marker: string;
  /** Whether a name in the folder is one that the command gives. */
  readonly isOwn: (name: string) => boolean;
  /** With its article, for messages. */
  readonly what: string;
}

/**
 * What an interrupted write leaves counts as nothing; files of this kind without the marker are a half-made one, which
 * `force` replaces.
 * @param fix what to do when the folder holds one.
 * @throws UsageError when it does and `force` is not given, or when the folder holds anything else. Changes nothing.
 */
export async function checkRunFolder(
  path: string,
  { marker, isOwn, what }: FolderKind,
  force: boolean,
  fix: Text,
): Promise<void> {
  const info = await fileInfo(path);
  if (info !== null && !info.isDirectory)
    throw new UsageError(worded`{out} ${path} is a file`, { fix: 'name a folder' });
  const inside = info === null ? [] : (await listDirectory(path)).filter((name) => !isLeftover(name));
  const foreign = inside.includes(marker) ? undefined : inside.find((name) => !isOwn(name));
  const noun = what.replace(/^an? /, '');
  if (foreign !== undefined)
    throw new UsageError(`${path} is not empty and holds no ${noun} (but ${foreign}, for one)`, {
      fix: worded`choose another {out}`,
    });
  if (inside.length > 0 && !force)
    throw new UsageError(
      inside.includes(marker) ? `${path} holds ${what} already` : `${path} holds half of ${what}: ${marker} is missing`,
      { fix: inside.includes(marker) ? fix : worded`choose another {out}, or replace it with {force}` },
    );
}

/** The confusion matrix as counts and as shares of the rows, each as a picture and as a table. */
export async function writeConfusion(
  folder: string,
  confusion: Confusion,
  classes: readonly string[],
  title: string,
): Promise<void> {
  writeFileAtomic(joinPath(folder, 'confusion_matrix.png'), await confusionChart(confusion, classes, title));
  writeFileAtomic(joinPath(folder, 'confusion_matrix.csv'), confusionCsv(confusion, classes));
  writeFileAtomic(
    joinPath(folder, 'confusion_matrix_shares.png'),
    await confusionChart(confusion, classes, title, true),
  );
  writeFileAtomic(joinPath(folder, 'confusion_matrix_shares.csv'), confusionCsv(normalizeRows(confusion), classes));
}

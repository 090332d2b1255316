/** One cell of the table: a method, a number of images of each minority class, a seed. */
import { joinPath, makeDirectory, writeFileAtomic } from '#platform';
import { InterruptedError, UsageError } from '../device/errors.js';
import { count, fields, list, number, optional, text, type Checks } from '../device/files/json_checks.js';
import { loadJson, saveJson } from '../device/files/sealed_files.js';
import { toCsv } from '../report/csv.js';
import { evaluateCheckpoint, MAX_TABLED_CLASSES } from '../inference/evaluate_checkpoint.js';
import { classReport, confusionMatrix, type Confusion } from '../train/evaluate/metrics.js';
import { writeConfusion } from '../report/run_folder.js';
import type { Cell, StageFolders } from './config.js';
import type { FewShot } from './few_shot.js';
import { trainLatentHead, type HeadResult } from './latent_head.js';
import { imbalanceMeasures, type ImbalanceMeasures } from './measures.js';
import type { HeadMethod } from './methods.js';
import { classifierRows } from './classifier_rows.js';
import { featuresOf, settingOf, trainedNetwork, type ImbalanceRun } from './stages.js';

/** What is kept of a cell: nothing that differs from one run to the next. */
export interface CellResult extends ImbalanceMeasures {
  readonly method: string;
  readonly nF: number;
  readonly seed: number;
  /** Names of the classes that keep few images. */
  readonly minorityClasses: readonly string[];
  /** Of the test images of each class, the share recognised. */
  readonly perClass: readonly { readonly class: string; readonly images: number; readonly accuracy: number | null }[];
  readonly confusion: Confusion;
  readonly bestEpoch: number;
}

const RESULT = 'result.json';
const FORMAT = 'weft-cell';

const CELL: Checks = {
  method: text,
  nF: count,
  seed: count,
  accH: optional(number),
  acc: optional(number),
  majority: optional(number),
  minority: optional(number),
  bestEpoch: count,
  minorityClasses: list(text),
  perClass: list(fields({ class: text, images: count, accuracy: optional(number) })),
  confusion: list(list(count)),
};

/**
 * What would fail only when its cell is reached, hours later, fails here. @throws UsageError or DataError when these
 * data have no such cells.
 */
export function checkCells(run: Pick<ImbalanceRun, 'config' | 'data'>, cells: readonly Cell[]): void {
  const { length } = run.data.test.classes;
  if (length > MAX_TABLED_CLASSES)
    throw new UsageError(`${length} classes are too many to compare class by class`, {
      fix: `use data of at most ${MAX_TABLED_CLASSES}`,
    });
  // all methods have the same images
  for (const cell of cells) if (cell.method === cells[0].method) settingOf(run, cell);
}

/** A cell that was finished before; null when it was not. @throws ModelError when what is there is damaged. */
export async function finishedCell(folders: StageFolders): Promise<CellResult | null> {
  const result = await loadJson<CellResult & { readonly format?: string }>(
    joinPath(folders.cell, RESULT),
    FORMAT,
    CELL,
  );
  if (result === null) return null;
  const { format: _, ...rest } = result;
  return rest;
}

/** Computes a cell from the stages that are there already, and keeps it. */
export async function runCell(run: ImbalanceRun, cell: Cell, folders: StageFolders): Promise<CellResult> {
  const setting = settingOf(run, cell);
  const { classes } = run.data.test;
  const { confusion, bestEpoch } =
    cell.method.kind === 'head'
      ? await headCell(run, cell, cell.method, setting, folders)
      : await networkCell(run, cell, setting, folders);
  const result: CellResult = {
    method: cell.method.name,
    nF: cell.nF,
    seed: cell.seed,
    ...imbalanceMeasures(confusion, setting.isMinority),
    minorityClasses: classes.filter((_, c) => setting.isMinority[c]),
    perClass: classReport(confusion, classes).classes.map((c) => ({
      class: c.class,
      images: c.support,
      accuracy: c.recall,
    })),
    confusion,
    bestEpoch,
  };
  await makeDirectory(folders.cell);
  await writeConfusion(
    folders.cell,
    confusion,
    classes,
    `${cell.method.name}, n_f ${cell.nF}, seed ${cell.seed}: test accuracy ` +
      `${result.acc === null ? '-' : `${(100 * result.acc).toFixed(2)} %`}`,
  );
  saveJson(joinPath(folders.cell, RESULT), FORMAT, result); // last: it vouches for the rest
  return result;
}

interface Outcome {
  readonly confusion: Confusion;
  readonly bestEpoch: number;
}

async function networkCell(run: ImbalanceRun, cell: Cell, setting: FewShot, folders: StageFolders): Promise<Outcome> {
  const checkpoint = await trainedNetwork(run, cell, setting, folders.network);
  const { confusion } = await evaluateCheckpoint(run.device, checkpoint, run.data.test);
  // checkCells has refused more classes than have a table
  return { confusion: confusion as Confusion, bestEpoch: checkpoint.header.progress.epoch };
}

async function headCell(
  run: ImbalanceRun,
  cell: Cell,
  method: HeadMethod,
  setting: FewShot,
  folders: StageFolders,
): Promise<Outcome> {
  const { device, config, hooks, data } = run;
  const features = await featuresOf(run, cell, setting, folders);
  const { sampled, ...rows } = await classifierRows(run, cell, method, features, setting.isMinority, folders.latents);
  const signal = hooks.interrupted?.() ?? null;
  if (signal !== null) throw new InterruptedError('stopped before the classifier', signal);
  hooks.onStage?.('training the classifier on features');
  const result = await trainLatentHead(device, config.head, rows, {
    sampled,
    draws: method.draws,
    seed: cell.seed,
  });
  await makeDirectory(folders.cell);
  writeFileAtomic(joinPath(folders.cell, 'history.csv'), headCsv(result));
  return {
    confusion: confusionMatrix(data.test.labels, result.predictions, data.test.classes.length),
    bestEpoch: result.bestEpoch,
  };
}

function headCsv({ history }: HeadResult): string {
  return toCsv(
    ['epoch', 'train_loss', 'train_accuracy', 'val_loss', 'val_accuracy'],
    history.map((h) => [h.epoch, h.trainLoss, h.trainAccuracy, h.valLoss, h.valAccuracy]),
  );
}

/** What one looks at after a run or an evaluation: report.html and what stands beside it. */
import { fileInfo, packageJson, readBytes } from '#platform';
import type { ImageDataset } from '../data/dataset.js';
import { drawRows } from '../data/pictures/contact_sheet.js';
import { seenImages } from '../data/seen_images.js';
import { selectImages } from '../data/select_images.js';
import type { Device } from '../device/device.js';
import { calibrationOf, temperatureOf, type CalibrationReport } from '../inference/calibrate.js';
import { evaluateEach, type EvaluationReport } from '../inference/evaluate_checkpoint.js';
import type { ImageAnswers } from '../inference/image_answers.js';
import { reliabilityDiagram, PRINT_PAINT } from '../report/html/svg_charts.js';
import { SHEET, type SeenByTraining } from '../report/html/sheets.js';
import { runReport, type Headline } from '../report/html/run_report.js';
import { modelCard } from '../report/model_card.js';
import { predictionsCsv } from '../report/predictions.js';
import { renderPicture } from '../report/render.js';
import type { RunFolder } from '../report/run_folder.js';
import type { RunFile, RunSummary } from '../report/run_summary.js';
import type { Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import { augmentWords, OWN } from '../data/own_words.js';
import { namedAgain } from './own/named_again.js';
import { duration, percent } from './output.js';
import { shellWord } from '../text/shell_word.js';

/** A file of a folder, and what is in it. */
export type Written = readonly [RunFile, string | Uint8Array];

/** What a temperature is fitted on at most: one number needs no more images. */
const MAX_HELD = 8192;

/**
 * How far the answers of an evaluation can be believed. The temperature is fitted on images that were held back, which
 * may be those of the evaluation.
 * @param held indices of `train`.
 */
export async function calibrated(
  device: Device,
  checkpoint: Checkpoint,
  answers: ImageAnswers,
  { train, held, isEvaluated }: { train: ImageDataset; held: Uint32Array; isEvaluated: boolean },
): Promise<CalibrationReport> {
  if (held.length === 0) return calibrationOf(answers, null);
  if (isEvaluated) return calibrationOf(answers, temperatureOf(answers.kept));
  const images = Math.min(held.length, MAX_HELD); // spread over all: they may be in the order of the classes
  const some = Uint32Array.from({ length: images }, (_, i) => held[Math.floor((i * held.length) / images)]);
  const few = selectImages(train, some);
  return calibrationOf(answers, temperatureOf((await evaluateEach(device, checkpoint, few)).answers.kept));
}

/** What a run was made from, by name. */
export function digestsOf({ header: { sources } }: Checkpoint): Record<string, string> {
  if (sources === undefined) return {};
  const { train, test, pretrained, modules = [] } = sources;
  return {
    'training images and labels': train,
    ...(test === null ? {} : { 'test images and labels': test }),
    ...(pretrained === undefined ? {} : { 'weights that it started from': pretrained }),
    ...Object.fromEntries(modules.map((m) => [`${m.kind} ${m.name} (own code)`, m.digest])),
  };
}

/** Some training images of each class as the network is given them. */
export async function seenByTraining(
  device: Device,
  { header }: Checkpoint,
  train: ImageDataset,
  among: Uint32Array,
): Promise<SeenByTraining> {
  const { augment = null, seed } = header.config;
  const rows = drawRows(train, Math.max(1, Math.floor(SHEET / train.classes.length)), seed, among);
  const few = selectImages(train, Uint32Array.from(rows.flat().slice(0, SHEET)));
  if (augment === null || augment === '') return { data: few, augment: null };
  const all = Uint32Array.from({ length: few.count }, (_, i) => i);
  const data = await seenImages(device, few, header.normalization, all, augment, seed);
  const words = augmentWords(augment).map((word) => (word.startsWith(OWN) ? word.slice(OWN.length) : word));
  return { data, augment: words.join(', ') };
}

/** What is known of an evaluation when it is over. */
export interface Evaluated {
  readonly checkpoint: Checkpoint;
  /** Which images it is of: `test`, `validation`, … */
  readonly split: string;
  readonly report: EvaluationReport;
  readonly answers: ImageAnswers;
  /** What it is of, with its labels among the model's classes. */
  readonly data: ImageDataset;
  readonly calibration: CalibrationReport;
  readonly digests: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

function headlines({ split, report, calibration }: Evaluated): Headline[] {
  return [
    {
      name: `${split} accuracy`,
      value: percent(report.accuracy),
      note: `${report.count.toLocaleString('en-US')} images`,
    },
    ...(report.top5 === undefined ? [] : [{ name: 'among the first 5', value: percent(report.top5) }]),
    { name: `${split} loss`, value: report.loss.toFixed(4), note: 'cross-entropy, nats' },
    { name: 'calibration error', value: percent(calibration.ece), note: `ECE, ${calibration.bins} bins` },
  ];
}

function common(e: Evaluated) {
  return {
    warnings: e.warnings,
    report: e.report,
    answers: e.answers,
    data: e.data,
    classes: e.checkpoint.header.classes,
    calibration: e.calibration,
    config: e.checkpoint.header.config,
    digests: e.digests,
    version: packageJson().version,
  };
}

/** predictions.csv, reliability.png. */
async function beside({ answers, checkpoint, data, calibration }: Evaluated): Promise<Written[]> {
  return [
    ['predictions.csv', predictionsCsv(answers, checkpoint.header.classes, data.origins)],
    ['reliability.png', await renderPicture(reliabilityDiagram(calibration.reliability, PRINT_PAINT))],
  ];
}

/** Of `weft train`. */
export async function reportOfRun(
  out: RunFolder,
  e: Evaluated,
  summary: RunSummary,
  history: readonly EpochMetrics[],
  seen: SeenByTraining,
): Promise<Written[]> {
  const { config, input, classes } = e.checkpoint.header;
  const again = namedAgain(config);
  const run = shellWord(out.path);
  const commands = [
    [
      'Train the same again, into another folder:',
      `npx weftgrad train --config ${run}/config.json${again} --out AGAIN`,
    ],
    ['Evaluate it:', `npx weftgrad eval ${run}${again}`],
    ['Ask it about pictures:', `npx weftgrad predict ${run}${again} PICTURE.png`],
    ...(e.calibration.temperature === null
      ? []
      : [['With calibrated probabilities:', `npx weftgrad predict ${run}${again} --calibrated PICTURE.png`] as const]),
  ] as const;
  const html = await runReport({
    ...common(e),
    title: `${config.model} on ${e.data.name.replace(/ (train|test)$/, '')}`,
    about:
      `${classes.length} classes; ${summary.parameters.toLocaleString('en-US')} trainable numbers; ` +
      `${summary.epochs} ${summary.epochs === 1 ? 'epoch' : 'epochs'}, the best is ${summary.bestEpoch}. ` +
      `Figures are of its checkpoint, best.safetensors.`,
    headlines: [
      ...headlines(e),
      {
        name: 'time',
        value: duration(summary.seconds),
        note: 'h:min:s',
        isTime: true,
      },
    ],
    history,
    seen,
    environment: await environmentOf(out),
    commands,
  });
  const facts = { config, summary, classes, input, calibration: e.calibration, digests: e.digests };
  return [
    ...(await beside(e)),
    ['model_card.md', modelCard({ ...facts, commands: commands.slice(2), version: packageJson().version })],
    ['report.html', html],
  ];
}

/** Of `weft eval RUN --out FOLDER`. @param command that makes it. */
export async function reportOfEvaluation(
  e: Evaluated,
  title: string,
  run: string,
  command: string,
): Promise<Written[]> {
  const html = await runReport({
    ...common(e),
    title,
    about: `An evaluation of the run in ${run}.`,
    headlines: headlines(e),
    history: [],
    seen: null,
    environment: {},
    commands: [['Evaluate it again:', command]],
  });
  return [...(await beside(e)), ['report.html', html]];
}

async function environmentOf(out: RunFolder): Promise<object> {
  const file = out.file('environment.json');
  if ((await fileInfo(file)) === null) return {};
  try {
    return JSON.parse(new TextDecoder().decode(await readBytes(file))) as object;
  } catch {
    return {}; // what is damaged there is no reason to lose the report
  }
}

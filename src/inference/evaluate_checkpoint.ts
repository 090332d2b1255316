/** Evaluating a checkpoint's model over a data set, as `weft eval` and the end of `weft train` do. */
import { DeviceDataset } from '../data/device_dataset.js';
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DataError } from '../device/errors.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import { matchClasses } from './class_match.js';
import { AnswerCollector, type ImageAnswers } from './image_answers.js';
import { evaluate, evaluationBatch } from '../train/evaluate/evaluate.js';
import {
  classReport,
  confusionMatrix,
  mostConfused,
  shareWithin,
  type ClassReport,
  type ConfusedPair,
} from '../train/evaluate/metrics.js';
import { logitsOfViews, uncropped, viewCount, type Views } from './views.js';

/**
 * More classes than these have no table of their own figures and no confusion matrix: a thousand rows are for no
 * reader, and a million cells.
 */
export const MAX_TABLED_CLASSES = 1000;
/** Among so few classes the right one is soon among the first five. */
const FEW_CLASSES = 10;

export interface EvaluationReport {
  readonly accuracy: number;
  /**
   * Share of images whose class is among the 5, or 10, thought likeliest; of equal logits the smaller class comes
   * first. Absent with up to 10 classes.
   */
  readonly top5?: number;
  readonly top10?: number;
  readonly loss: number;
  readonly count: number;
  /** Empty with more than MAX_TABLED_CLASSES. */
  readonly perClass: ClassReport['classes'];
  readonly mostConfused: readonly ConfusedPair[];
  /** null with more than MAX_TABLED_CLASSES. */
  readonly confusion: number[][] | null;
}

/**
 * The data with their labels among the model's classes; see `matchClasses`.
 * @throws DataError when the images or classes are not those that the model was trained for.
 */
export function inModelClasses({ header: { input, classes } }: Checkpoint, data: ImageDataset): ImageDataset {
  const [own, given] = [
    `${input.channels}x${input.height}x${input.width}`,
    `${data.channels}x${inputSize(data).join('x')}`,
  ];
  if (own !== given)
    throw new DataError(`${data.name} holds images of ${given}, the model was trained on ${own}`, {
      fix: 'use data of the same kind',
    });
  const place = matchClasses(classes, data.classes, data.name);
  if (place.every((own, k) => own === k)) return { ...data, classes };
  return { ...data, classes, labels: data.labels.map((label) => place[label]) };
}

/**
 * @param views how an image is looked at; null: once.
 * @throws DataError when the images or classes are not those that the model was trained for.
 */
export async function evaluateCheckpoint(
  device: Device,
  checkpoint: Checkpoint,
  given: ImageDataset,
  indices?: Uint32Array,
  views: Views | null = null,
): Promise<EvaluationReport> {
  return (await measured(device, checkpoint, given, { indices, views, isEach: false })).report;
}

/** As `evaluateCheckpoint`, with what the model says of each image. */
export async function evaluateEach(
  device: Device,
  checkpoint: Checkpoint,
  given: ImageDataset,
  indices?: Uint32Array,
  views: Views | null = null,
): Promise<{ readonly report: EvaluationReport; readonly answers: ImageAnswers }> {
  const { report, answers } = await measured(device, checkpoint, given, { indices, views, isEach: true });
  return { report, answers: answers as ImageAnswers };
}

interface Asked {
  readonly indices: Uint32Array | undefined;
  readonly views: Views | null;
  /** Whether the answer to each image is wanted: logits are read back then. */
  readonly isEach: boolean;
}

async function measured(
  device: Device,
  checkpoint: Checkpoint,
  given: ImageDataset,
  { indices, views, isEach }: Asked,
): Promise<{ report: EvaluationReport; answers: ImageAnswers | null }> {
  const data = inModelClasses(checkpoint, given);
  const { classes, normalization, input } = checkpoint.header;
  const model = modelOf(checkpoint).to(device);
  restore(checkpoint, model, null);
  const resident = new DeviceDataset(device, views === null ? data : uncropped(data), normalization);
  const walked = indices ?? Uint32Array.from({ length: data.count }, (_, i) => i);
  const labels = Uint32Array.from(walked, (i) => data.labels[i]);
  const batch =
    views === null ? evaluationBatch(data) : Math.max(1, Math.floor(evaluationBatch(data) / viewCount(views)));
  const walk = resident.walk(walked, { batch });
  const each = isEach ? new AnswerCollector(labels, classes.length) : null;
  const result = await evaluate(device, model, walk, batch, {
    ...(views === null ? {} : { logitsOf: (x) => logitsOfViews(model, x, input, views) }),
    ...(each === null ? {} : { onLogits: (start, logits) => each.add(start, logits) }),
  });
  for (const part of [model, resident, walk]) part.release();
  const { accuracy, loss, count, predictions, ranks } = result;
  const confusion = classes.length > MAX_TABLED_CLASSES ? null : confusionMatrix(labels, predictions, classes.length);
  const report = {
    accuracy,
    ...(classes.length > FEW_CLASSES ? { top5: shareWithin(ranks, 5), top10: shareWithin(ranks, 10) } : {}),
    loss,
    count,
    perClass: confusion === null ? [] : classReport(confusion, classes).classes,
    mostConfused: mostConfused(labels, predictions, classes),
    confusion,
  };
  return { report, answers: each === null ? null : each.answers(walked, predictions) };
}

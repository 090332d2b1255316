/** Evaluating a checkpoint's model over a data set, as `weft eval` and the end of `weft train` do, and saying it in a table. */
import { DeviceDataset } from '../data/device_dataset.js';
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DataError } from '../device/errors.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint.js';
import { evaluate, evaluationBatch } from '../train/evaluate.js';
import { classReport, confusionMatrix, mostConfused, type ClassReport, type ConfusedPair } from '../train/metrics.js';
import { textTable } from '../train/table.js';
import { percent, say } from './output.js';

export interface EvaluationReport {
  readonly accuracy: number;
  readonly loss: number;
  readonly count: number;
  readonly perClass: ClassReport['classes'];
  readonly mostConfused: readonly ConfusedPair[];
  readonly confusion: number[][];
}

/** @throws DataError when the images or classes are not those that the model was trained for. */
export function requireSameKind({ header: { input, classes } }: Checkpoint, data: ImageDataset): void {
  const own = `${input.channels}x${input.height}x${input.width} with ${classes.length} classes`;
  const given = `${data.channels}x${inputSize(data).join('x')} with ${data.classes.length} classes`;
  if (own !== given) throw new DataError(`${data.name} holds images of ${given}, the model was trained on ${own}`, { fix: 'use data of the same kind' });
}

/** @throws DataError when the images or classes are not those that the model was trained for. */
export async function evaluateCheckpoint(device: Device, checkpoint: Checkpoint, data: ImageDataset, indices?: Uint32Array): Promise<EvaluationReport> {
  requireSameKind(checkpoint, data);
  const { classes, normalization } = checkpoint.header;
  const model = modelOf(checkpoint).to(device);
  restore(checkpoint, model, null);
  const resident = new DeviceDataset(device, data, normalization);
  const walked = indices ?? Uint32Array.from({ length: data.count }, (_, i) => i);
  const batch = evaluationBatch(data);
  const walk = resident.walk(walked, { batch });
  const result = await evaluate(device, model, walk, batch);
  for (const part of [model.memory, resident, walk]) part.release();
  const labels = Array.from(walked, (i) => data.labels[i]);
  const confusion = confusionMatrix(labels, result.predictions, classes.length);
  return { accuracy: result.accuracy, loss: result.loss, count: result.count, perClass: classReport(confusion, classes).classes, mostConfused: mostConfused(confusion, classes), confusion };
}

export function sayReport(title: string, r: EvaluationReport): void {
  say(`\n${title}: accuracy ${percent(r.accuracy)}, loss ${r.loss.toFixed(4)} over ${r.count} images\n`);
  const rows = r.perClass.map((c) => [c.class, String(c.support), percent(c.recall), percent(c.precision), c.f1.toFixed(3)]);
  say(textTable(['class', 'images', 'accuracy', 'precision', 'F1'], rows, ['left', 'right', 'right', 'right', 'right']));
  if (r.mostConfused.length === 0) return;
  say('\nmost often mistaken');
  for (const { truth, predicted, count, share } of r.mostConfused) say(`  ${truth} for ${predicted}: ${count} (${percent(share)} of ${truth})`);
}

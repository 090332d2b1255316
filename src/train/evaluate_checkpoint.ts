/** Evaluating a checkpoint's model over a data set, as `weft eval` and the end of `weft train` do. */
import { DeviceDataset } from '../data/device_dataset.js';
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { DataError } from '../device/errors.js';
import { modelOf, restore, type Checkpoint } from './checkpoint.js';
import { evaluate, evaluationBatch } from './evaluate.js';
import { classReport, confusionMatrix, mostConfused, type ClassReport, type ConfusedPair } from './metrics.js';

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

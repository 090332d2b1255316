/** Which images a run trains and is measured on, how they are normalised, and in which numbers they come. */
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { Normalization } from '../data/device_dataset.js';
import { IMAGENET, meanStd } from '../data/normalize.js';
import { DataError, ShapeError, UsageError } from '../device/errors.js';
import type { ModelInput } from '../nn/models/registry.js';
import type { Checkpoint } from './checkpoint.js';
import type { TrainConfig } from './config.js';
import { evaluationBatch } from './evaluate.js';
import { imagesDigest } from './sources.js';
import { worded } from '../text/wording.js';

/** What is measured after every epoch: the images held back, or the test images; null for none. */
export function watchedImages(
  config: TrainConfig,
  data: ImageDataset,
  test: ImageDataset | null,
  held: Uint32Array,
): { data: ImageDataset; indices: Uint32Array } | null {
  if (config.validateOnTest !== true) return held.length > 0 ? { data, indices: held } : null;
  if (test === null)
    throw new UsageError(`${data.name} has no test images to measure on after every epoch`, {
      fix: worded`leave out {validateOnTest}`,
    });
  return { data: test, indices: Uint32Array.from({ length: test.count }, (_, i) => i) };
}

/** @throws UsageError when what ends a run or cuts its rate is measured on images that there are not. */
export function requireWatched({ patience, schedule }: TrainConfig, watched: object | null): void {
  if (watched !== null) return;
  const needed =
    patience !== undefined ? worded`{patience}` : schedule?.name === 'plateau' ? worded`{schedule} plateau` : null;
  if (needed !== null)
    throw new UsageError(worded`${needed} needs validation images, and there are none`, {
      fix: worded`give a larger {valSplit}, or leave out ${needed}`,
    });
}

/** The numbers of images that a step of an epoch has: of whole batches, and of the last one. */
export function stepSizes(count: number, batch: number): number[] {
  const last = count % batch;
  return [...(count >= batch ? [batch] : []), ...(last > 0 ? [last] : [])];
}

/**
 * The nearest number of images a step, smaller ones first, that leaves no step of one image; null when there is only
 * one image.
 */
export function batchWithoutSingle(count: number, batch: number): number | null {
  if (count < 2) return null;
  let found = batch;
  while (found > 1 && count % found === 1) found--;
  if (found <= 1) for (found = batch + 1; count % found === 1;) found++;
  return found;
}

/**
 * What an error in a rehearsed step of so many images means: of one image, that batch norm has no variance where maps
 * are 1x1.
 */
export function stepError(error: unknown, size: number, count: number, batch: number): unknown {
  const other = size === 1 && error instanceof ShapeError ? batchWithoutSingle(count, batch) : null;
  if (other === null || !(error instanceof ShapeError)) return error;
  return new UsageError(
    worded`${count} images in steps of ${batch} leave a step of one, from which this model cannot learn:
      ${error.text}`,
    { fix: worded`e.g. {batch} ${other}`, cause: error },
  );
}

/** What a model for these images is built for. */
export function inputOf(data: ImageDataset): ModelInput {
  const [height, width] = inputSize(data);
  return { channels: data.channels, height, width, classes: data.classes.length };
}

/**
 * What the run's images are normalised with.
 * @param expected with ImageNet's statistics: what the weights that it starts from, or the run that goes on, take in
 * their place; null: just these.
 * @throws DataError when the images have other channels than the statistics.
 */
export function normalizationOf(
  { normalize }: TrainConfig,
  data: ImageDataset,
  trainIndices: Uint32Array,
  expected: Normalization | null = null,
): Normalization {
  if (normalize !== 'imagenet') return meanStd(data, trainIndices);
  if (data.channels !== 3)
    throw new DataError(`${data.name} has ${data.channels} channels, ImageNet's statistics are of 3`, {
      fix: worded`use {normalize} data`,
    });
  return expected ?? IMAGENET;
}

/** A validation step keeps less than a training step of the same size: it may be larger. */
export function validationBatch({ batch }: TrainConfig, data: ImageDataset): number {
  return Math.max(batch, Math.min(128, evaluationBatch(data)));
}

/**
 * The digest of the images tells whether they are those that a checkpoint was trained on. Checkpoints of earlier
 * versions have none: there the statistics tell, which depend on every byte of the training images unless they are
 * ImageNet's.
 * @throws DataError when they are not.
 */
export function requireSameData({ header, file }: Checkpoint, data: ImageDataset, normalization: Normalization): void {
  const own = JSON.stringify([header.input, header.classes, header.normalization]);
  const isSame =
    own === JSON.stringify([inputOf(data), data.classes, normalization]) &&
    (header.sources === undefined || header.sources.train === imagesDigest(data));
  if (!isSame)
    throw new DataError(`${data.name} is not what ${file} was trained on: its images, labels or classes differ`, {
      fix: worded`give the run's own data as they were: {data} ${header.config.data}`,
    });
}

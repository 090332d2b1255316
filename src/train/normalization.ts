/** What images are normalised with: their own statistics, or those that a network's weights expect. */
import type { ImageDataset } from '../data/dataset.js';
import { HALF, IMAGENET, meanStd, type Normalization } from '../data/normalize.js';
import { DataError } from '../device/errors.js';
import { worded } from '../text/wording.js';
import type { DataConfig } from './config.js';
import type { PretrainedFile } from './pretrained.js';

/**
 * What the run's images are normalised with.
 * @param expected with ImageNet's statistics: what the weights that it starts from, or the run that goes on, take in
 * their place; null: just these.
 * @throws DataError when the images have other channels than the statistics.
 */
export function normalizationOf(
  normalize: DataConfig['normalize'],
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

/** Architectures whose weights, as torchvision publishes them, do not take ImageNet's statistics. */
const RESCALED: ReadonlySet<string> = new Set(['googlenet']);

export function isHalf(normalization: Normalization | null): boolean {
  return JSON.stringify(normalization) === JSON.stringify(HALF);
}

/**
 * What stands for ImageNet's statistics where a network starts from these weights. A run's own weights take what it
 * took.
 */
export function expectedNormalization(
  model: string,
  { normalization }: Pick<PretrainedFile, 'normalization'>,
): Normalization {
  return isHalf(normalization) || (normalization === null && RESCALED.has(model)) ? HALF : IMAGENET;
}

/** Training on classes of different sizes: how often their images come, and what their losses count. */
import type { ImageDataset } from '../data/dataset.js';
import { mixingOf } from '../data/augment_spec.js';
import { factorOfClasses, parseClassFactors, repeatClasses } from '../data/tables/class_factors.js';
import { balancedOrder, epochOrder } from '../data/sampler.js';
import { UsageError } from '../device/errors.js';
import type { LoaderConfig, LossConfig } from './config.js';
import { worded } from '../text/wording.js';

/**
 * The images of an epoch: those for training, of some classes several times. @throws UsageError for an unknown class.
 */
export function visitedImages(
  { oversample }: Pick<LoaderConfig, 'oversample'>,
  { labels, classes }: ImageDataset,
  indices: Uint32Array,
): Uint32Array {
  return oversample === undefined
    ? indices
    : repeatClasses(
        indices,
        labels,
        factorOfClasses(parseClassFactors(oversample, 'oversample'), classes, 'oversample'),
      );
}

/** The order in which an epoch goes through the images that it visits, or draws of them. */
export function orderOfEpoch(
  { sampling }: Pick<LoaderConfig, 'sampling'>,
  seed: number,
  labels: Uint32Array,
  visited: Uint32Array,
  epoch: number,
): Uint32Array {
  return sampling === 'balanced'
    ? balancedOrder(labels, visited, epoch, seed)
    : epochOrder(visited.length, epoch, seed).map((i) => visited[i]);
}

/** N / (C n_c) of each class (C), scikit-learn's "balanced"; 0 for a class without images. */
export function balancedWeights(labels: Iterable<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.map((n) => (n === 0 ? 0 : total / (classes * n)));
}

/**
 * @param asked the setting that asks for the weights. @throws UsageError when images that are to be weighed by
 * their class are of two.
 */
export function checkClassWeights(
  { classWeights: mode, augment }: Pick<LossConfig, 'classWeights'> & Pick<LoaderConfig, 'augment'>,
  asked = worded`{classWeights}`,
): void {
  const mixing = mixingOf(augment);
  if (mode !== undefined && mixing !== null)
    throw new UsageError(worded`${asked} cannot weigh images that ${mixing} has mixed of two classes`, {
      fix: 'leave one of them out',
    });
}

/** What the losses of each class count (C); null where all count alike. @param indices of the training images. */
export function classWeights(
  { classWeights: mode }: Pick<LossConfig, 'classWeights'>,
  { labels, classes }: ImageDataset,
  indices: Uint32Array,
): number[] | null {
  return mode === undefined
    ? null
    : balancedWeights(
        Array.from(indices, (i) => labels[i]),
        classes.length,
      );
}

/** Options for classes of different sizes. */
import { LEAST_FACTOR, parseClassFactors } from '../../../data/tables/class_factors.js';
import { UsageError } from '../../../device/errors.js';
import { checkClassAugmentation } from '../../../train/augment_class.js';
import { checkClassWeights } from '../../../train/balance.js';
import type { LoaderConfig, LossConfig } from '../../../train/config.js';

/** The classes that get variants of their images. @throws UsageError */
function classAugmentationOf(
  o: Readonly<Record<string, unknown>>,
): Pick<LoaderConfig, 'augmentClass' | 'augmentClassSpec'> {
  const [augmentClass, augmentClassSpec] = ['augment-class', 'augment-class-spec'].map((name) =>
    o[name] === undefined ? undefined : String(o[name]),
  );
  if (augmentClass === undefined) {
    if (augmentClassSpec !== undefined)
      throw new UsageError('--augment-class-spec says what happens to the variants that --augment-class asks for', {
        fix: 'give --augment-class CLASS=K, or leave it out',
      });
    return {};
  }
  parseClassFactors(augmentClass, 'augmentClass', LEAST_FACTOR);
  if (augmentClassSpec === undefined) return { augmentClass };
  checkClassAugmentation(augmentClassSpec);
  return { augmentClass, augmentClassSpec };
}

/**
 * The part of a configuration that these options make. @throws UsageError when they cannot be read or used together.
 */
export function balanceOf(
  o: Readonly<Record<string, unknown>>,
): Pick<LoaderConfig, 'augmentClass' | 'augmentClassSpec' | 'oversample' | 'sampling'> &
  Pick<LossConfig, 'classWeights'> {
  const oversample = o['oversample'] === undefined ? undefined : String(o['oversample']);
  if (oversample !== undefined) parseClassFactors(oversample, 'oversample');
  const isWeighted = o['class-weights'] === 'balanced';
  if (isWeighted)
    checkClassWeights({ classWeights: 'balanced', augment: o['augment'] === undefined ? null : String(o['augment']) });
  const isBalanced = o['sampling'] === 'balanced';
  const other = oversample !== undefined ? 'oversample' : isWeighted ? 'class-weights' : null;
  if (isBalanced && other !== null)
    throw new UsageError(
      `--sampling balanced draws all classes equally often: --${other} has nothing left to balance`,
      { fix: 'leave one of them out' },
    );
  return {
    ...classAugmentationOf(o),
    ...(oversample === undefined ? {} : { oversample }),
    ...(isBalanced ? { sampling: 'balanced' } : {}),
    ...(isWeighted ? { classWeights: 'balanced' } : {}),
  };
}

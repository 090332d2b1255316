/** Batches of an epoch: the last is smaller, and one of a single image teaches some models nothing. */
import { ShapeError, UsageError } from '../device/errors.js';
import { worded } from '../text/wording.js';

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

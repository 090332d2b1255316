/** Which images a run is measured on after every epoch. */
import type { ImageDataset } from '../../data/dataset.js';
import { UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import type { FitConfig } from '../config.js';
import { evaluationBatch } from './evaluate.js';

/** What is measured after every epoch: the images held back, or the test images; null for none. */
export function validationImages(
  { validateOnTest }: Pick<FitConfig, 'validateOnTest'>,
  data: ImageDataset,
  test: ImageDataset | null,
  held: Uint32Array,
): { data: ImageDataset; indices: Uint32Array } | null {
  if (validateOnTest !== true) return held.length > 0 ? { data, indices: held } : null;
  if (test === null)
    throw new UsageError(`${data.name} has no test images to measure on after every epoch`, {
      fix: worded`leave out {validateOnTest}`,
    });
  return { data: test, indices: Uint32Array.from({ length: test.count }, (_, i) => i) };
}

/** @throws UsageError when what ends a run or cuts its rate is measured on images that there are not. */
export function requireValidation(
  { patience, schedule }: Pick<FitConfig, 'patience' | 'schedule'>,
  validation: object | null,
): void {
  if (validation !== null) return;
  const needed =
    patience !== undefined ? worded`{patience}` : schedule?.name === 'plateau' ? worded`{schedule} plateau` : null;
  if (needed !== null)
    throw new UsageError(worded`${needed} needs validation images, and there are none`, {
      fix: worded`give a larger {valSplit}, or leave out ${needed}`,
    });
}

/** A validation step keeps less than a training step of the same size: it may be larger. */
export function validationBatch(batch: number, data: ImageDataset): number {
  return Math.max(batch, Math.min(128, evaluationBatch(data)));
}

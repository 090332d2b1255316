/** The table of an auto-encoder's training. */
import { toCsv } from '../report/csv.js';
import { totalOf, type VaeEpoch } from './trainer.js';

/** One line per epoch; missing validation as empty fields. */
export function vaeHistoryCsv(history: readonly VaeEpoch[]): string {
  return toCsv(
    [
      'epoch',
      'beta',
      'train_reconstruction',
      'train_kl',
      'train_total',
      'val_reconstruction',
      'val_kl',
      'val_total',
      'seconds',
    ],
    history.map(({ epoch, beta, train, validation, seconds }) => [
      epoch,
      beta,
      train.reconstruction,
      train.kl,
      totalOf(train, beta),
      validation?.reconstruction ?? null,
      validation?.kl ?? null,
      validation === null ? null : totalOf(validation, beta),
      seconds,
    ]),
  );
}

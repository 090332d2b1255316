import { csvField } from '../text/csv.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';

/** Text of a CSV file: a header line, then one line per row, each ended by a line feed. Fields: see text/csv.ts. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return [header, ...rows].map((row) => `${row.map(csvField).join(',')}\n`).join('');
}

/** One line per epoch; numbers in full precision; what is missing or no finite number is an empty field. */
export function historyCsv(history: readonly EpochMetrics[]): string {
  return toCsv(
    ['epoch', 'train_loss', 'train_accuracy', 'val_loss', 'val_accuracy', 'lr', 'seconds'],
    history.map((e) => [e.epoch, e.trainLoss, e.trainAccuracy, e.valLoss, e.valAccuracy, e.lr, e.seconds]),
  );
}

/**
 * One line per true class with its name in front; the columns are the predicted classes; empty where there is no
 * figure.
 */
export function confusionCsv(confusion: readonly (readonly (number | null)[])[], classes: readonly string[]): string {
  return toCsv(
    ['true/predicted', ...classes],
    confusion.map((row, i) => [classes[i]!, ...row]),
  );
}

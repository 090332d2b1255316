import { UsageError } from '../../device/errors.js';

/** What one epoch of training measured. */
export interface EpochMetrics {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean cross-entropy per image, in nats. */
  readonly trainLoss: number;
  /** Share of right answers, 0 to 1. */
  readonly trainAccuracy: number;
  /** null when the run has no validation set. */
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
  /** Learning rate of the epoch's last step. */
  readonly lr: number;
  readonly seconds: number;
}

/** [true class][predicted class] counts; square. */
export type Confusion = readonly (readonly number[])[];

/**
 * How well one class is recognised. What is not defined is null: all figures of a class without images, the precision
 * of one that is never predicted.
 */
export interface ClassScore {
  readonly class: string;
  /** Images of this class. */
  readonly support: number;
  /** Of the images predicted as this class, the share that is. */
  readonly precision: number | null;
  /** Of the images of this class, the share predicted as it. */
  readonly recall: number | null;
  /** Harmonic mean of precision and recall. */
  readonly f1: number | null;
}

/** Precision, recall and F1 of each class, and their means. */
export interface ClassReport {
  readonly accuracy: number | null;
  readonly classes: readonly ClassScore[];
}

/** null of nothing: a share of no images is no share. */
function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/**
 * Counts (classes, classes): row is the label, column the prediction. `labels` and `predictions` are (N) class indices.
 * Throws UsageError when their lengths differ or an index is no class.
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): number[][] {
  if (labels.length !== predictions.length) {
    throw new UsageError(`[confusionMatrix] ${labels.length} labels but ${predictions.length} predictions`);
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  const isClass = (index: number): boolean => Number.isInteger(index) && index >= 0 && index < classes;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    const prediction = predictions[i]!;
    if (!isClass(label) || !isClass(prediction)) {
      throw new UsageError(
        `[confusionMatrix] item ${i} has label ${label} and prediction ${prediction}; there are ${classes} classes`,
      );
    }
    counts[label]![prediction]!++;
  }
  return counts;
}

/** Share of the counts on the diagonal; null when there are none. */
export function accuracyOf(confusion: Confusion): number | null {
  return ratio(sum(confusion.map((row, i) => row[i]!)), sum(confusion.map(sum)));
}

/** Accuracy, and precision, recall and F1 of every class. Throws UsageError unless there is one name per class. */
export function classReport(confusion: Confusion, classNames: readonly string[]): ClassReport {
  if (confusion.length !== classNames.length) {
    throw new UsageError(`[classReport] ${confusion.length} classes but ${classNames.length} names`);
  }
  const predicted = classNames.map((_, c) => sum(confusion.map((row) => row[c]!)));
  const classes = classNames.map((name, c): ClassScore => {
    const right = confusion[c]![c]!;
    const support = sum(confusion[c]!);
    if (support === 0) return { class: name, support, precision: null, recall: null, f1: null };
    // F1 = 2PR / (P + R) with the common factor `right` cancelled: defined though P is not.
    return {
      class: name,
      support,
      precision: ratio(right, predicted[c]!),
      recall: right / support,
      f1: (2 * right) / (support + predicted[c]!),
    };
  });
  return { accuracy: accuracyOf(confusion), classes };
}

/** Images of one class that were taken for another. */
export interface ConfusedPair {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the images of the true class, 0 to 1. */
  readonly share: number;
}

/**
 * The pairs of classes that are mistaken most often, the most frequent first. `labels` and `predictions` are (N) class
 * indices; no table of all pairs is made.
 */
export function mostConfused(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classNames: readonly string[],
  limit = 5,
): ConfusedPair[] {
  const classes = classNames.length;
  const support = new Map<number, number>();
  const pairs = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) {
    support.set(labels[i], (support.get(labels[i]) ?? 0) + 1);
    const pair = labels[i] * classes + predictions[i];
    if (labels[i] !== predictions[i]) pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return [...pairs]
    .map(([pair, count]) => ({ pair, truth: Math.floor(pair / classes), predicted: pair % classes, count }))
    .map(({ truth, ...rest }) => ({ ...rest, truth, share: rest.count / (support.get(truth) as number) }))
    .sort((a, b) => b.count - a.count || b.share - a.share || a.pair - b.pair)
    .slice(0, limit)
    .map(({ truth, predicted, count, share }) => ({
      truth: classNames[truth],
      predicted: classNames[predicted],
      count,
      share,
    }));
}

/**
 * Of ranks (N), which count the classes thought likelier than the true one, the share below k: the top-k accuracy, 0 to
 * 1; NaN of none.
 */
export function shareWithin(ranks: Uint32Array, k: number): number {
  return ranks.reduce((n, rank) => n + (rank < k ? 1 : 0), 0) / ranks.length;
}

/** Each row divided by its sum: the share of a class's images that went where. A row without images has none: null. */
export function normalizeRows(confusion: Confusion): (number | null)[][] {
  return confusion.map((row) => {
    const total = sum(row);
    return row.map((count) => ratio(count, total));
  });
}

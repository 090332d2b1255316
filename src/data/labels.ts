import { FASHION_CLASSES } from './dataset.js';

/** Header names that mark the label column (Kaggle writes label, OpenML class). */
export const LABEL_NAMES: readonly string[] = ['label', 'labels', 'class', 'target', 'y'];

/**
 * How many classes a column of labels (N) stands for: Fashion-MNIST's ten when every label is at most 9, otherwise as many as
 * there are distinct values. A label at or above that count is wrong: a stray 200 among ten classes makes eleven distinct values,
 * and 200 is not below 11.
 */
export function countClasses(labels: ArrayLike<number>): number {
  const distinct = new Set<number>();
  for (let i = 0; i < labels.length; i++) distinct.add(labels[i]);
  return Math.max(FASHION_CLASSES.length, distinct.size);
}

/** Fashion-MNIST's names for ten classes, otherwise "0", "1", …. */
export function classNames(count: number): readonly string[] {
  return count === FASHION_CLASSES.length ? FASHION_CLASSES : Array.from({ length: count }, (_, i) => String(i));
}

/** Index of the first label that is not below `classes`, or -1. */
export function firstBadLabel(labels: ArrayLike<number>, classes: number): number {
  for (let i = 0; i < labels.length; i++) if (labels[i] >= classes) return i;
  return -1;
}

/** What a classifier of imbalanced classes is judged by. */
import { accuracyOf, type Confusion } from '../train/evaluate/metrics.js';

export interface ImbalanceMeasures {
  /** Over all images, 0 to 1. Here and below null where there are no such images. */
  readonly acc: number | null;
  /** Harmonic mean of the next two: 0 when either is. */
  readonly accH: number | null;
  /** Over the images of the majority classes, and of the minority classes. */
  readonly majority: number | null;
  readonly minority: number | null;
}

/** @param confusion (classes, classes) counts, rows the labels. */
export function imbalanceMeasures(confusion: Confusion, isMinority: readonly boolean[]): ImbalanceMeasures {
  // A row of another class is emptied, a column stays: an image may be mistaken for any class.
  const over = (wanted: boolean): number | null =>
    accuracyOf(confusion.map((row, c) => (isMinority[c] === wanted ? row : row.map(() => 0))));
  const [majority, minority] = [over(false), over(true)];
  return {
    acc: accuracyOf(confusion),
    accH: majority === null || minority === null ? null : harmonicMean(majority, minority),
    majority,
    minority,
  };
}

/** 2ab / (a + b) of two shares; 0 when either is 0. */
export function harmonicMean(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (2 * a * b) / (a + b);
}

/** Means over classes, as generalised few-shot learning is judged: a rare class counts as much as a frequent one. */
export interface ClassMeans {
  /** Here and below null where no such class has test images. */
  readonly majority: number | null;
  readonly minority: number | null;
  /** Their harmonic mean. */
  readonly h: number | null;
}

/** @param perClass accuracy of each class, null where it has no test images. */
export function classMeans({
  perClass,
  minorityClasses,
}: {
  readonly perClass: readonly { readonly class: string; readonly accuracy: number | null }[];
  readonly minorityClasses: readonly string[];
}): ClassMeans {
  const over = (wanted: boolean): number | null => {
    const own = perClass.flatMap((c) =>
      c.accuracy === null || minorityClasses.includes(c.class) !== wanted ? [] : [c.accuracy],
    );
    return own.length === 0 ? null : own.reduce((sum, accuracy) => sum + accuracy, 0) / own.length;
  };
  const [majority, minority] = [over(false), over(true)];
  return { majority, minority, h: majority === null || minority === null ? null : harmonicMean(majority, minority) };
}

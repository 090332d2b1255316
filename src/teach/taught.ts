/** What answers: the taught head, and what is known of pictures unlike all that was learnt. All of it plain arrays. */
import { DataError } from '../device/errors.js';
import { headProbabilities, type Head } from './head.js';
import { likeliest } from './head_report.js';
import { keepFeatures, likenessOf, quantile, type KeptFeatures, type Likeness } from './unlike.js';
import type { TaughtRow, TrainedHead } from './train_head.js';

/** What was taught. Structured clone copies it, so a browser can keep it and hand it to a worker. */
export interface Taught {
  readonly form: typeof FORM;
  readonly classes: readonly string[];
  readonly head: Head;
  readonly kept: KeptFeatures;
  /** The largest probability below which a picture is none of the classes. */
  readonly noneBelow: number;
}

/** What is said of a picture. */
export interface TaughtAnswer {
  /** (C). */
  readonly probabilities: readonly number[];
  /** The likeliest class. */
  readonly class: number;
  /** Its probability is below what pictures of the classes reach. */
  readonly isNone: boolean;
  readonly likeness: Likeness;
}

const FORM = 'weft-taught-1';

/** Of pictures of the classes so few are to be called none of them. */
const MOST_NONE = 0.02;

/**
 * The probability that pictures of the classes reach, suggested from what was said of those held back: of the right
 * answers all but 2 % are above it. Between one in C, which every answer reaches, and 1.
 */
export function suggestNoneBelow({ probabilities }: TrainedHead['report'], labels: readonly number[]): number {
  const classes = probabilities.length / labels.length;
  const right = labels.flatMap((label, i) => {
    const best = likeliest(probabilities, i * classes, classes);
    return best === label ? [probabilities[i * classes + best]] : [];
  });
  return right.length === 0 ? 1 / classes : Math.max(1 / classes, quantile(right, MOST_NONE));
}

/** What answers, of a trained head and the rows that it was trained on. */
export function taughtOf(
  rows: readonly TaughtRow[],
  classes: readonly string[],
  { head, report }: TrainedHead,
): Taught {
  return {
    form: FORM,
    classes,
    head,
    kept: keepFeatures(
      rows.map((row) => row.features),
      report.foldOf,
    ),
    noneBelow: suggestNoneBelow(
      report,
      rows.map((row) => row.class),
    ),
  };
}

/** What was kept, looked at before it is used. @throws DataError when it is not what `taughtOf` made. */
export function checkTaught(kept: unknown): Taught {
  const { form, classes, head, kept: rows, noneBelow } = (kept ?? {}) as Partial<Taught>;
  const isFloats = (x: unknown, length: number): boolean => x instanceof Float32Array && x.length === length;
  const isSound =
    form === FORM &&
    Array.isArray(classes) &&
    classes.every((name) => typeof name === 'string') &&
    head !== undefined &&
    Number.isInteger(head.width) &&
    isFloats(head.weight, classes.length * head.width) &&
    isFloats(head.bias, classes.length) &&
    rows?.width === head.width &&
    isFloats(rows.rows, Math.floor((rows.rows?.length ?? 0) / head.width) * head.width) &&
    rows.rows.length > 0 &&
    Number.isFinite(rows.threshold) &&
    Number.isFinite(noneBelow);
  if (!isSound)
    throw new DataError('[teach] what was kept is not what was taught, or of another version', {
      fix: 'train the classes again; the pictures are not lost',
    });
  return kept as Taught;
}

/** What is said of a picture with these features (D). @param noneBelow instead of the suggested one. */
export function answer(taught: Taught, features: Float32Array, noneBelow = taught.noneBelow): TaughtAnswer {
  const probabilities = headProbabilities(taught.head, features);
  const best = likeliest(probabilities);
  return {
    probabilities,
    class: best,
    isNone: probabilities[best] < noneBelow,
    likeness: likenessOf(taught.kept, features),
  };
}

/** What a head is worth: measured on pictures that the head which was asked had not seen. */
import { confusionMatrix } from '../train/evaluate/metrics.js';

/** A picture that was held back and called something else than it is. */
export interface Mistake {
  /** Number of the picture's row. */
  readonly index: number;
  /** The class that it was called, and how probable that was said to be. */
  readonly said: number;
  readonly probability: number;
}

/** After an epoch: mean losses in nats, as they are weighed, and shares of right answers. */
export interface CurvePoint {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** Of the pictures held back. */
  readonly heldLoss: number;
  readonly heldAccuracy: number;
}

/** How a head is trained; each has a default. */
export interface HeadOptions {
  /** Decides which pictures are held back together. Default 0. */
  readonly seed?: number;
  /** Steps over all pictures. Default 100. */
  readonly epochs?: number;
  /** Adam's at the beginning; it falls to 0 along a cosine. Default 0.01. */
  readonly lr?: number;
  /** Default 0.1. */
  readonly weightDecay?: number;
  /** Whether all classes count the same, however many pictures they have. Default true. */
  readonly balance?: boolean;
  /** Default 5, at least 2; fewer where no class has so many pictures, or recordings. */
  readonly folds?: number;
}

/** Out of fold: every picture was asked of the head that was trained without its fold. */
export interface HeadReport {
  /** Share of right answers, and the mean of the classes' own. */
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  /** [true][said] counts. */
  readonly confusion: readonly (readonly number[])[];
  /** Of each class: its pictures, and the share of them that was called it. */
  readonly classes: readonly { readonly count: number; readonly recall: number }[];
  /** The most confident first. */
  readonly mistakes: readonly Mistake[];
  /** Means over the folds, an epoch each. */
  readonly curves: readonly CurvePoint[];
  /** (N, C): what was said of each picture. */
  readonly probabilities: Float32Array;
  readonly folds: number;
  /** The fold in which each picture was held back. */
  readonly foldOf: Uint32Array;
  /** Classes all of whose pictures are of one recording: what is measured of them says little. */
  readonly oneRecording: readonly number[];
  /** How the heads were trained; `folds` above is how many there were. */
  readonly settings: Required<HeadOptions>;
}

/** What the class of the largest probability is; the first of equals. */
export function likeliest(probabilities: ArrayLike<number>, from = 0, count = probabilities.length): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (probabilities[from + c] > probabilities[from + best]) best = c;
  return best;
}

/** The measures of probabilities (N, C) that were said of pictures of known classes (N). */
export function measureAnswers(
  probabilities: Float32Array,
  labels: Uint32Array,
  classes: number,
): Pick<HeadReport, 'accuracy' | 'balancedAccuracy' | 'confusion' | 'classes' | 'mistakes'> {
  const said = labels.map((_, i) => likeliest(probabilities, i * classes, classes));
  const confusion = confusionMatrix(labels, said, classes);
  const own = confusion.map((row, c) => {
    const count = row.reduce((a, b) => a + b, 0);
    return { count, recall: count === 0 ? 0 : row[c] / count };
  });
  const mistakes = Array.from(labels.keys())
    .filter((i) => said[i] !== labels[i])
    .map((index) => ({ index, said: said[index], probability: probabilities[index * classes + said[index]] }))
    .sort((a, b) => b.probability - a.probability || a.index - b.index);
  return {
    accuracy: 1 - mistakes.length / labels.length,
    balancedAccuracy: own.reduce((sum, { recall }) => sum + recall, 0) / classes,
    confusion,
    classes: own,
    mistakes,
  };
}

/**
 * How far probabilities can be believed, after Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural
 * Networks", ICML 2017 (https://arxiv.org/abs/1706.04599): the expected calibration error, and one temperature that
 * all logits are divided by, fitted on images that were not trained on.
 */

/** Of equal width, from 0 to 1. */
export const CALIBRATION_BINS = 15;

/** The images whose probability of the predicted class lies in (from, to]. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of the predicted class; null of no images. */
  readonly confidence: number | null;
  /** Share of right answers. */
  readonly accuracy: number | null;
}

export interface Reliability {
  /** Mean over the images of |accuracy - confidence| of their bin, 0 to 1; NaN of none. */
  readonly ece: number;
  readonly bins: readonly ReliabilityBin[];
}

/** @param confidence (N) probability of the predicted class. @param right (N) whether it is the true one. */
export function reliability(
  confidence: ArrayLike<number>,
  right: ArrayLike<boolean>,
  bins = CALIBRATION_BINS,
): Reliability {
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  for (let i = 0; i < confidence.length; i++) {
    const sum = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence[i] * bins) - 1))];
    sum.count++;
    sum.confidence += confidence[i];
    sum.right += right[i] ? 1 : 0;
  }
  const gap = sums.reduce((total, sum) => total + Math.abs(sum.right - sum.confidence), 0);
  return {
    ece: gap / confidence.length,
    bins: sums.map(({ count, confidence: c, right: r }, b) => ({
      from: b / bins,
      to: (b + 1) / bins,
      count,
      confidence: count === 0 ? null : c / count,
      accuracy: count === 0 ? null : r / count,
    })),
  };
}

/** Logits (N, classes), row by row, and the true class of each row. */
export interface LabelledLogits {
  readonly logits: Float32Array;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** Probabilities of a row of logits divided by a temperature, into `p` (classes); returns log of their sum's scale. */
export function softmaxRow(logits: Float32Array, at: number, p: Float64Array, temperature = 1): number {
  let highest = -Infinity;
  for (let c = 0; c < p.length; c++) highest = Math.max(highest, logits[at + c] / temperature);
  let sum = 0;
  for (let c = 0; c < p.length; c++) sum += p[c] = Math.exp(logits[at + c] / temperature - highest);
  for (let c = 0; c < p.length; c++) p[c] /= sum;
  return highest + Math.log(sum);
}

/** Mean cross-entropy of logits divided by a temperature, in nats. */
export function lossAt({ logits, labels, classes }: LabelledLogits, temperature: number): number {
  const p = new Float64Array(classes);
  let sum = 0;
  for (let i = 0; i < labels.length; i++)
    sum += softmaxRow(logits, i * classes, p, temperature) - logits[i * classes + labels[i]] / temperature;
  return sum / labels.length;
}

/** First and second derivative of the mean cross-entropy by the inverse temperature. */
function slopes({ logits, labels, classes }: LabelledLogits, inverse: number): [first: number, second: number] {
  const p = new Float64Array(classes);
  let [first, second] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const at = i * classes;
    softmaxRow(logits, at, p, 1 / inverse);
    let [mean, square] = [0, 0];
    for (let c = 0; c < classes; c++) {
      mean += p[c] * logits[at + c];
      square += p[c] * logits[at + c] ** 2;
    }
    first += mean - logits[at + labels[i]];
    second += square - mean ** 2;
  }
  return [first / labels.length, second / labels.length];
}

/** Where a network is always right, or no better than chance, the best temperature is 0 or infinite. */
const RANGE: readonly [lowest: number, highest: number] = [0.05, 20];
const STEPS = 60;

/**
 * The temperature at which the mean cross-entropy of logits / temperature is lowest, from 0.05 to 20. The cross-entropy
 * is convex in 1 / temperature, so Newton's method, held within a bracket, finds its only minimum.
 * @param data at least one row.
 */
export function fitTemperature(data: LabelledLogits): number {
  let [low, high] = [1 / RANGE[1], 1 / RANGE[0]];
  if (slopes(data, high)[0] <= 0) return RANGE[0];
  if (slopes(data, low)[0] >= 0) return RANGE[1];
  let inverse = 1;
  for (let step = 0; step < STEPS && high - low > 1e-10 * high; step++) {
    const [first, second] = slopes(data, inverse);
    if (first === 0) break;
    if (first > 0) high = inverse;
    else low = inverse;
    const newton = second > 0 ? inverse - first / second : Number.NaN;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - inverse) < 1e-9 * inverse) return 1 / next;
    inverse = next;
  }
  return 1 / inverse;
}

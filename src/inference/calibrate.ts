/** What an evaluation says of a model's probabilities, and the temperature that was fitted for them. */
import { CALIBRATION_BINS, fitTemperature, lossAt, reliability, softmaxRow } from './calibration.js';
import type { LabelledLogits, ReliabilityBin } from './calibration.js';
import type { ImageAnswers } from './image_answers.js';

export interface CalibrationReport {
  /** Expected calibration error of the probabilities as they are, 0 to 1. */
  readonly ece: number;
  /** How many bins of equal width it is of. */
  readonly bins: number;
  /** What logits are to be divided by; null: no images were held back that it could be fitted on. */
  readonly temperature: number | null;
  /** Images that it was fitted on. */
  readonly fittedOn: number;
  /** Of logits divided by it, on the images of the evaluation; null without one, or where not all logits are kept. */
  readonly eceCalibrated: number | null;
  readonly lossCalibrated: number | null;
  readonly reliability: readonly ReliabilityBin[];
}

/** Logits that a temperature is fitted on at most: one number needs no more. */
const MAX_FITTED = 2 ** 22;

/** A temperature and the images that it was fitted on; null of no images. */
export function temperatureOf(held: LabelledLogits): { temperature: number; images: number } | null {
  const images = Math.min(held.labels.length, Math.floor(MAX_FITTED / held.classes));
  if (images === 0) return null;
  const labels = Array.from({ length: images }, (_, i) => held.labels[i]);
  return { temperature: fitTemperature({ ...held, labels }), images };
}

/** @param fitted null: there is no temperature. */
export function calibrationOf(
  answers: ImageAnswers,
  fitted: { readonly temperature: number; readonly images: number } | null,
): CalibrationReport {
  const right = Array.from(answers.labels, (label, i) => label === answers.predictions[i]);
  const { ece, bins } = reliability(answers.pPredicted, right);
  const { kept } = answers;
  const isWhole = fitted !== null && kept.labels.length === answers.labels.length;
  return {
    ece,
    bins: CALIBRATION_BINS,
    temperature: fitted?.temperature ?? null,
    fittedOn: fitted?.images ?? 0,
    eceCalibrated: isWhole ? reliability(confidenceAt(kept, fitted.temperature), right).ece : null,
    lossCalibrated: isWhole ? lossAt(kept, fitted.temperature) : null,
    reliability: bins,
  };
}

/** The highest probability of each row of logits divided by a temperature. */
function confidenceAt({ logits, labels, classes }: LabelledLogits, temperature: number): Float64Array {
  const p = new Float64Array(classes);
  return Float64Array.from(labels, (_, i) => {
    softmaxRow(logits, i * classes, p, temperature);
    return p.reduce((a, b) => Math.max(a, b));
  });
}

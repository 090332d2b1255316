/** predictions.csv: what a model said of each image of an evaluation, written and read. */
import type { ImageAnswers } from '../inference/image_answers.js';
import { DataError } from '../device/errors.js';
import { parseCsv } from '../data/tables/csv_fields.js';
import { toCsv } from './csv.js';

export const PREDICTION_COLUMNS: readonly string[] = [
  'index',
  'file',
  'true',
  'predicted',
  'right',
  'p_predicted',
  'p_true',
  'loss',
];

/** Digits of probabilities and losses: those of a single-precision number. */
const DIGITS = 7;
const short = (value: number): number => Number(value.toPrecision(DIGITS));

/**
 * One line for each image, in the order of the evaluation: its place in the data set, counted from 0; 1 for a right
 * answer, else 0; the loss in nats.
 * @param origins of the images of the data set, where they are files.
 */
export function predictionsCsv(
  { indices, labels, predictions, pPredicted, pTrue, losses }: ImageAnswers,
  classes: readonly string[],
  origins: readonly { readonly file: string }[] | undefined,
): string {
  return toCsv(
    PREDICTION_COLUMNS,
    Array.from(indices, (index, i) => [
      index,
      origins?.[index]?.file ?? '',
      classes[labels[i]],
      classes[predictions[i]],
      labels[i] === predictions[i] ? 1 : 0,
      short(pPredicted[i]),
      short(pTrue[i]),
      short(losses[i]),
    ]),
  );
}

/** A line of predictions.csv, as far as comparisons want it. */
export interface Prediction {
  readonly index: number;
  /** '' for an image that is no file. */
  readonly file: string;
  readonly truth: string;
  readonly predicted: string;
  readonly isRight: boolean;
}

/** @throws DataError when the text is no predictions.csv. */
export function parsePredictions(text: string, file: string): Prediction[] {
  const [header, ...rows] = parseCsv(text, file);
  const fix = 'evaluate the run again, which writes it anew';
  if (header?.fields.join() !== PREDICTION_COLUMNS.join())
    throw new DataError(`${file}: its columns are not ${PREDICTION_COLUMNS.join(',')}`, { fix });
  return rows.map(({ fields: [index, name, truth, predicted, right], line }) => {
    if (!/^\d+$/.test(index) || (right !== '0' && right !== '1'))
      throw new DataError(`${file}:${line}: is no prediction`, { fix });
    return { index: Number(index), file: name, truth, predicted, isRight: right === '1' };
  });
}

/** What a model says of each image of an evaluation. */
import { softmaxRow, type LabelledLogits } from './calibration.js';

/** One entry for each image, in the order in which they were looked at. */
export interface ImageAnswers {
  /** Places in the data set. */
  readonly indices: Uint32Array;
  /** True classes, and predicted ones. */
  readonly labels: Uint32Array;
  readonly predictions: Uint32Array;
  /** Probability of the predicted class, and of the true one, 0 to 1. */
  readonly pPredicted: Float64Array;
  readonly pTrue: Float64Array;
  /** Cross-entropy, in nats. */
  readonly losses: Float64Array;
  /** The logits of the first images, as many as are kept, with their labels: of all, unless there are very many. */
  readonly kept: LabelledLogits;
}

/** Logits that are kept at most: 64 MiB, 16,777 images of 1,000 classes. */
const MAX_KEPT = 2 ** 24;

/** Takes the logits of a walk, batch by batch. */
export class AnswerCollector {
  readonly #labels: Uint32Array;
  readonly #classes: number;
  readonly #kept: Float32Array;
  /** Of the true class, and of the likeliest one; -log. */
  readonly #losses: Float64Array;
  readonly #best: Float64Array;

  /** @param labels (N) of the walk. */
  constructor(labels: Uint32Array, classes: number) {
    this.#labels = labels;
    this.#classes = classes;
    this.#kept = new Float32Array(Math.min(labels.length, Math.floor(MAX_KEPT / classes)) * classes);
    this.#losses = new Float64Array(labels.length);
    this.#best = new Float64Array(labels.length);
  }

  /** @param logits (batch, classes), of the images from `start` on. */
  add(start: number, logits: Float32Array): void {
    const classes = this.#classes;
    const room = this.#kept.length - start * classes;
    if (room > 0) this.#kept.set(logits.subarray(0, Math.min(room, logits.length)), start * classes);
    const p = new Float64Array(classes);
    for (let i = 0; i * classes < logits.length; i++) {
      const scale = softmaxRow(logits, i * classes, p);
      this.#losses[start + i] = scale - logits[i * classes + this.#labels[start + i]];
      let best = 0;
      for (let c = 1; c < classes; c++) if (p[c] > p[best]) best = c;
      this.#best[start + i] = p[best];
    }
  }

  /** @param predictions (N) as the device found them. */
  answers(indices: Uint32Array, predictions: Uint32Array): ImageAnswers {
    const [labels, classes, kept] = [this.#labels, this.#classes, this.#kept];
    return {
      indices,
      labels,
      predictions,
      pPredicted: this.#best,
      pTrue: this.#losses.map((loss) => Math.exp(-loss)),
      losses: this.#losses,
      kept: { logits: kept, labels: labels.subarray(0, kept.length / classes), classes },
    };
  }
}

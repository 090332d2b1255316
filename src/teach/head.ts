/** A linear layer on features, as plain arrays: what is taught, kept and answered with. */

/** Logits are weight * features + bias. */
export interface Head {
  /** D: numbers of a picture's features. */
  readonly width: number;
  /** (C, D) row-major. */
  readonly weight: Float32Array;
  /** (C). */
  readonly bias: Float32Array;
}

/** Probabilities (C) of logits (C), in f64. */
export function softmaxOf(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits);
  const top = Math.max(...all);
  const powers = all.map((v) => Math.exp(v - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/** Probabilities (C) of one picture's features (D). */
export function headProbabilities({ width, weight, bias }: Head, features: ArrayLike<number>): number[] {
  const logits = Array.from(bias, (b, c) => {
    let sum = b;
    for (let d = 0; d < width; d++) sum += weight[c * width + d] * features[d];
    return sum;
  });
  return softmaxOf(logits);
}

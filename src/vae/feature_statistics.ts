/** The numbers that features are standardised with before an auto-encoder sees them. */
import type { FeatureSet } from '../data/feature_set.js';

/**
 * The mean of each dimension (D), and one standard deviation for all: the root of their mean variance. Then a vector's
 * squared length is D on average whatever the backbone, so that one learning rate and one beta fit all, and dimensions
 * keep their weight relative to each other: one that hardly ever moves is not blown up, as it would be by its own
 * deviation. Features that are all the same have std 1.
 */
export function featureStatistics({ features, count, width }: FeatureSet): {
  mean: Float32Array<ArrayBuffer>;
  std: number;
} {
  const mean = new Float64Array(width);
  for (let n = 0; n < count; n++) for (let d = 0; d < width; d++) mean[d] += features[n * width + d] / count;
  let squares = 0;
  for (let n = 0; n < count; n++) for (let d = 0; d < width; d++) squares += (features[n * width + d] - mean[d]) ** 2;
  const variance = squares / Math.max(1, count * width);
  return { mean: Float32Array.from(mean), std: variance === 0 ? 1 : Math.sqrt(variance) };
}

/** (x - mean) / std of every vector. @param mean (D). */
export function standardise(set: FeatureSet, mean: Float32Array, std: number): FeatureSet {
  return { ...set, features: set.features.map((v, i) => (v - mean[i % set.width]) / std) };
}

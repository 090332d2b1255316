/** How a graph prepares pixels, and how that is found again. */
import { toFloat32 } from '../nn/state/raw_tensor.js';
import type { OnnxFile } from './messages.js';

/** Begins the names of what prepares pixels in a graph; `readOnnxModel` takes it off again. */
export const NORMALIZATION = 'normalization.';

/** Mean and deviation of each channel, of values in 0..1. */
export interface OnnxNormalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What a file of Weft's does to pixels first; null where nothing says it. */
export function normalizationOf({ graph }: OnnxFile, file: string): OnnxNormalization | null {
  const [mean, std] = ['mean', 'std'].map((name) => graph.initializers.get(NORMALIZATION + name));
  if (mean === undefined || std === undefined) return null;
  const numbers = (t: typeof mean): number[] => [...toFloat32(t, NORMALIZATION, file)];
  return { mean: numbers(mean), std: numbers(std) };
}

/**
 * Variance, standard deviation, log of a sum of exponentials, and norms, over any dimensions; the results keep them as
 * 1.
 */
import type { HostTensor } from '../launch/host_tensor.js';
import { reduceBy } from './reference.js';

type Dims = readonly number[];

/** Sum of (x - mean)^2, divided by n - 1 when unbiased, else by n. */
export function variance(x: HostTensor, dims: Dims, unbiased: boolean): HostTensor {
  return reduceBy(x, dims, (values) => {
    const n = values.length;
    const mean = values.reduce((s, v) => s + v, 0) / n;
    return values.reduce((s, v) => s + (v - mean) ** 2, 0) / (unbiased ? n - 1 : n);
  });
}

/** Square root of the variance. */
export function std(x: HostTensor, dims: Dims, unbiased: boolean): HostTensor {
  const y = variance(x, dims, unbiased);
  return { shape: y.shape, data: y.data.map(Math.sqrt) };
}

/** log(sum of exp(x)). */
export function logsumexp(x: HostTensor, dims: Dims): HostTensor {
  return reduceBy(x, dims, (values) => {
    const top = values.reduce((m, v) => Math.max(m, v), -Infinity);
    return Math.abs(top) === Infinity ? top : top + Math.log(values.reduce((s, v) => s + Math.exp(v - top), 0));
  });
}

/** (sum of |x|^p)^(1 / p), or the largest |x|. */
export function norm(x: HostTensor, p: number, dims: Dims): HostTensor {
  return reduceBy(x, dims, (values) =>
    p === Infinity
      ? values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
      : values.reduce((s, v) => s + Math.abs(v) ** p, 0) ** (1 / p),
  );
}

/** Batch normalisation over (N, C, …), and its gradients. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** (C) each. */
export interface ChannelStatistics {
  readonly mean: HostTensor;
  readonly variance: HostTensor;
}

/** Calls `visit` with the number of every element of x and its channel. */
function forEachElement(shape: readonly number[], visit: (i: number, c: number) => void): void {
  const [N, C, ...plane] = shape;
  const P = plane.reduce((n, d) => n * d, 1);
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) for (let p = 0; p < P; p++) visit((n * C + c) * P + p, c);
}

/** Mean and biased variance of each channel. */
export function batchStatistics(x: HostTensor): ChannelStatistics {
  const C = x.shape[1];
  const M = x.data.length / C; // numbers in a channel
  const mean = hostTensor([C]);
  const variance = hostTensor([C]);
  forEachElement(x.shape, (i, c) => (mean.data[c] += x.data[i] / M));
  forEachElement(x.shape, (i, c) => (variance.data[c] += (x.data[i] - mean.data[c]) ** 2 / M));
  return { mean, variance };
}

/**
 * The running statistics after a batch of M numbers per channel: `factor` of the batch's, the rest of what they were.
 */
export function movedStatistics(
  running: ChannelStatistics,
  batch: ChannelStatistics,
  M: number,
  factor: number,
): ChannelStatistics {
  const move = (a: HostTensor, b: HostTensor, scale: number): HostTensor =>
    hostTensor(
      a.shape,
      a.data.map((v, c) => (1 - factor) * v + factor * b.data[c] * scale),
    );
  return { mean: move(running.mean, batch.mean, 1), variance: move(running.variance, batch.variance, M / (M - 1)) };
}

/** y = (x - mean) / sqrt(variance + eps) * weight + bias. */
export function batchNorm(
  x: HostTensor,
  s: ChannelStatistics,
  weight: HostTensor | null,
  bias: HostTensor | null,
  eps: number,
): HostTensor {
  const y = hostTensor(x.shape);
  forEachElement(x.shape, (i, c) => {
    const normal = (x.data[i] - s.mean.data[c]) / Math.sqrt(s.variance.data[c] + eps);
    y.data[i] = normal * (weight?.data[c] ?? 1) + (bias?.data[c] ?? 0);
  });
  return y;
}

/** Gradients of x, weight and bias. With `training` the statistics are the batch's own and depend on x. */
export function batchNormBackward(
  dy: HostTensor,
  x: HostTensor,
  s: ChannelStatistics,
  weight: HostTensor | null,
  eps: number,
  training: boolean,
): [HostTensor, HostTensor, HostTensor] {
  const C = x.shape[1];
  const M = x.data.length / C;
  const [dx, dw, db] = [hostTensor(x.shape), hostTensor([C]), hostTensor([C])];
  const std = (c: number): number => Math.sqrt(s.variance.data[c] + eps);
  const normal = (i: number, c: number): number => (x.data[i] - s.mean.data[c]) / std(c);
  forEachElement(x.shape, (i, c) => {
    dw.data[c] += dy.data[i] * normal(i, c);
    db.data[c] += dy.data[i];
  });
  forEachElement(x.shape, (i, c) => {
    const through = training ? (db.data[c] + normal(i, c) * dw.data[c]) / M : 0; // what goes through mean and variance
    dx.data[i] = ((weight?.data[c] ?? 1) / std(c)) * (dy.data[i] - through);
  });
  return [dx, dw, db];
}

/** relu of y + residual, each where wanted: what may follow a normalisation. */
export function normEpilogue(y: HostTensor, residual: HostTensor | null, relu: boolean): HostTensor {
  const data = y.data.map((v, i) => v + (residual?.data[i] ?? 0));
  return hostTensor(y.shape, relu ? data.map((v) => Math.max(v, 0)) : data);
}

/** Softmax and negative log likelihood. */
import type { LikelihoodName } from './cross_entropy.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface CrossEntropyArgs {
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
}

/**
 * Losses (N, …) of x (N, C, …) and label (N, …), and how much each counts: weight[label]. A row's loss is weight[label]
 * times -logp[label], where logp is x itself for nll_loss and its log_softmax for cross_entropy; with smoothing s, 1 -
 * s of that and s / C of the sum over c of weight[c] times -logp[c]. NaN where the label is no class, 0 where it is
 * ignored.
 */
export function crossEntropy(
  name: LikelihoodName,
  x: HostTensor,
  label: HostTensor,
  weight: HostTensor | null,
  { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyArgs = {},
): { loss: HostTensor; counted: HostTensor } {
  const [N, C, ...places] = x.shape;
  const inner = places.reduce((n, d) => n * d, 1);
  const [loss, counted] = [hostTensor(label.shape), hostTensor(label.shape)];
  for (let n = 0; n < N * inner; n++) {
    const t = label.data[n];
    if (t === ignoreIndex >>> 0) continue;
    const row = Array.from({ length: C }, (_, c) => x.data[(Math.floor(n / inner) * C + c) * inner + (n % inner)]);
    const top = Math.max(...row);
    const logSum = Math.log(row.reduce((s, v) => s + Math.exp(v - top), 0));
    const minusLog = (v: number): number => (name === 'nll_loss' ? -v : logSum + (top - v));
    const w = (c: number): number => weight?.data[c] ?? (c < C ? 1 : NaN);
    counted.data[n] = w(t);
    // 0 times infinity would be NaN
    const smooth = labelSmoothing === 0 ? 0 : row.reduce((s, v, c) => s + w(c) * minusLog(v), 0);
    loss.data[n] = (1 - labelSmoothing) * w(t) * minusLog(row[t]) + (labelSmoothing / C) * smooth;
  }
  return { loss, counted };
}

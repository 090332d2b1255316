/** Focal loss and binary cross-entropy with labels. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import type { LabelLossName } from './label_losses.js';

const softplus = (v: number): number => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

/**
 * Losses (N, …) of x (N, C, …) and label (N, …), and how much each counts: weight[label]. NaN where the label is no
 * class.
 * @param setting gamma, or the label smoothing.
 */
export function labelLoss(
  name: LabelLossName,
  x: HostTensor,
  label: HostTensor,
  weight: HostTensor | null,
  setting: number,
): { loss: HostTensor; counted: HostTensor } {
  const [N, C, ...places] = x.shape;
  const inner = places.reduce((n, d) => n * d, 1);
  const [loss, counted] = [hostTensor(label.shape), hostTensor(label.shape)];
  for (let n = 0; n < N * inner; n++) {
    const t = label.data[n];
    const row = Array.from({ length: C }, (_, c) => x.data[(Math.floor(n / inner) * C + c) * inner + (n % inner)]);
    counted.data[n] = weight?.data[t] ?? (t < C ? 1 : NaN);
    if (name === 'focal_loss') {
      const top = Math.max(...row);
      const powers = row.map((v) => Math.exp(v - top));
      const sum = powers.reduce((s, v) => s + v, 0);
      const rest = powers.reduce((s, v, c) => (c === t ? s : s + v), 0) / sum;
      loss.data[n] = counted.data[n] * rest ** setting * (Math.log(sum) + top - row[t]);
    } else {
      const q = row.map((_, c) => (c === t ? 1 - setting : 0) + setting / C);
      const losses = row.map((v, c) => (1 - q[c]) * softplus(v) + q[c] * softplus(-v));
      loss.data[n] = counted.data[n] * losses.reduce((s, v) => s + v, 0);
    }
  }
  return { loss, counted };
}

/** Where the true class comes among all, by its logit. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/**
 * (N): the classes of x (N, C) with a larger logit than label (N), and the smaller ones with the same; C where the
 * label is no class.
 */
export function classRanks(x: HostTensor, label: HostTensor): HostTensor {
  const [N, C] = x.shape;
  const rank = hostTensor([N]);
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * C, (n + 1) * C);
    const t = label.data[n];
    for (let c = 0; c < C; c++) if (t >= C || row[c] > row[t] || (row[c] === row[t] && c < t)) rank.data[n]++;
  }
  return rank;
}

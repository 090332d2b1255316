/** Softmax and negative log likelihood. */
import { hostTensor, type HostTensor } from './host_tensor.js';

/** loss[n] = log(sum over c of exp(x[n, c])) - x[n, label[n]]. x (N, C), label (N). NaN where the label is no class. */
export function crossEntropy(x: HostTensor, label: HostTensor): HostTensor {
  const [N, C] = x.shape;
  const loss = hostTensor([N]);
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * C, (n + 1) * C);
    const top = Math.max(...row);
    let sum = 0;
    for (const v of row) sum += Math.exp(v - top);
    loss.data[n] = label.data[n] < C ? top + Math.log(sum) - row[label.data[n]] : NaN;
  }
  return loss;
}

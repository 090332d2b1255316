/** softmax and log_softmax along one dimension. */
import type { SoftmaxName } from './softmax.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** softmax y = exp(x) / sum of exp(x); log_softmax its logarithm. `dim` is counted from the front. */
export function softmax(name: SoftmaxName, x: HostTensor, dim: number): HostTensor {
  const y = hostTensor(x.shape);
  const C = x.shape[dim] ?? 1;
  const inner = x.shape.slice(dim + 1).reduce((n, d) => n * d, 1); // elements from one c to the next
  for (let start = 0; start < x.data.length; start++) {
    if (Math.floor(start / inner) % C !== 0) continue; // not the first of its row
    const row = Array.from({ length: C }, (_, c) => start + c * inner);
    const top = Math.max(...row.map((at) => x.data[at]));
    const sum = row.reduce((s, at) => s + Math.exp(x.data[at] - top), 0);
    for (const at of row)
      y.data[at] = name === 'softmax' ? Math.exp(x.data[at] - top) / sum : x.data[at] - top - Math.log(sum);
  }
  return y;
}

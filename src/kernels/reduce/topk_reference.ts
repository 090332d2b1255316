/** The k largest entries of each row. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** x (N, C) -> (N, k): largest first, of equals the smaller index first; NaN is larger than all others. */
export function topk(x: HostTensor, k: number): { values: HostTensor; indices: HostTensor } {
  const [N, C] = x.shape;
  const [values, indices] = [hostTensor([N, k]), hostTensor([N, k])];
  for (let n = 0; n < N; n++) {
    const row = x.data.subarray(n * C, (n + 1) * C);
    const order = Array.from({ length: C }, (_, c) => c).sort((a, b) => {
      const [isNaN, otherIsNaN] = [Number.isNaN(row[a]), Number.isNaN(row[b])];
      if (isNaN || otherIsNaN) return Number(otherIsNaN) - Number(isNaN) || a - b;
      return (row[a] === row[b] ? 0 : row[a] > row[b] ? -1 : 1) || a - b;
    });
    for (let j = 0; j < k; j++) {
      values.data[n * k + j] = row[order[j]];
      indices.data[n * k + j] = order[j];
    }
  }
  return { values, indices };
}

/** cdist in plain f64 loops: the specification. y[n, m] = sqrt(sum over d of (a[n, d] - b[m, d])^2). */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export function cdist(a: HostTensor, b: HostTensor): HostTensor {
  const [N, D] = a.shape;
  const [M] = b.shape;
  const y = hostTensor([N, M]);
  for (let n = 0; n < N; n++) {
    for (let m = 0; m < M; m++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += (a.data[n * D + d] - b.data[m * D + d]) ** 2;
      y.data[n * M + m] = Math.sqrt(sum);
    }
  }
  return y;
}

/** da and db: along (a[n] - b[m]) / y[n, m], which counts as 0 where the distance is 0. */
export function cdistBackward(dy: HostTensor, a: HostTensor, b: HostTensor): readonly [HostTensor, HostTensor] {
  const [N, D] = a.shape;
  const [M] = b.shape;
  const y = cdist(a, b);
  const [da, db] = [hostTensor([N, D]), hostTensor([M, D])];
  for (let n = 0; n < N; n++) {
    for (let m = 0; m < M; m++) {
      if (y.data[n * M + m] === 0) continue;
      const scale = dy.data[n * M + m] / y.data[n * M + m];
      for (let d = 0; d < D; d++) {
        const pull = scale * (a.data[n * D + d] - b.data[m * D + d]);
        da.data[n * D + d] += pull;
        db.data[m * D + d] -= pull;
      }
    }
  }
  return [da, db];
}

/** Matrix products. */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

export interface MatmulArgs {
  /** a is stored (…, K, M). */
  readonly transposeA?: boolean;
  /** b is stored (…, N, K). */
  readonly transposeB?: boolean;
}

/** c[…, m, n] = sum over k of a[…, m, k] * b[…, k, n]; batch dimensions of size 1, and missing leading ones, repeat. */
export function matmul(
  a: HostTensor,
  b: HostTensor,
  { transposeA = false, transposeB = false }: MatmulArgs = {},
): HostTensor {
  const [a0, a1] = a.shape.slice(-2);
  const [b0, b1] = b.shape.slice(-2);
  const [M, K] = transposeA ? [a1, a0] : [a0, a1];
  const N = transposeB ? b0 : b1;
  const rank = Math.max(a.shape.length, b.shape.length) - 2;
  const [batchA, batchB] = [a, b].map((t) => [
    ...new Array<number>(rank + 2 - t.shape.length).fill(1),
    ...t.shape.slice(0, -2),
  ]);
  const batch = batchA.map((n, d) => (n === 1 ? batchB[d] : n));
  const c = hostTensor([...batch, M, N]);
  const items = batch.reduce((n, d) => n * d, 1);
  for (let item = 0; item < items; item++) {
    const position = positionOf(item, batch);
    const [itemA, itemB] = [batchA, batchB].map((shape) =>
      elementAt(
        position.map((p, d) => (shape[d] === 1 ? 0 : p)),
        shape,
      ),
    );
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++) {
          sum +=
            a.data[itemA * M * K + (transposeA ? k * M + m : m * K + k)] *
            b.data[itemB * K * N + (transposeB ? n * K + k : k * N + n)];
        }
        c.data[(item * M + m) * N + n] = sum;
      }
    }
  }
  return c;
}

/** y[…, o] = sum over i of x[…, i] * w[o, i] + bias[o]. x (…, I), w (O, I), bias (O). */
export function linear(x: HostTensor, w: HostTensor, bias: HostTensor | null): HostTensor {
  const [O, I] = w.shape;
  const y = hostTensor([...x.shape.slice(0, -1), O]);
  for (let row = 0; row < y.data.length / O; row++) {
    for (let o = 0; o < O; o++) {
      let sum = bias === null ? 0 : bias.data[o];
      for (let i = 0; i < I; i++) sum += x.data[row * I + i] * w.data[o * I + i];
      y.data[row * O + o] = sum;
    }
  }
  return y;
}

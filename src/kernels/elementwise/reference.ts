/** The rows of the elementwise table, one element after the other. */
import { UNARY, type UnaryName } from './unary_table.js';
import { BINARY, type BinaryName } from './binary_table.js';
import type { BinaryRow, UnaryRow } from './row.js';
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

/** y[i] = f(x[i]). */
export function unary(name: UnaryName, x: HostTensor, [p0, p1]: readonly [number, number]): HostTensor {
  const row: UnaryRow = UNARY[name];
  const y = hostTensor(x.shape);
  for (let i = 0; i < x.data.length; i++) y.data[i] = row.cpu(x.data[i], p0, p1);
  return y;
}

/** y[i] = f(a[i], b[i]) where an operand repeats along dimensions that it lacks or has with size 1. */
export function binary(name: BinaryName, a: HostTensor, b: HostTensor, p0 = 0): HostTensor {
  const row: BinaryRow = BINARY[name];
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = [a, b].map((t) => [...new Array<number>(rank - t.shape.length).fill(1), ...t.shape]);
  const y = hostTensor(padded[0].map((d, i) => (d === 1 ? padded[1][i] : d)));
  for (let i = 0; i < y.data.length; i++) {
    const position = positionOf(i, y.shape);
    const [ia, ib] = padded.map((shape) =>
      elementAt(
        position.map((p, d) => (shape[d] === 1 ? 0 : p)),
        shape,
      ),
    );
    y.data[i] = row.cpu(a.data[ia], b.data[ib], p0);
  }
  return y;
}

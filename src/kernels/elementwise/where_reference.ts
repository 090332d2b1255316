/** Choosing between two tensors. */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

/** y[i] = condition[i] ? a[i] : b[i] where an operand repeats along dimensions that it lacks or has with size 1. */
export function where(condition: HostTensor, a: HostTensor, b: HostTensor): HostTensor {
  const operands = [condition, a, b];
  const rank = Math.max(...operands.map((t) => t.shape.length));
  const padded = operands.map((t) => [...new Array<number>(rank - t.shape.length).fill(1), ...t.shape]);
  const y = hostTensor(padded[0].map((_, d) => padded.map((shape) => shape[d]).find((n) => n !== 1) ?? 1));
  for (let i = 0; i < y.data.length; i++) {
    const position = positionOf(i, y.shape);
    const [ic, ia, ib] = padded.map((shape) =>
      elementAt(
        position.map((p, d) => (shape[d] === 1 ? 0 : p)),
        shape,
      ),
    );
    y.data[i] = condition.data[ic] !== 0 ? a.data[ia] : b.data[ib];
  }
  return y;
}

/**
 * The ops that move numbers: permute, slice, cat, expand, reshape. Each walks its output and asks where an element
 * comes from.
 */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

function gather(
  shape: readonly number[],
  x: HostTensor,
  from: (position: readonly number[]) => readonly number[],
): HostTensor {
  const y = hostTensor(shape);
  for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[elementAt(from(positionOf(i, shape)), x.shape)];
  return y;
}

/** y.shape[i] = x.shape[order[i]]. */
export function permute(x: HostTensor, order: readonly number[]): HostTensor {
  return gather(
    order.map((d) => x.shape[d]),
    x,
    (position) => x.shape.map((_, d) => position[order.indexOf(d)]),
  );
}

/** Every step-th of the entries start..end (end not included) of one dimension. */
export function slice(x: HostTensor, dim: number, start: number, end: number, step = 1): HostTensor {
  const shape = x.shape.map((n, d) => (d === dim ? Math.ceil((end - start) / step) : n));
  return gather(shape, x, (position) => position.map((p, d) => (d === dim ? p * step + start : p)));
}

/** The last two dimensions where column - row is at most k (tril) or at least k (triu); 0 elsewhere. */
export function triangle(name: 'tril' | 'triu', x: HostTensor, k: number): HostTensor {
  const y = hostTensor(x.shape);
  for (let i = 0; i < y.data.length; i++) {
    const [row, column] = positionOf(i, x.shape).slice(-2);
    if (name === 'tril' ? column - row <= k : column - row >= k) y.data[i] = x.data[i];
  }
  return y;
}

/** Parts one after the other along a dimension. */
export function cat(parts: readonly HostTensor[], dim: number): HostTensor {
  const total = parts.reduce((n, p) => n + p.shape[dim], 0);
  const y = hostTensor(parts[0].shape.map((n, d) => (d === dim ? total : n)));
  let before = 0;
  for (const part of parts) {
    for (let i = 0; i < part.data.length; i++) {
      const position = positionOf(i, part.shape);
      position[dim] += before;
      y.data[elementAt(position, y.shape)] = part.data[i];
    }
    before += part.shape[dim];
  }
  return y;
}

/** Dimensions of size 1, and missing leading ones, repeated. */
export function expand(x: HostTensor, shape: readonly number[]): HostTensor {
  const lead = shape.length - x.shape.length;
  return gather(shape, x, (position) => x.shape.map((n, d) => (n === 1 ? 0 : position[lead + d])));
}

export function reshape(x: HostTensor, shape: readonly number[]): HostTensor {
  return hostTensor(shape, x.data);
}

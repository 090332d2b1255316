/** sum, mean, max, min, prod over any dimensions. */
import type { ReduceName } from './reduce.js';
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

const START: Record<ReduceName, number> = { sum: 0, mean: 0, max: -Infinity, min: Infinity, prod: 1 };

const COMBINE: Record<ReduceName, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  mean: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
  prod: (a, b) => a * b,
};

/** x reduced over `dims` (counted from the front); the result keeps them as 1. */
export function reduce(name: ReduceName, x: HostTensor, dims: readonly number[]): HostTensor {
  const y = hostTensor(x.shape.map((n, d) => (dims.includes(d) ? 1 : n)));
  y.data.fill(START[name]);
  for (let i = 0; i < x.data.length; i++) {
    const position = positionOf(i, x.shape).map((p, d) => (dims.includes(d) ? 0 : p));
    const at = elementAt(position, y.shape);
    y.data[at] = COMBINE[name](y.data[at], x.data[i]);
  }
  if (name === 'mean') for (let i = 0; i < y.data.length; i++) y.data[i] /= x.data.length / y.data.length;
  return y;
}

/** f of the elements that share a position outside `dims`, in order; the result keeps `dims` as 1. */
export function reduceBy(x: HostTensor, dims: readonly number[], f: (values: readonly number[]) => number): HostTensor {
  const y = hostTensor(x.shape.map((n, d) => (dims.includes(d) ? 1 : n)));
  const groups = Array.from(y.data, (): number[] => []);
  for (let i = 0; i < x.data.length; i++) {
    const position = positionOf(i, x.shape).map((p, d) => (dims.includes(d) ? 0 : p));
    groups[elementAt(position, y.shape)].push(x.data[i]);
  }
  groups.forEach((values, i) => (y.data[i] = f(values)));
  return y;
}

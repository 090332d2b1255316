/** The few things that graphs do with lists of sizes: the host does them. */
import { contiguousStrides, sizeOf, type Shape } from '../../tensor/shape.js';
import type { HostValue } from './value.js';

/** Numbers of a shape picked from others. @param from the place among the others of a position. */
function picked(shape: Shape, data: readonly number[], from: (position: readonly number[]) => number): HostValue {
  const strides = contiguousStrides(shape);
  return {
    shape,
    data: Array.from(
      { length: sizeOf(shape) },
      (_, i) => data[from(shape.map((n, d) => Math.floor(i / strides[d]) % n))],
    ),
  };
}

export function hostTranspose({ shape, data }: HostValue, order: readonly number[]): HostValue {
  const strides = contiguousStrides(shape);
  return picked(
    order.map((d) => shape[d]),
    data,
    (at) => at.reduce((sum, i, d) => sum + i * strides[order[d]], 0),
  );
}

/** Where a walk along a dimension begins and ends (not included), as ONNX's Slice takes its numbers. */
export function walkOf(size: number, start: number, end: number, step: number): { from: number; to: number } {
  const kept = (v: number, low: number, high: number): number => Math.min(Math.max(v < 0 ? v + size : v, low), high);
  return step > 0
    ? { from: kept(start, 0, size), to: kept(end, 0, size) }
    : { from: kept(start, 0, size - 1), to: end < -size ? -1 : kept(end, -1, size - 1) };
}

export function hostSlice({ shape, data }: HostValue, dim: number, [start, end, step]: readonly number[]): HostValue {
  const { from, to } = walkOf(shape[dim], start, end, step);
  const strides = contiguousStrides(shape);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return picked(shape.with(dim, count), data, (at) =>
    at.reduce((sum, i, d) => sum + (d === dim ? from + i * step : i) * strides[d], 0),
  );
}

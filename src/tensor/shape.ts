/** Shape rules: pure functions of lists of sizes, row-major. */
import { ShapeError } from '../device/errors.js';

/** Sizes of dimensions, outermost first; () is that of a single number. */
export type Shape = readonly number[];

/** Number of elements; 1 for a scalar, whose shape is (). */
export function sizeOf(shape: Shape): number {
  return shape.reduce((n, d) => n * d, 1);
}

/** `(2, 3)`, as messages print shapes. */
export function formatShape(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** Row-major strides in elements: of (2, 3, 4) they are (12, 4, 1). */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = step;
    step *= shape[d];
  }
  return strides;
}

/** A dimension counted from the front; -1 is the last. A scalar counts as having one. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const count = Math.max(rank, 1);
  const d = dim < 0 ? dim + count : dim;
  if (!Number.isInteger(dim) || d < 0 || d >= count) {
    throw new ShapeError(`[${op}] dim ${dim} is out of range for ${rank} dimensions`, {
      fix: `use ${-count} to ${count - 1}`,
    });
  }
  return d;
}

/** Dimensions without repetition, counted from the front, ascending. None given means all. */
export function normalizeDims(op: string, dims: number | readonly number[] | undefined, rank: number): number[] {
  if (dims === undefined) return Array.from({ length: rank }, (_, d) => d);
  const list = (typeof dims === 'number' ? [dims] : [...dims])
    .map((d) => normalizeDim(op, d, rank))
    .sort((a, b) => a - b);
  if (new Set(list).size !== list.length) throw new ShapeError(`[${op}] dims (${String(dims)}) name a dimension twice`);
  return list;
}

/** A shape without some of its dimensions, counted from the front. */
export function withoutDims(shape: Shape, dims: readonly number[]): number[] {
  return shape.filter((_, d) => !dims.includes(d));
}

/** The common shape of two operands: aligned at the end, sizes equal or 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const da = a[a.length - i] ?? 1;
    const db = b[b.length - i] ?? 1;
    if (da !== db && da !== 1 && db !== 1) {
      throw new ShapeError(
        `[${op}] shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ${da} and ${db} in dimension -${i}`,
        {
          fix: 'sizes must be equal, or one of them 1, counted from the last dimension',
        },
      );
    }
    result[rank - i] = da === 1 ? db : da;
  }
  return result;
}

/** Strides with which an operand is read at the broadcast shape: 0 where it repeats. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = contiguousStrides(from);
  const lead = to.length - from.length;
  return to.map((_, d) => (d < lead || from[d - lead] === 1 ? 0 : strides[d - lead]));
}

/** Dimensions of `to` over which an operand of shape `from` was repeated; the gradient is summed over them. */
export function broadcastDims(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.map((_, d) => d).filter((d) => d < lead || (from[d - lead] === 1 && to[d] !== 1));
}

/** Shape with one entry of -1 filled in. */
export function inferShape(op: string, size: number, shape: Shape): number[] {
  const unknown = shape.filter((d) => d === -1).length;
  const known = shape.filter((d) => d !== -1).reduce((n, d) => n * d, 1);
  const filled = shape.map((d) => (d === -1 ? size / known : d));
  if (unknown > 1 || filled.some((d) => !Number.isInteger(d) || d < 0) || sizeOf(filled) !== size) {
    throw new ShapeError(`[${op}] ${size} elements do not make shape ${formatShape(shape)}`);
  }
  return filled;
}

/** One dimension of a strided walk: its size and, for each operand, its stride in elements. */
export interface WalkDim {
  readonly size: number;
  readonly strides: readonly number[];
}

/**
 * The shortest list of dimensions that walks several operands over one shape: sizes of 1 dropped, neighbours merged
 * where every operand's outer stride is its inner stride times the inner size. At least one dimension is left.
 */
export function collapseDims(shape: Shape, operands: readonly (readonly number[])[]): WalkDim[] {
  const result: WalkDim[] = [];
  for (let d = 0; d < shape.length; d++) {
    if (shape[d] === 1) continue;
    const strides = operands.map((s) => s[d]);
    const last = result.at(-1);
    if (last !== undefined && last.strides.every((s, i) => s === strides[i] * shape[d])) {
      result[result.length - 1] = { size: last.size * shape[d], strides };
    } else result.push({ size: shape[d], strides });
  }
  return result.length > 0 ? result : [{ size: 1, strides: operands.map(() => 0) }];
}

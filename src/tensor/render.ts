/** Numbers in nested brackets, the way NumPy and PyTorch print them. */
import { contiguousStrides, sizeOf, type Shape } from './shape.js';

/** More elements than this are abbreviated with `…`, as are more than 2 * EDGE entries of a dimension then. */
const FULL_SIZE = 1000;
const EDGE = 3;
/** f32 holds every integer up to here; larger ones are rounded when printed, as fractions are. */
const EXACT_INTEGERS = 2 ** 24;

/** What is told of the tensor whose numbers these are. */
export interface Rendered {
  readonly shape: Shape;
  readonly dtype: string;
}

/** An element's number, by its place in row-major order. */
export type Values = (i: number) => number;

/** The elements of which a tensor of this shape shows the numbers, in order. */
export function shownElements(shape: Shape): number[] {
  const strides = contiguousStrides(shape);
  const part = (dim: number, offset: number): number[] =>
    dim === shape.length
      ? [offset]
      : shown(shape, dim).flatMap((i) => (i < 0 ? [] : part(dim + 1, offset + i * strides[dim])));
  return part(0, 0);
}

/** The numbers in nested brackets, with `…` for those in the middle of long dimensions of large tensors. */
export function render({ shape, dtype }: Rendered, values: Values, digits = 4): string {
  const strides = contiguousStrides(shape);
  const rank = shape.length;
  const isExact = (v: number): boolean => Number.isInteger(v) && (dtype === 'u32' || Math.abs(v) <= EXACT_INTEGERS);
  const text = (v: number): string => (isExact(v) ? String(v) : Number(v.toPrecision(digits)).toString());
  const part = (dim: number, offset: number): string => {
    if (dim === rank) return text(values(offset));
    const entries = shown(shape, dim).map((i) => (i < 0 ? '…' : part(dim + 1, offset + i * strides[dim])));
    const separator = dim === rank - 1 ? ', ' : `,${'\n'.repeat(rank - 1 - dim)}${' '.repeat(dim + 1)}`;
    return `[${entries.join(separator)}]`;
  };
  return part(0, 0);
}

/** The entries of a dimension that are shown; -1 stands for those left out. */
function shown(shape: Shape, dim: number): number[] {
  const n = shape[dim];
  return sizeOf(shape) > FULL_SIZE && n > 2 * EDGE ? [...range(0, EDGE), -1, ...range(n - EDGE, n)] : range(0, n);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

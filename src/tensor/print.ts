/** Tensors as text, the way NumPy and PyTorch print them. */
import { contiguousStrides, formatShape } from './shape.js';
import type { Tensor } from './tensor.js';

/** More elements than this are abbreviated with `…`, as are more than 2 * EDGE entries of a dimension then. */
const FULL_SIZE = 1000;
const EDGE = 3;
/** f32 holds every integer up to here; larger ones are rounded when printed, as fractions are. */
const EXACT_INTEGERS = 2 ** 24;

/** `tensor (2, 2) f32\n[[1, 2],\n [3, 4]]`, after everything recorded so far. */
export async function format(x: Tensor, digits = 4): Promise<string> {
  const values = await x.read();
  const strides = contiguousStrides(x.shape);
  const isExact = (v: number): boolean => Number.isInteger(v) && (x.dtype === 'u32' || Math.abs(v) <= EXACT_INTEGERS);
  const text = (v: number): string => (isExact(v) ? String(v) : Number(v.toPrecision(digits)).toString());
  const abbreviate = x.size > FULL_SIZE;
  const part = (dim: number, offset: number): string => {
    if (dim === x.rank) return text(values[offset]);
    const n = x.shape[dim];
    const shown = abbreviate && n > 2 * EDGE ? [...range(0, EDGE), -1, ...range(n - EDGE, n)] : range(0, n);
    const entries = shown.map((i) => (i < 0 ? '…' : part(dim + 1, offset + i * strides[dim])));
    const separator = dim === x.rank - 1 ? ', ' : `,${'\n'.repeat(x.rank - 1 - dim)}${' '.repeat(dim + 1)}`;
    return `[${entries.join(separator)}]`;
  };
  return `tensor ${formatShape(x.shape)} ${x.dtype}\n${part(0, 0)}`;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

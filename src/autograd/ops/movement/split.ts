/**
 * Taking tensors apart and putting them together, made of reshape, slice, cat, expand and flip. The gradient of each
 * part fills a tensor of x's size, so a tensor is better split into a few parts than into hundreds.
 */
import { ShapeError } from '../../../device/errors.js';
import { stridedCopy } from '../../../kernels/movement/strided_copy.js';
import { contiguousStrides, formatShape, normalizeDim, normalizeDims } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { cat, expand, reshape, slice } from './movement.js';

/** A dimension of size 1 put in at `dim`, which may be one past the last. x (…) -> (…, 1, …). */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  return reshape(x, x.shape.toSpliced(normalizeDim('unsqueeze', dim, x.rank + 1), 0, 1));
}

/** Dimensions of size 1 left out: all, or those of `dim` that have size 1. x (…, 1, …) -> (…). */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  const dims = normalizeDims('squeeze', dim, x.rank);
  return reshape(
    x,
    x.shape.filter((n, d) => n !== 1 || !dims.includes(d)),
  );
}

/**
 * `length` entries of one dimension from `start` on; a negative start counts from the back.
 * x (…, size, …) -> (…, length, …).
 */
export function narrow(x: Tensor, dim: number, start: number, length: number): Tensor {
  const d = normalizeDim('narrow', dim, x.rank);
  const from = start < 0 ? start + x.shape[d] : start;
  if (![from, length].every(Number.isInteger) || from < 0 || length < 0 || from + length > x.shape[d]) {
    throw new ShapeError(
      `[narrow] ${length} entries from ${start} on do not lie in dim ${d} of ${formatShape(x.shape)}`,
    );
  }
  return slice(x, d, from, from + length);
}

/** One entry of a dimension, which goes away. x (…, size, …) -> (…). */
export function select(x: Tensor, dim: number, index: number): Tensor {
  const d = normalizeDim('select', dim, x.rank);
  const n = x.shape[d] ?? 0;
  const at = index < 0 ? index + n : index;
  if (!Number.isInteger(at) || at < 0 || at >= n)
    throw new ShapeError(`[select] index ${index} is not in dim ${d} of ${formatShape(x.shape)}`);
  return reshape(slice(x, d, at, at + 1), x.shape.toSpliced(d, 1));
}

/** All entries of a dimension, without it. x (…, size, …) -> size times (…). */
export function unbind(x: Tensor, dim = 0): Tensor[] {
  const d = normalizeDim('unbind', dim, x.rank);
  return Array.from({ length: x.shape[d] }, (_, i) => select(x, d, i));
}

/**
 * Parts of one dimension: of `sizes` each (the last may be smaller), or of the sizes listed, which must add up.
 * x (…, size, …) -> parts (…, n, …).
 */
export function split(x: Tensor, sizes: number | readonly number[], dim = 0): Tensor[] {
  const d = normalizeDim('split', dim, x.rank);
  const n = x.shape[d] ?? 0;
  if (typeof sizes === 'number' && !(Number.isInteger(sizes) && sizes > 0))
    throw new ShapeError(`[split] a size of ${sizes} is not a whole number of at least 1`);
  const list =
    typeof sizes === 'number'
      ? Array.from({ length: Math.max(1, Math.ceil(n / sizes)) }, (_, i) => Math.min(sizes, n - i * sizes))
      : sizes;
  if (list.reduce((sum, s) => sum + s, 0) !== n || list.some((s) => !Number.isInteger(s) || s < 0)) {
    throw new ShapeError(`[split] sizes (${list.join(', ')}) do not add up to dim ${d} of ${formatShape(x.shape)}`);
  }
  let start = 0;
  return list.map((s) => slice(x, d, start, (start += s)));
}

/**
 * At most `chunks` parts of one dimension, equal but for the last, as torch.chunk.
 * x (…, size, …) -> parts (…, n, …).
 */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  if (!Number.isInteger(chunks) || chunks < 1)
    throw new ShapeError(`[chunk] ${chunks} chunks are not a whole number of at least 1`);
  const d = normalizeDim('chunk', dim, x.rank);
  const size = Math.ceil((x.shape[d] ?? 0) / chunks);
  return size > 0 ? split(x, size, d) : split(x, new Array<number>(chunks).fill(0), d);
}

/** Tensors of one shape along a new dimension. */
export function stack(parts: readonly Tensor[], dim = 0): Tensor {
  if (parts.length === 0) throw new ShapeError('[stack] of no tensors');
  return cat(
    parts.map((p) => unsqueeze(p, dim)),
    normalizeDim('stack', dim, parts[0].rank + 1),
  );
}

const flipOp = defineOp<readonly number[], null>({
  name: 'flip',
  forward: ([x], dims) => ({ output: flipCopy(x, dims), saved: null }),
  backward: (dy, _, dims) => [flipCopy(dy, dims)],
});

function flipCopy(x: Tensor, dims: readonly number[]): Tensor {
  const strides = contiguousStrides(x.shape);
  const offset = dims.reduce((sum, d) => sum + (x.shape[d] - 1) * strides[d], 0);
  return stridedCopy('flip', x, x.shape, { offset, strides: strides.map((s, d) => (dims.includes(d) ? -s : s)) });
}

/** The order of these dimensions reversed. x (…), y (…). */
export function flip(x: Tensor, dims: number | readonly number[]): Tensor {
  const list = normalizeDims('flip', dims, x.rank);
  return apply(flipOp, [x], x.rank === 0 ? [] : list);
}

/**
 * The whole tensor repeated, `times` for each dimension; more numbers than dimensions add leading ones
 * (torch.Tensor.repeat). x (n, …) -> (times n, …).
 */
export function repeat(x: Tensor, times: readonly number[]): Tensor {
  if (times.length < x.rank || times.some((t) => !Number.isInteger(t) || t < 0)) {
    throw new ShapeError(
      `[repeat] (${times.join(', ')}) does not say how often to repeat each dimension of ${formatShape(x.shape)}`,
    );
  }
  const sizes = [...new Array<number>(times.length - x.rank).fill(1), ...x.shape];
  const interleaved = reshape(
    x,
    sizes.flatMap((n) => [1, n]),
  );
  return reshape(
    expand(
      interleaved,
      sizes.flatMap((n, d) => [times[d], n]),
    ),
    sizes.map((n, d) => n * times[d]),
  );
}

/**
 * The ops that pick elements: flip, repeat, pad, index_select, gather, one_hot. Each walks its output and asks where an
 * element comes from. scatter_add walks what it adds.
 */
import { elementAt, hostTensor, positionOf, type HostTensor } from '../launch/host_tensor.js';

type Place = readonly number[];

/** y[position] = x[from(position)]; null is `value`. */
function pick(shape: readonly number[], x: HostTensor, from: (position: Place) => Place | null, value = 0): HostTensor {
  const y = hostTensor(shape);
  for (let i = 0; i < y.data.length; i++) {
    const place = from(positionOf(i, shape));
    y.data[i] = place === null ? value : x.data[elementAt(place, x.shape)];
  }
  return y;
}

/** The gradient of `pick`: dy added where each element came from. */
function putBack(dy: HostTensor, shapeX: readonly number[], from: (position: Place) => Place | null): HostTensor {
  const dx = hostTensor(shapeX);
  for (let i = 0; i < dy.data.length; i++) {
    const place = from(positionOf(i, dy.shape));
    if (place !== null) dx.data[elementAt(place, shapeX)] += dy.data[i];
  }
  return dx;
}

/** The order of these dimensions reversed. */
export function flip(x: HostTensor, dims: readonly number[]): HostTensor {
  return pick(x.shape, x, (position) => position.map((p, d) => (dims.includes(d) ? x.shape[d] - 1 - p : p)));
}

/** The whole tensor repeated, `times` for each dimension of the result. */
export function repeat(x: HostTensor, times: readonly number[]): HostTensor {
  const lead = times.length - x.shape.length;
  const sizes = times.map((_, d) => x.shape[d - lead] ?? 1);
  return pick(
    times.map((t, d) => t * sizes[d]),
    x,
    (position) => x.shape.map((n, d) => position[d + lead] % n),
  );
}

/** Before and behind each dimension, in the order of the dimensions. */
interface Padding {
  readonly mode: 'constant' | 'reflect' | 'replicate' | 'circular';
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

function padSource({ mode, before }: Padding, shapeX: readonly number[]): (position: Place) => Place | null {
  return (position) => {
    const place = position.map((p, d) => p - before[d]);
    if (mode === 'constant') return place.every((p, d) => p >= 0 && p < shapeX[d]) ? place : null;
    return place.map((p, d) => {
      const n = shapeX[d];
      if (mode === 'replicate') return Math.min(Math.max(p, 0), n - 1);
      if (mode === 'circular') return (p + n) % n;
      return Math.abs(p) < n ? Math.abs(p) : 2 * (n - 1) - Math.abs(p);
    });
  };
}

export function pad(x: HostTensor, padding: Padding, value: number): HostTensor {
  return pick(
    x.shape.map((n, d) => n + padding.before[d] + padding.behind[d]),
    x,
    padSource(padding, x.shape),
    value,
  );
}

export function padBackward(dy: HostTensor, shapeX: readonly number[], padding: Padding): HostTensor {
  return putBack(dy, shapeX, padSource(padding, shapeX));
}

const replaced = (position: Place, dim: number, by: number): Place => position.map((p, d) => (d === dim ? by : p));

/** y[…, j, …] = x[…, index[j], …]; NaN for an index that does not exist. */
export function indexSelect(x: HostTensor, dim: number, index: HostTensor): HostTensor {
  const source = (position: Place): Place | null =>
    index.data[position[dim]] < x.shape[dim] ? replaced(position, dim, index.data[position[dim]]) : null;
  return pick(
    x.shape.map((n, d) => (d === dim ? index.data.length : n)),
    x,
    source,
    NaN,
  );
}

/** @param skip a row that gets no gradient. */
export function indexSelectBackward(
  dy: HostTensor,
  dim: number,
  index: HostTensor,
  shapeX: readonly number[],
  skip: number | null = null,
): HostTensor {
  return putBack(dy, shapeX, (position) => {
    const row = index.data[position[dim]];
    return row < shapeX[dim] && row !== skip ? replaced(position, dim, row) : null;
  });
}

/** y[position] = x[position, but index[position] in dimension dim]; NaN for an index that does not exist. */
export function gather(x: HostTensor, dim: number, index: HostTensor): HostTensor {
  return pick(index.shape, x, gatherSource(dim, index, x.shape), NaN);
}

export function gatherBackward(dy: HostTensor, dim: number, index: HostTensor, shapeX: readonly number[]): HostTensor {
  return putBack(dy, shapeX, gatherSource(dim, index, shapeX));
}

function gatherSource(dim: number, index: HostTensor, shapeX: readonly number[]): (position: Place) => Place | null {
  return (position) => {
    const row = index.data[elementAt(position, index.shape)];
    return row < shapeX[dim] ? replaced(position, dim, row) : null;
  };
}

/** x with src added where index says; NaN along all of the dimension where an index does not exist. */
export function scatterAdd(x: HostTensor, dim: number, index: HostTensor, src: HostTensor): HostTensor {
  const y = hostTensor(x.shape, x.data);
  for (let i = 0; i < index.data.length; i++) {
    const position = positionOf(i, index.shape);
    const row = index.data[i];
    const added = src.data[elementAt(position, src.shape)];
    if (row < x.shape[dim]) y.data[elementAt(replaced(position, dim, row), y.shape)] += added;
    else for (let s = 0; s < x.shape[dim]; s++) y.data[elementAt(replaced(position, dim, s), y.shape)] = NaN;
  }
  return y;
}

/** The gradient of src: dy where an entry was added, 0 beyond the index. That of x is dy. */
export function scatterAddBackward(
  dy: HostTensor,
  dim: number,
  index: HostTensor,
  shapeSrc: readonly number[],
): HostTensor {
  const gathered = gather(dy, dim, index);
  const dSrc = hostTensor(shapeSrc);
  for (let i = 0; i < gathered.data.length; i++)
    dSrc.data[elementAt(positionOf(i, index.shape), shapeSrc)] = gathered.data[i];
  return dSrc;
}

/** y[…, c] = 1 where c == index[…], else 0. */
export function oneHot(index: HostTensor, C: number): HostTensor {
  const y = hostTensor([...index.shape, C]);
  for (let i = 0; i < index.data.length; i++) if (index.data[i] < C) y.data[i * C + index.data[i]] = 1;
  return y;
}

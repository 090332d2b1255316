/**
 * Tensors of the reference loops: contiguous, row-major, f64. Labels and indices are whole numbers in the same array.
 */

export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Zeros, or the given numbers. */
export function hostTensor(shape: readonly number[], values?: ArrayLike<number>): HostTensor {
  const size = shape.reduce((n, d) => n * d, 1);
  if (values !== undefined && values.length !== size)
    throw new Error(`${values.length} numbers do not make shape (${shape.join(', ')})`);
  return { shape: [...shape], data: values === undefined ? new Float64Array(size) : Float64Array.from(values) };
}

/** The position (one index per dimension) of the i-th element. */
export function positionOf(i: number, shape: readonly number[]): number[] {
  const position = new Array<number>(shape.length);
  for (let d = shape.length - 1; d >= 0; d--) {
    position[d] = i % shape[d];
    i = Math.floor(i / shape[d]);
  }
  return position;
}

/** The number of the element at a position: the inverse of `positionOf`. */
export function elementAt(position: readonly number[], shape: readonly number[]): number {
  let i = 0;
  for (let d = 0; d < shape.length; d++) i = i * shape[d] + position[d];
  return i;
}

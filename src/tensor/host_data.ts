/** Numbers on the host: the types that a tensor's elements have, and how lists and arrays become them. */
import { ShapeError } from '../device/errors.js';
import { fromHalves, toHalves } from './half.js';
import { formatShape, type Shape } from './shape.js';

/**
 * f32 for numbers; f16 for activations that take half the memory (docs/performance/f16.md); u32 for labels, indices and
 * other words.
 */
export type DType = 'f32' | 'u32' | 'f16';

/** Bytes of an element. */
export function itemSize(dtype: DType): 2 | 4 {
  return dtype === 'f16' ? 2 : 4;
}

/** Numbers on the host, row-major. */
export type HostArray = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Numbers in nested lists, a typed array, or one number. */
export type TensorData = number | readonly TensorData[] | Float32Array | Uint32Array | Int32Array | Uint8Array;

/** Numbers as the memory stores them; halves as f32. */
export function valuesOf(bytes: ArrayBuffer, dtype: DType): HostArray {
  if (dtype === 'f16') return fromHalves(new Uint16Array(bytes));
  return dtype === 'f32' ? new Float32Array(bytes) : new Uint32Array(bytes);
}

/** Numbers as the dtype stores them; an array that does so already is not copied. */
export function inDtype(values: ArrayLike<number>, dtype: DType): HostArray | Uint16Array<ArrayBuffer> {
  if (dtype === 'f16') return toHalves(values);
  const Words = dtype === 'f32' ? Float32Array : Uint32Array;
  return values instanceof Words && values.buffer instanceof ArrayBuffer
    ? (values as Float32Array<ArrayBuffer>)
    : Words.from(values);
}

export function shapeOf(data: TensorData): number[] {
  if (typeof data === 'number') return [];
  if (ArrayBuffer.isView(data)) return [data.length];
  return data.length === 0 ? [0] : [data.length, ...shapeOf(data[0])];
}

export function flatten(data: TensorData, shape: Shape, depth: number, out: number[]): void {
  if (typeof data === 'number' && depth === shape.length) out.push(data);
  else if (typeof data !== 'number' && depth < shape.length && data.length === shape[depth])
    for (const item of data) flatten(item, shape, depth + 1, out);
  else
    throw new ShapeError(
      `[tensor] nested lists are ragged: an entry at depth ${depth} does not fit shape ${formatShape(shape)}`,
    );
}

export function wholeWords(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

import { ModelError, UsageError } from '../../device/errors.js';

/** Bytes per element of the element types that a safetensors file may name and that fill whole bytes. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
} as const;

/** Element type of a stored tensor, by its name in the file. */
export type RawDtype = keyof typeof DTYPE_BYTES;

/** A tensor as it is stored: little-endian, row-major, no padding. */
export interface RawTensor {
  readonly dtype: RawDtype;
  /** [] is a scalar: one element. */
  readonly shape: readonly number[];
  /**
   * product(shape) x DTYPE_BYTES[dtype] bytes; may start at any byte of its buffer, so typed-array views may not fit.
   */
  readonly data: Uint8Array;
}

/** True for an element type that this code knows. */
export function isRawDtype(name: unknown): name is RawDtype {
  return typeof name === 'string' && Object.hasOwn(DTYPE_BYTES, name);
}

/**
 * Bytes that `shape` elements of `dtype` take, or null when that is no exact integer (over 2^53). Dimensions must be
 * valid.
 */
export function byteCount(dtype: RawDtype, shape: readonly number[]): number | null {
  let bytes: number = DTYPE_BYTES[dtype];
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) return null;
  }
  return bytes;
}

/** Values of 16-bit floats (1 sign, 5 exponent, 10 fraction bits) as f32, exactly; NaN payloads are kept. */
function halvesToFloat32(data: DataView, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    const half = data.getUint16(2 * i, true);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 0)
      out[i] = (sign < 0 ? -1 : 1) * fraction * 2 ** -24; // zero and subnormals
    else if (exponent === 31)
      bits[i] = sign | 0x7f800000 | (fraction << 13); // infinity and NaN
    else bits[i] = sign | ((exponent + 112) << 23) | (fraction << 13); // bias 15 becomes bias 127
  }
}

/**
 * A stored float tensor as a new f32 array of product(shape) values. F32, F16 and BF16 are exact; F64 is rounded to
 * nearest. `name` and `file` are for the message. Throws ModelError for integer, BOOL and 8-bit float tensors, and when
 * the data's length is not the shape's.
 */
export function toFloat32(tensor: RawTensor, name: string, file: string): Float32Array<ArrayBuffer> {
  const { dtype, shape, data } = tensor;
  if (data.byteLength !== byteCount(dtype, shape)) {
    throw new ModelError(
      `${file}: tensor ${JSON.stringify(name)}: ${data.byteLength} bytes do not fit ${dtype} [${shape.join(', ')}]`,
    );
  }
  const out = new Float32Array(data.byteLength / DTYPE_BYTES[dtype]);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (dtype) {
    case 'F32':
      // a byte copy works at any alignment; every host with WebGPU is little-endian
      new Uint8Array(out.buffer).set(data);
      return out;
    case 'F16':
      halvesToFloat32(view, out);
      return out;
    case 'BF16': {
      const bits = new Uint32Array(out.buffer); // bfloat16 is the upper half of an f32
      for (let i = 0; i < out.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
      return out;
    }
    case 'F64':
      for (let i = 0; i < out.length; i++) out[i] = view.getFloat64(8 * i, true);
      return out;
    default:
      throw new ModelError(`${file}: tensor ${JSON.stringify(name)}: dtype ${dtype} is not a float that Weft reads`, {
        fix: 'store it as F32, F16, BF16 or F64',
      });
  }
}

/** An F32 tensor to store. Shares `values`' memory. Throws UsageError when their number is not the shape's. */
export function fromFloat32(values: Float32Array, shape: readonly number[]): RawTensor {
  if (byteCount('F32', shape) !== values.byteLength) {
    throw new UsageError(`[fromFloat32] ${values.length} values do not fit shape [${shape.join(', ')}]`);
  }
  return { dtype: 'F32', shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

const WHOLE_READERS: Partial<Record<RawDtype, (view: DataView, at: number) => number | bigint>> = {
  I64: (view, at) => view.getBigInt64(at, true),
  U64: (view, at) => view.getBigUint64(at, true),
  I32: (view, at) => view.getInt32(at, true),
  U32: (view, at) => view.getUint32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  U16: (view, at) => view.getUint16(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F64: (view, at) => view.getFloat64(at, true),
};

/**
 * A stored tensor of counts as u32, also where another program has made floats of them. What is above 2^32 - 1 becomes
 * that. `name` and `file` are for the message. Throws ModelError for other types, for what is no whole number of at
 * least 0, and when the data's length is not the shape's.
 */
export function toUint32(tensor: RawTensor, name: string, file: string): Uint32Array<ArrayBuffer> {
  const { dtype, shape, data } = tensor;
  const read = WHOLE_READERS[dtype];
  const where = `${file}: tensor ${JSON.stringify(name)}`;
  if (read === undefined)
    throw new ModelError(`${where}: dtype ${dtype} is not a number that Weft counts with`, {
      fix: 'store it as I64, U64, I32, U32, F32 or F64',
    });
  if (data.byteLength !== byteCount(dtype, shape))
    throw new ModelError(`${where}: ${data.byteLength} bytes do not fit ${dtype} [${shape.join(', ')}]`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Uint32Array.from({ length: data.byteLength / DTYPE_BYTES[dtype] }, (_, i) => {
    // a count above 2^53 may be rounded: it becomes 2^32 - 1 anyway
    const value = Number(read(view, i * DTYPE_BYTES[dtype]));
    if (!Number.isInteger(value) || value < 0)
      throw new ModelError(`${where}: ${value} is no count`, { fix: 'store a whole number of at least 0' });
    return Math.min(value, 0xffffffff);
  });
}

/** An I64 tensor to store, as PyTorch keeps whole numbers. */
export function int64FromUint32(values: Uint32Array, shape: readonly number[]): RawTensor {
  return { dtype: 'I64', shape, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

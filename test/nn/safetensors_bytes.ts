/** Safetensors files written by hand, and the error that one of them must give. */
import * as assert from 'uvu/assert';
import type { RawDtype, RawTensor } from '../../src/nn/state/safetensors.js';

/** A file from a header (an object, JSON text or bytes) and its data. */
export function file(header: unknown, data: number | Uint8Array = 0): Uint8Array {
  const text =
    header instanceof Uint8Array
      ? header
      : new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = typeof data === 'number' ? new Uint8Array(data) : data;
  const out = new Uint8Array(8 + text.length + bytes.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(bytes, 8 + text.length);
  return out;
}

/** One header entry. */
export function entry(shape: unknown, offsets: unknown, dtype: unknown = 'F32'): Record<string, unknown> {
  return { dtype, shape, data_offsets: offsets };
}

export function raw(dtype: RawDtype, shape: number[], ...bytes: number[]): RawTensor {
  return { dtype, shape, data: Uint8Array.from(bytes) };
}

/** The error that `body` throws; fails when it throws none or another class. */
export function failure<E extends Error>(body: () => unknown, expected: new (...args: never[]) => E): E {
  try {
    body();
  } catch (error) {
    assert.instance(error, expected);
    return error as E;
  }
  return assert.unreachable('should have thrown') as never;
}

export const F = entry([2], [0, 8]);

/**
 * The wire format of protocol buffers ("Encoding" in their documentation), as far as ONNX files need it:
 *
 *   message   key value key value …       key = varint(8 field + kind)
 *   kind 0    varint                      kind 1   8 bytes
 *   kind 2    varint length, the bytes    kind 5   4 bytes
 *
 * What is written is a list of pieces, joined once at the end: a file may hold hundreds of megabytes of weights.
 */
import { ModelError, UsageError } from '../device/errors.js';

/** Bytes to be joined, and how many they are. */
export interface Pieces {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

/** A message of protocol buffers holds less than this; readers refuse more. */
const MOST_BYTES = 2 ** 31;

const utf8 = new TextEncoder();

function varintBytes(value: number): Uint8Array {
  if (value < 0) {
    // two's complement of 64 bits, always 10 bytes
    let rest = BigInt.asUintN(64, BigInt(value));
    return Uint8Array.from({ length: 10 }, (_, i) => {
      const low = Number(rest & 127n);
      rest >>= 7n;
      return i < 9 ? low | 128 : low;
    });
  }
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Uint8Array.from([...out, rest]);
}

const piece = (bytes: Uint8Array): Pieces => ({ parts: [bytes], length: bytes.length });

/** Pieces one after the other. */
export function inTurn(list: readonly Pieces[]): Pieces {
  return { parts: list.flatMap((p) => p.parts), length: list.reduce((n, p) => n + p.length, 0) };
}

/** A whole number, which may be negative. */
export const whole = (field: number, value: number): Pieces =>
  inTurn([piece(varintBytes(field * 8)), piece(varintBytes(value))]);

/** A number in 4 bytes. */
export const float = (field: number, value: number): Pieces =>
  inTurn([piece(varintBytes(field * 8 + 5)), piece(new Uint8Array(Float32Array.of(value).buffer))]);

/** Bytes as they are. */
export const raw = (field: number, bytes: Uint8Array): Pieces => block(field, [piece(bytes)]);

/** A text. */
export const text = (field: number, value: string): Pieces => raw(field, utf8.encode(value));

/** A message in a message. */
export function block(field: number, list: readonly Pieces[]): Pieces {
  const body = inTurn(list);
  return inTurn([piece(varintBytes(field * 8 + 2)), piece(varintBytes(body.length)), body]);
}

/** The bytes of a whole file. @throws UsageError from 2 GiB on, which no reader takes. */
export function joined({ parts, length }: Pieces): Uint8Array<ArrayBuffer> {
  if (length >= MOST_BYTES)
    throw new UsageError(`an ONNX file of ${length} bytes: protocol buffers hold less than 2 GiB`, {
      fix: 'export as safetensors, or with half the bytes',
    });
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A field as it was read: a whole number (kind 0), or bytes (the others). */
export interface Field {
  readonly field: number;
  readonly kind: number;
  /** Of kind 0, signed; NaN of the others. */
  readonly value: number;
  /** Of the other kinds: a view of the file, no copy. */
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

export function broken(file: string, why: string): ModelError {
  return new ModelError(`${file}: ${why}`, {
    fix: 'the file is damaged or no ONNX file; download or write it again',
  });
}

/** The varint at a place, signed, and where it ends. */
function varintAt(bytes: Uint8Array, start: number, file: string): { value: number; end: number } {
  let [low, high] = [0, 0]; // 28 bits and what is above them
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw broken(file, 'it ends within a number');
    if (i < 4) low += (byte & 127) * 2 ** (7 * i);
    else high += (byte & 127) * 2 ** (7 * (i - 4));
    if (byte < 128) {
      const value =
        high < 2 ** 24 ? high * 2 ** 28 + low : Number(BigInt.asIntN(64, (BigInt(high) << 28n) + BigInt(low)));
      return { value, end: start + i + 1 };
    }
  }
  throw broken(file, 'a number has more than 10 bytes');
}

/**
 * The fields of a message in the order of the file. Nothing is allocated by a size that the file says: bytes are views.
 * @throws ModelError where the bytes are no message.
 */
export function* fieldsOf(bytes: Uint8Array, file: string): Iterable<Field> {
  let at = 0;
  while (at < bytes.length) {
    const key = varintAt(bytes, at, file);
    const [field, kind] = [Math.floor(key.value / 8), key.value % 8];
    if (key.value < 8) throw broken(file, `a field has the number ${field}`);
    at = key.end;
    if (kind === 0) {
      const { value, end } = varintAt(bytes, at, file);
      at = end;
      yield { field, kind, value, bytes: NONE };
      continue;
    }
    let size = kind === 1 ? 8 : 4;
    if (kind === 2) {
      const length = varintAt(bytes, at, file);
      [size, at] = [length.value, length.end];
    } else if (kind !== 1 && kind !== 5) throw broken(file, `field ${field} is of an unknown kind (${kind})`);
    if (size < 0 || size > bytes.length - at)
      throw broken(file, `field ${field} says ${size} bytes, ${bytes.length - at} are left`);
    yield { field, kind, value: NaN, bytes: bytes.subarray(at, at + size) };
    at += size;
  }
}

/** The whole numbers of a repeated field, packed or one. */
export function wholesOf({ kind, value, bytes }: Field, file: string): number[] {
  if (kind === 0) return [value];
  const out: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const next = varintAt(bytes, at, file);
    out.push(next.value);
    at = next.end;
  }
  return out;
}

/** The f32 numbers of a repeated field, packed or one. */
export function floatsOf({ bytes }: Field, file: string): number[] {
  if (bytes.length % 4 !== 0) throw broken(file, `${bytes.length} bytes are no list of floats`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** A text. @throws ModelError when it is no UTF-8. */
export function textOf({ bytes }: Field, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw broken(file, 'a name is not valid UTF-8');
  }
}

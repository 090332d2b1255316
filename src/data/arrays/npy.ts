/**
 * NumPy's arrays: .npy files (NEP 1: a magic word, a version, a header of Python literals, the numbers). Only what
 * images, labels and names of classes need: whole numbers of 1 to 8 bytes, and texts.
 */
import { DataError } from '../../device/errors.js';

export interface NpyArray {
  readonly shape: readonly number[];
  /** Bytes as they are; other whole numbers as numbers; texts. */
  readonly data: Uint8Array | Float64Array | readonly string[];
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const bad = (file: string, what: string, fix = 'save it again with numpy.save or numpy.savez'): DataError =>
  new DataError(`${file}: ${what}`, { fix });

/** Type, order and shape out of `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 4), }`. */
function headerOf(text: string, file: string): { descr: string; isFortran: boolean; shape: number[] } {
  const descr = /'descr':\s*'([^']{1,16})'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined)
    throw bad(file, `its header ${JSON.stringify(text.slice(0, 100))} is not that of an array of numbers or texts`);
  const sizes = shape
    .split(',')
    .map((word) => word.replace('L', '').trim())
    .filter((word) => word !== '')
    .map(Number);
  return { descr, isFortran: order === 'True', shape: sizes };
}

/** @throws DataError when the bytes are no .npy file, cut, or of numbers that are not read. */
export function parseNpy(bytes: Uint8Array, file: string): NpyArray {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) throw bad(file, 'is no .npy array');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw bad(file, `its header of ${length} bytes is cut`);
  const { descr, isFortran, shape } = headerOf(
    new TextDecoder('latin1').decode(bytes.subarray(start, start + length)),
    file,
  );
  const count = shape.reduce((n, d) => n * d, 1);
  const [, order, kind, width] = /^([<>|=])([a-zA-Z])(\d+)$/.exec(descr) ?? [];
  const size = kind === 'U' ? 4 * Number(width) : Number(width);
  const found = bytes.length - start - length;
  if (kind === undefined || !Number.isSafeInteger(count * size) || found < count * size)
    throw bad(file, `${found} bytes of numbers, expected ${count} of type ${descr}`);
  if (isFortran && shape.length > 1)
    throw bad(file, 'its numbers run down the columns', 'save numpy.ascontiguousarray of it');
  if (order === '>')
    throw bad(file, 'its numbers have the most significant byte first', 'save array.astype("<i8") of it');
  const numbers = new DataView(bytes.buffer, bytes.byteOffset + start + length, count * size);
  if (kind === 'u' && size === 1) return { shape, data: bytes.subarray(start + length, start + length + count) };
  if (kind === 'U' || kind === 'S') return { shape, data: textsOf(numbers, kind, count, size) };
  if ('uib'.includes(kind)) {
    const read = READERS[`${kind === 'b' ? 'u' : kind}${size}`];
    if (read !== undefined)
      return { shape, data: Float64Array.from({ length: count }, (_, i) => read(numbers, i * size)) };
  }
  throw bad(
    file,
    `has numbers of type ${descr}`,
    'save images as bytes: (255 * images).round().astype("uint8") of 0 to 1, and labels as whole numbers',
  );
}

const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  u1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u2: (view, at) => view.getUint16(at, true),
  i2: (view, at) => view.getInt16(at, true),
  u4: (view, at) => view.getUint32(at, true),
  i4: (view, at) => view.getInt32(at, true),
  u8: (view, at) => Number(view.getBigUint64(at, true)),
  i8: (view, at) => Number(view.getBigInt64(at, true)),
};

/** Texts of four bytes a letter, or of bytes; both are filled up with zeros. */
function textsOf(view: DataView, kind: string, count: number, size: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const letters: string[] = [];
    const step = kind === 'U' ? 4 : 1;
    for (let at = n * size; at < (n + 1) * size; at += step) {
      const code = kind === 'U' ? view.getUint32(at, true) : view.getUint8(at);
      if (code === 0) break;
      letters.push(String.fromCodePoint(Math.min(code, 0x10ffff)));
    }
    return letters.join('');
  });
}

/**
 * Numbers in files that are not finite: NaN and infinities, counted by their bits. A network that has one answers
 * nothing.
 */
import { ModelError } from '../../device/errors.js';
import type { RawTensor } from './raw_tensor.js';

/** What is not finite in one tensor. */
export interface NonFinite {
  readonly name: string;
  readonly nan: number;
  /** Infinities, and doubles that are too large for f32. */
  readonly infinite: number;
  readonly size: number;
}

/**
 * Counts in words of `bytes` bytes whose exponent bits are `mask`: all ones there is an infinity, or with other bits
 * below a NaN.
 */
function countBits(
  words: Uint32Array | Uint16Array,
  mask: number,
  fraction: number,
): { nan: number; infinite: number } {
  let [nan, all] = [0, 0];
  for (let i = 0; i < words.length; i++) {
    if ((words[i] & mask) !== mask) continue;
    all++;
    if ((words[i] & fraction) !== 0) nan++;
  }
  return { nan, infinite: all - nan };
}

function countDoubles(data: Uint8Array): { nan: number; infinite: number } {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let [nan, infinite] = [0, 0];
  for (let at = 0; at < data.byteLength; at += 8) {
    const value = view.getFloat64(at, true);
    if (Number.isNaN(value)) nan++;
    else if (!Number.isFinite(Math.fround(value))) infinite++;
  }
  return { nan, infinite };
}

/** The same bytes where a view of `bytes` a word may begin. */
function aligned(data: Uint8Array, bytes: number): Uint8Array {
  return data.byteOffset % bytes === 0 ? data : data.slice();
}

/** Counts what is not finite in a tensor of floats; other types have nothing that is not. */
export function countNonFinite({ dtype, data }: RawTensor): { nan: number; infinite: number } {
  switch (dtype) {
    case 'F32': {
      const { buffer, byteOffset, byteLength } = aligned(data, 4);
      return countBits(new Uint32Array(buffer, byteOffset, byteLength >> 2), 0x7f800000, 0x7fffff);
    }
    case 'F16':
    case 'BF16': {
      const { buffer, byteOffset, byteLength } = aligned(data, 2);
      const words = new Uint16Array(buffer, byteOffset, byteLength >> 1);
      return dtype === 'F16' ? countBits(words, 0x7c00, 0x3ff) : countBits(words, 0x7f80, 0x7f);
    }
    case 'F64':
      return countDoubles(data);
    default:
      return { nan: 0, infinite: 0 };
  }
}

/** The tensors that hold a number that is not finite, in their order. */
export function findNonFinite(tensors: Iterable<readonly [string, RawTensor]>): NonFinite[] {
  const found: NonFinite[] = [];
  for (const [name, raw] of tensors) {
    const { nan, infinite } = countNonFinite(raw);
    if (nan + infinite > 0) found.push({ name, nan, infinite, size: raw.shape.reduce((n, d) => n * d, 1) });
  }
  return found;
}

const SHOWN = 3;

/** `conv1.weight (288 NaN of 288), fc.bias (1 infinite of 10) and 3 more tensors`. */
export function describeNonFinite(found: readonly NonFinite[]): string {
  const count = (n: number, what: string): string[] => (n > 0 ? [`${n} ${what}`] : []);
  const one = ({ name, nan, infinite, size }: NonFinite): string =>
    `${name} (${[...count(nan, 'NaN'), ...count(infinite, 'infinite')].join(' and ')} of ${size})`;
  const more = found.length - SHOWN;
  const rest = more > 0 ? ` and ${more} more tensor${more > 1 ? 's' : ''}` : '';
  return `${found.slice(0, SHOWN).map(one).join(', ')}${rest}`;
}

/**
 * @throws ModelError naming the tensors and how many of their numbers are NaN or infinite. @param fix what to do about
 * it.
 */
export function requireFinite(
  tensors: Iterable<readonly [string, RawTensor]>,
  file: string,
  fix = 'the network that it was saved from had broken down: use another checkpoint, or train anew',
): void {
  const found = findNonFinite(tensors);
  if (found.length > 0)
    throw new ModelError(`${file} holds numbers that are not finite: ${describeNonFinite(found)}`, { fix });
}

/**
 * IEEE 754 half precision on the host: 1 sign, 5 exponent, 10 mantissa bits. Largest 65504, smallest normal 2^-14,
 * smallest 2^-24. A half is kept as the 16 bits of a Uint16.
 */

const cell = new Float32Array(1);
const word = new Uint32Array(cell.buffer);

/**
 * The nearest half of a number (first rounded to f32, as all numbers of the host are), ties to even; past 65520
 * infinity.
 */
export function halfBits(x: number): number {
  cell[0] = x;
  const sign = (word[0] >>> 16) & 0x8000;
  const size = word[0] & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x47800000) return sign | 0x7c00; // 65536 and above
  if (size < 0x38800000) {
    // Below 2^-14 a half counts in steps of 2^-24.
    cell[0] = Math.abs(cell[0]) * 2 ** 24;
    return sign | roundHalfEven(cell[0]);
  }
  // Rebias the exponent and drop 13 bits of the mantissa; what is carried out of it goes to the exponent, up to
  // infinity.
  const rounded = size - 0x38000000 + 0xfff + ((size >>> 13) & 1);
  return sign | (rounded >>> 13);
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The number that these 16 bits stand for; exact. */
export function halfValue(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

/** Numbers as halves. */
export function toHalves(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  return Uint16Array.from({ length: values.length }, (_, i) => halfBits(values[i]));
}

/** Halves as numbers. */
export function fromHalves(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: bits.length }, (_, i) => halfValue(bits[i]));
}

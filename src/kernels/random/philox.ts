/**
 * Philox4x32-10, a counter-based random generator (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1,
 * 2, 3", SC 2011), and what is drawn from it. Bit for bit what shaders/common/philox.wgsl makes.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

type Words4 = readonly [number, number, number, number];

/**
 * High word of the product of two 32-bit words: the sum of the four partial products, whose parts all stay below 2^53.
 */
function mulHi(a: number, b: number): number {
  const [a1, a0, b1, b0] = [Math.floor(a / 65536), a % 65536, Math.floor(b / 65536), b % 65536];
  const middle = a1 * b0 + a0 * b1 + Math.floor((a0 * b0) / 65536);
  return a1 * b1 + Math.floor(middle / 65536);
}

function mulLo(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

/** Four random words from a counter of four words and a key of two. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
  let [x, y, z, w] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    [x, y, z, w] = [
      (mulHi(0xcd9e8d57, z) ^ y ^ k0) >>> 0,
      mulLo(0xcd9e8d57, z),
      (mulHi(0xd2511f53, x) ^ w ^ k1) >>> 0,
      mulLo(0xd2511f53, x),
    ];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [x, y, z, w];
}

/** Which numbers are drawn: the seed (whole, up to 2^53), the step of the generator, and the call within the step. */
export interface RandomPlace {
  readonly seed: number;
  readonly step: number;
  readonly call: number;
}

/** `count` numbers uniform in [0, 1): the top 24 bits of a word each, so that every value is exact in f32. */
export function uniform(count: number, { seed, step, call }: RandomPlace): Float64Array {
  const u = new Float64Array(count);
  for (let i = 0; i < count; i += 4) {
    const words = philox([i / 4, call, step, 0], [seed >>> 0, Math.floor(seed / 2 ** 32)]);
    for (let j = i; j < Math.min(i + 4, count); j++) u[j] = (words[j - i] >>> 8) / 2 ** 24;
  }
  return u;
}

/** 1 / (1 - p) with probability 1 - p, else 0; p as f32 holds it. */
export function dropoutMask(shape: readonly number[], p: number, place: RandomPlace): HostTensor {
  const mask = hostTensor(shape);
  const u = uniform(mask.data.length, place);
  const threshold = Math.fround(p);
  for (let i = 0; i < u.length; i++) mask.data[i] = u[i] >= threshold ? 1 / (1 - threshold) : 0;
  return mask;
}

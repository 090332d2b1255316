/**
 * What is drawn from Philox besides uniform numbers; what shaders/random_*.wgsl make. The first call of a fresh
 * generator is step 0, call 0.
 */
import { philox, uniform, type RandomPlace } from './philox.js';

/** The four words of element group i, or with `last` = 1 of key block i. */
function words(i: number, { seed, step, call }: RandomPlace, last = 0): readonly number[] {
  return philox([i, call, step, last], [seed >>> 0, Math.floor(seed / 2 ** 32)]);
}

/** Mean 0, variance 1 (Box and Muller 1958): two numbers from two words. */
export function normal(count: number, place: RandomPlace): Float64Array {
  const z = new Float64Array(count);
  for (let i = 0; i < count; i += 2) {
    const w = words(Math.floor(i / 4), place).slice(i % 4, (i % 4) + 2);
    const radius = Math.sqrt(-2 * Math.log(((w[0] >>> 8) + 1) / 2 ** 24));
    const angle = (2 * Math.PI * (w[1] >>> 8)) / 2 ** 24;
    z[i] = radius * Math.cos(angle);
    if (i + 1 < count) z[i + 1] = radius * Math.sin(angle);
  }
  return z;
}

/** 1 with probability p (as f32 holds it), else 0. */
export function bernoulli(count: number, p: number, place: RandomPlace): Float64Array {
  return uniform(count, place).map((u) => (u < Math.fround(p) ? 1 : 0));
}

/** Whole numbers from low to high - 1: the high word of a random word times the range. */
export function integers(count: number, low: number, high: number, place: RandomPlace): Float64Array {
  const result = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const w = words(Math.floor(i / 4), place)[i % 4];
    result[i] = low + Number((BigInt(w) * BigInt(high - low)) >> 32n);
  }
  return result;
}

/** A bijective hash of 32 bits: Chris Wellons' lowbias32. */
function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Up to this many numbers are put in order by random words; more by a Feistel network. */
const FEW = 256;

/** 0 … n - 1 in random order. */
export function permutation(n: number, place: RandomPlace): Float64Array {
  return n <= FEW ? ranks(n, place) : feistel(n, place);
}

/** The rank of each element's random word; of equals the first is less. */
function ranks(n: number, place: RandomPlace): Float64Array {
  const keys = Array.from({ length: n }, (_, i) => words(Math.floor(i / 4), place)[i % 4]);
  const order = keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b] || a - b);
  const result = new Float64Array(n);
  for (const [rank, i] of order.entries()) result[i] = rank;
  return result;
}

/** A Feistel network of eight rounds over the bits of n - 1, walked until the result is below n. */
function feistel(n: number, place: RandomPlace): Float64Array {
  const bits = 32 - Math.clz32(n - 1);
  const [left, right] = [Math.floor(bits / 2), Math.ceil(bits / 2)];
  const keys = [...words(0, place, 1), ...words(1, place, 1)];
  const swaps = keys[7] >= 2 ** 31; // the network alone makes even permutations only
  const [maskLeft, maskRight] = [2 ** left - 1, 2 ** right - 1];
  const network = (x: number): number => {
    let l = x >>> right;
    let r = x & maskRight;
    for (let round = 0; round < 8; round += 2) {
      l ^= mix32(r ^ keys[round]) & maskLeft;
      r ^= mix32(l ^ keys[round + 1]) & maskRight;
    }
    const y = ((l << right) | r) >>> 0;
    return swaps && y < 2 ? 1 - y : y;
  };
  return Float64Array.from({ length: n }, (_, i) => {
    let x = network(i);
    while (x >= n) x = network(x);
    return x;
  });
}

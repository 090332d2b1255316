/**
 * Random numbers on the host: shuffles, splits, synthetic images. Counter-based: the n-th number of a stream is a hash
 * of the stream's key and n, so streams of different keys are independent and nothing depends on the order in which
 * they are used. Integer arithmetic and exact scaling only: the same numbers on every platform.
 */
export interface HostRandom {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** Uniform in [low, high); by default [0, 1). */
  uniform(low?: number, high?: number): number;
  /** A whole number from 0 to n - 1; n from 1 to 2^32. */
  int(n: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /**
   * Mean 0, standard deviation 1, within ±3.47: a sum of four uniforms (no log or cos, which differ between platforms).
   */
  normal(): number;
  /** Shuffles in place (Fisher-Yates); every order is equally likely. Returns its argument. */
  shuffle<T extends Uint32Array | unknown[]>(items: T): T;
}

/** A bijective hash of 32 bits with low bias: Chris Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/). */
export function mix32(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The stream of these whole numbers, e.g. `hostRandom(seed, epoch)`; a change in any of them gives another stream. */
export function hostRandom(...key: readonly number[]): HostRandom {
  // Two words of key: with one, any two streams would be the same sequence at different offsets.
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (const part of key) {
    // Both halves, for a seed may be larger than 32 bits.
    a = mix32(a ^ (part >>> 0));
    b = mix32(b + a + Math.floor(part / 2 ** 32));
  }
  let counter = 0;

  function uint32(): number {
    counter = (counter + 1) >>> 0;
    return mix32(mix32(counter ^ a) + b);
  }
  function uniform(low = 0, high = 1): number {
    return low + (high - low) * (uint32() * 2 ** -32);
  }
  function int(n: number): number {
    // Reject the incomplete last round of n values, else small values come up more often.
    const limit = 2 ** 32 - (2 ** 32 % n);
    let x = uint32();
    while (x >= limit) x = uint32();
    return x % n;
  }
  function normal(): number {
    const x = uint32();
    const y = uint32();
    const sum = (x & 0xffff) + (x >>> 16) + (y & 0xffff) + (y >>> 16);
    // Four uniforms on 0 … 65535: mean 2 * 65535, variance 4 * (65536^2 - 1) / 12.
    return (sum - 131070) * (1.7320508075688772 / 65536);
  }
  function shuffle<T extends Uint32Array | unknown[]>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = int(i + 1);
      const kept = items[i];
      items[i] = items[j];
      items[j] = kept;
    }
    return items;
  }
  return { uint32, uniform, int, chance: (p) => uniform() < p, normal, shuffle };
}

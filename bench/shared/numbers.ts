/**
 * The numbers that every compared library is fed. This file imports nothing: the other libraries' processes load it
 * too.
 */

/** Numbers in [-0.5, 0.5) from a linear congruential generator: the same in every library that is compared. */
export function uniform(count: number, seed: number): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    numbers[i] = state / 4294967296 - 0.5;
  }
  return numbers;
}

/** The class of a batch's sample `i`, one of ten. */
export function labelOf(i: number): number {
  return (i * 7 + 3) % 10;
}

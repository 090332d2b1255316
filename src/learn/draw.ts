/** Numbers for checks: the same every time, no two alike, so that a swapped index shows. */
import { hostTensor, type HostTensor } from '../kernels/launch/host_tensor.js';
import { uniform } from '../kernels/random/philox.js';

/** Draws numbers, one call after the other; a check's calls give the same numbers every time. */
export interface Draw {
  /** Numbers in [from, to), exact in f32; default [-1, 1). */
  (shape: readonly number[], from?: number, to?: number): HostTensor;
  /** Whole numbers in [0, below). */
  readonly labels: (shape: readonly number[], below: number) => HostTensor;
}

/** @param seed decides all numbers. */
export function drawing(seed: number): Draw {
  let call = 0;
  const numbers = (shape: readonly number[]): Float64Array =>
    uniform(hostTensor(shape).data.length, { seed, step: 0, call: call++ });
  const draw = (shape: readonly number[], from = -1, to = 1): HostTensor =>
    hostTensor(
      shape,
      numbers(shape).map((u) => Math.fround(from + (to - from) * u)),
    );
  const labels = (shape: readonly number[], below: number): HostTensor =>
    hostTensor(
      shape,
      numbers(shape).map((u) => Math.floor(u * below)),
    );
  return Object.assign(draw, { labels });
}

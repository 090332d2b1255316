/** How objects of the library show themselves: `String(x)` and a template everywhere, the console in Node. */
import type { AdapterSummary } from './adapter.js';
import type { PoolStatistics } from './pool.js';

/** The method that Node's util.inspect, hence its console, calls. Browsers show an object that can be opened. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** The adapter in a word or two: `llvmpipe` of `llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)`. */
export function shortName({ description, device }: AdapterSummary): string {
  return (description || device).split(':')[0].trim();
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'];

/** `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${Number((bytes / 1024 ** unit).toPrecision(3))} ${UNITS[unit]}`;
}

/** `3 of 8 buffers in use, 64 KiB`. */
export function describePool({ inUse, buffers, bytes }: PoolStatistics): string {
  return `${inUse} of ${buffers} buffers in use, ${formatBytes(bytes)}`;
}

/**
 * Tensors larger than the adapter can bind are worked on in windows: leading rows at a time, each window starting on
 * 256 bytes so that it can be bound where it lies.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';

export function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

export function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}

/**
 * The smallest number of rows after which every operand starts aligned again; `halves` where some may be stored as f16.
 */
function alignedRows(rowElements: readonly number[], halves: boolean): number {
  const align = halves ? 128 : 64;
  return rowElements.map((n) => align / gcd(align, n)).reduce(lcm, 1);
}

/** Whether `rowWindows` can split such operands. */
export function hasWindows(device: Device, count: number, rowElements: readonly number[]): boolean {
  return Math.min(count, alignedRows(rowElements, false)) * 4 * Math.max(...rowElements) <= device.maxBindingBytes;
}

/**
 * Splits `count` rows into ranges [start, end), such that the rows of each operand (`rowElements` elements of 4 bytes a
 * row) fit a binding and start aligned. One range when everything fits. `halves`: some operands are f16; they are given
 * as much room as f32.
 * @throws ShapeError when not even the smallest aligned number of rows fits.
 */
export function rowWindows(
  op: string,
  device: Device,
  count: number,
  rowElements: readonly number[],
  halves = false,
): (readonly [number, number])[] {
  const rowBytes = 4 * Math.max(...rowElements);
  const limit = device.maxBindingBytes;
  if (count * rowBytes <= limit) return [[0, count]];
  const alignRows = alignedRows(rowElements, halves);
  const step = Math.floor(limit / rowBytes / alignRows) * alignRows;
  if (step === 0) {
    throw new ShapeError(
      `[${op}] ${alignRows} rows of ${rowBytes} bytes are larger than the adapter can bind (${limit} bytes)`,
      { fix: 'use smaller tensors' },
    );
  }
  const windows: [number, number][] = [];
  for (let start = 0; start < count; start += step) windows.push([start, Math.min(count, start + step)]);
  return windows;
}

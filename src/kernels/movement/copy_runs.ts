/**
 * Copies of runs: of each row of a tensor numbers that lie side by side, put side by side into the rows of another.
 * Joining tensors along a dimension, or along channels in fours of these (src/tensor/layout.ts), is such a copy.
 */
import type { Device } from '../../device/device.js';
import { defineKernel } from '../../device/kernel.js';
import { FOURS, ROWS, fitsLayout, type Layout } from '../../tensor/layout.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { Tensor, rows } from '../../tensor/tensor.js';
import { steps } from '../launch/steps.js';
import { hasWindows, rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'copy_runs',
  file: 'movement/copy_runs.wgsl',
  includes: ['common/grid.wgsl', 'common/steps.wgsl', 'common/divide.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** The layout in which tensors of these shapes are joined along a dimension, if the first lies in this one. */
export function joinedLayout(layout: Layout, shapes: readonly Shape[], dim: number): Layout {
  return layout === FOURS && dim === 1 && shapes.every((shape) => fitsLayout(FOURS, shape)) ? FOURS : ROWS;
}

/** Numbers of a row, where the dimensions before `dim` count rows. */
const rowOf = (shape: Shape, dim: number): number => sizeOf(shape.slice(dim));

/**
 * Whether `copyRuns` copies between tensors of these shapes in this layout: by vec4s, in windows where they are large.
 * A single row of rows is left to others, who copy it as it is.
 */
export function areRuns(device: Device, layout: Layout, whole: Shape, parts: readonly Shape[], dim: number): boolean {
  const count = sizeOf(whole.slice(0, dim));
  const lengths = [whole, ...parts].map((shape) => rowOf(shape, dim));
  return (
    (layout === FOURS || count > 1) && lengths.every((n) => n > 0 && n % 4 === 0) && hasWindows(device, count, lengths)
  );
}

/** The numbers of a tensor of 4-byte words as they lie in a layout, a row for each index of the leading dimensions. */
function inRows(t: Tensor, layout: Layout, dim: number): Tensor {
  const { storage, byteOffset } = t.as(layout).home;
  return new Tensor(storage, byteOffset, [sizeOf(t.shape.slice(0, dim)), rowOf(t.shape, dim)], t.dtype);
}

/**
 * Puts `part` into `whole`, or takes it out of there, at entry `start` of a dimension; both in this layout.
 * `areRuns` must hold.
 */
export function copyRuns(
  op: string,
  part: Tensor,
  whole: Tensor,
  { dim, start, layout, take }: { dim: number; start: number; layout: Layout; take: boolean },
): void {
  const { device } = whole;
  const [small, large] = [part, whole].map((t) => inRows(t, layout, dim));
  const [run, row] = [small, large].map((t) => t.shape[1] / 4);
  const first = (start * rowOf(whole.shape, dim)) / whole.shape[dim] / 4;
  for (const [begin, end] of rowWindows(op, device, large.shape[0], [4 * row, 4 * run])) {
    const [inPart, inWhole] = [small, large].map((t) => rows(t, begin, end).own);
    const count = (end - begin) * run;
    device.dispatch(kernel, {
      buffers: take ? [inWhole, inPart] : [inPart, inWhole],
      params: [count, run, ...(take ? [row, first, run, 0] : [run, 0, row, first])],
      ...steps(device, count),
    });
  }
}

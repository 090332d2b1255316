/**
 * Copies of tensors in another layout (src/tensor/layout.ts). `Tensor.as` calls this where a kernel reads another
 * layout than the one that a tensor was made in; tests count such copies (`conversions`).
 */
import { defineKernel, type BindingKind } from '../../device/kernel.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, setConverter, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import { steps } from '../launch/steps.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const bindings: readonly BindingKind[] = ['read', 'write', 'params'];
const includes = ['common/grid.wgsl', 'common/steps.wgsl', 'common/divide.wgsl'];
const blocksKernel = defineKernel({ name: 'layout_fours', file: 'layout/fours.wgsl', includes, bindings });
const toFoursKernel = defineKernel({ name: 'layout_to_fours', file: 'layout/to_fours.wgsl', includes, bindings });
const toRowsKernel = defineKernel({ name: 'layout_to_rows', file: 'layout/to_rows.wgsl', includes, bindings });
const filterKernel = defineKernel({
  name: 'layout_filter',
  file: 'layout/filter.wgsl',
  includes: ['common/grid.wgsl'],
  bindings,
});

/** Names of the kernels that change a layout: what a step should have few of. */
export const CONVERSIONS: readonly string[] = ['layout_fours', 'layout_to_fours', 'layout_to_rows', 'layout_filter'];

/** A copy of x in a layout; through rows where it lies in another than these. */
export function convertLayout(x: Tensor, layout: Layout): Tensor {
  if (x.layout !== ROWS && layout !== ROWS) return convertLayout(x.as(ROWS), layout);
  const y = empty(x.device, x.shape, x.dtype, layout);
  if (x.layout === FOURS || layout === FOURS) convertFours(x, y, layout === FOURS);
  else convertFilter(x, y);
  return y;
}

function convertFours(x: Tensor, y: Tensor, toFours: boolean): void {
  const [N, C, H, W] = x.shape;
  const plane = H * W;
  for (const [start, end] of rowWindows('layout', x.device, N, [sizeOf(x.shape.slice(1))], x.dtype === 'f16')) {
    const buffers = [rows(x, start, end).own, rows(y, start, end).own];
    const fours = ((end - start) * C * plane) / 4;
    const isWords = x.dtype === 'u32'; // copied as they are: as floats they might be flushed to 0
    if (plane % 4 === 0 && !isWords) {
      x.device.dispatch(blocksKernel, {
        buffers,
        params: [fours / 4, plane / 4],
        specialise: { ...storedAs(x.dtype, { E4: 4 }), TO_FOURS: String(toFours) },
        ...steps(x.device, fours / 4),
      });
    } else {
      x.device.dispatch(toFours ? toFoursKernel : toRowsKernel, {
        buffers,
        params: [fours, plane],
        specialise: isWords ? { E: 'u32', E4: 'vec4u' } : storedAs(x.dtype, { E: 1, E4: 4 }),
        ...steps(x.device, fours),
      });
    }
  }
}

function convertFilter(x: Tensor, y: Tensor): void {
  requireBindable('layout', { w: x });
  const { groups } = x.layout === ROWS ? y.layout : x.layout;
  const [O, depth, kH, kW] = x.shape;
  x.device.dispatch(filterKernel, {
    buffers: [x.own, y.own],
    params: [x.size / 4, O / groups, depth / 4, kH * kW],
    specialise: { TO_FILTER: String(x.layout === ROWS) },
    workgroups: Math.ceil(x.size / 4 / 64),
  });
}

setConverter(convertLayout);

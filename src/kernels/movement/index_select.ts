/**
 * Rows of a dimension by number, and the gradient: each row's is the sum over the places that name it, found through a
 * chain of equal indices, so that it costs no more than what it adds up. Also the kernels of embedding.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow, requireF32 } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const selectKernel = defineKernel({
  name: 'index_select',
  file: 'movement/index_select.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const chainKernel = defineKernel({
  name: 'index_chain',
  file: 'movement/index_chain.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'index_select_backward',
  file: 'movement/index_select_backward.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});

const NONE = 0xffffffff;

/** What an index that does not exist gives: NaN, or the largest word. */
export function invalidWord(x: Tensor): number {
  return x.dtype === 'f32' ? floatBits(NaN) : NONE;
}

/** @throws ShapeError unless `index` is u32, and of one dimension if asked. */
export function requireIndex(op: string, index: Tensor, rank?: number): void {
  if (index.dtype !== 'u32')
    throw new ShapeError(`[${op}] index ${formatShape(index.shape)} is ${index.dtype}, expected u32`, {
      fix: "make it with tensor(device, …, { dtype: 'u32' })",
    });
  if (rank !== undefined && index.rank !== rank)
    throw new ShapeError(`[${op}] index ${formatShape(index.shape)} has ${index.rank} dimensions, expected ${rank}`);
}

/** The dimensions before, at and behind `dim` as three numbers. */
export function around(
  shape: readonly number[],
  dim: number,
): { readonly outer: number; readonly size: number; readonly inner: number } {
  return { outer: sizeOf(shape.slice(0, dim)), size: shape[dim], inner: sizeOf(shape.slice(dim + 1)) };
}

/** vec4s where rows are made of them. */
function lanes(inner: number, scalar: string): { readonly width: number; readonly specialise: { readonly V: string } } {
  return inner % 4 === 0 ? { width: 4, specialise: { V: `vec4<${scalar}>` } } : { width: 1, specialise: { V: scalar } };
}

type Range = readonly [start: number, end: number];

/**
 * Windows in which x (outer, size, inner) and y (outer, n, inner) can be bound: of `outer`, or, when that is 1, of size
 * and of n.
 */
export function indexWindows(
  op: string,
  device: Device,
  { outer, size, inner }: ReturnType<typeof around>,
  n: number,
): { outer: Range; rows: Range; places: Range }[] {
  if (outer !== 1)
    return rowWindows(op, device, outer, [size * inner, n * inner]).map((o) => ({
      outer: o,
      rows: [0, size],
      places: [0, n],
    }));
  const [ofRows, ofPlaces] = [size, n].map((count) => rowWindows(op, device, count, [inner]));
  return ofRows.flatMap((rows) => ofPlaces.map((places) => ({ outer: [0, 1] as const, rows, places })));
}

/** x (…, size, …), index (n) u32 -> (…, n, …). An index of size or more gives NaN (u32: the largest word). */
export function indexSelect(op: string, x: Tensor, dim: number, index: Tensor): Tensor {
  requireIndex(op, index, 1);
  const n = index.size;
  const y = empty(
    x.device,
    x.shape.map((d, i) => (i === dim ? n : d)),
    x.dtype,
  );
  if (y.size === 0) return y;
  if (x.size === 0)
    throw new ShapeError(`[${op}] ${n} indices into dim ${dim} of ${formatShape(x.shape)}, which has no elements`);
  const shape = around(x.shape, dim);
  const { size, inner } = shape;
  const { width, specialise } = lanes(inner, 'u32');
  for (const { outer, rows, places } of indexWindows(op, x.device, shape, n)) {
    const count = ((outer[1] - outer[0]) * (places[1] - places[0]) * inner) / width;
    x.device.dispatch(selectKernel, {
      buffers: [
        flatWindow(x, (outer[0] * size + rows[0]) * inner, ((outer[1] - 1) * size + rows[1]) * inner),
        index.range,
        flatWindow(y, (outer[0] * n + places[0]) * inner, ((outer[1] - 1) * n + places[1]) * inner),
      ],
      params: [
        count,
        inner / width,
        places[1] - places[0],
        places[0],
        size,
        rows[0],
        rows[1] - rows[0],
        invalidWord(x),
      ],
      specialise,
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

/**
 * dx (…, size, …) from dy (…, n, …) and index (n). The row `skip` gets no gradient. Sums run in the order of the
 * indices.
 */
export function indexSelectBackward(
  op: string,
  dy: Tensor,
  index: Tensor,
  shapeX: readonly number[],
  dim: number,
  skip: number | null = null,
): Tensor {
  requireF32(op, { dy });
  const dx = empty(dy.device, shapeX);
  if (dx.size === 0) return dx;
  const shape = around(shapeX, dim);
  const { size, inner } = shape;
  const n = index.size;
  const chain = linkEqual(index, size, skip);
  const { width, specialise } = lanes(inner, 'f32');
  for (const { outer, rows, places } of indexWindows(op, dy.device, shape, n)) {
    const count = ((outer[1] - outer[0]) * (rows[1] - rows[0]) * inner) / width;
    dy.device.dispatch(backwardKernel, {
      buffers: [
        flatWindow(dy, (outer[0] * n + places[0]) * inner, ((outer[1] - 1) * n + places[1]) * inner),
        chain.range,
        flatWindow(dx, (outer[0] * size + rows[0]) * inner, ((outer[1] - 1) * size + rows[1]) * inner),
      ],
      params: [
        count,
        inner / width,
        rows[1] - rows[0],
        rows[0],
        size,
        places[1] - places[0],
        places[0],
        places[0] > 0 ? 1 : 0,
      ],
      specialise,
      workgroups: Math.ceil(count / 64),
    });
  }
  return dx;
}

/**
 * (size + n) u32: the first place of each row, and the next place of each place. See shaders/movement/index_chain.wgsl.
 */
function linkEqual(index: Tensor, size: number, skip: number | null): Tensor {
  const n = index.size;
  const chain = empty(index.device, [size + n], 'u32');
  index.device.fill(chain.storage, NONE);
  index.device.dispatch(chainKernel, {
    buffers: [index.range, chain.range],
    params: [n, size, skip ?? NONE],
    workgroups: Math.ceil(n / 64),
  });
  return chain;
}

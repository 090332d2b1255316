/** Copies with strides: what permute, slice, cat, expand and flip are made of. Strides and offsets in elements. */
import { defineKernel } from '../device/kernel.js';
import { collapseDims, contiguousStrides, sizeOf, type Shape } from '../tensor/shape.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { requireBindable, walkParams } from './common.js';

const kernel = defineKernel({ name: 'strided_copy', includes: ['common/grid.wgsl'], bindings: ['read', 'write', 'params'] });

/** A way to walk a tensor: element offset of the first entry and stride of each dimension. */
export interface Strided {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Writes x, walked as `from`, into out, walked as `to`; both over `shape`. */
export function stridedCopyInto(op: string, shape: Shape, x: Tensor, from: Strided, out: Tensor, to: Strided): void {
  const count = sizeOf(shape);
  if (count === 0) return;
  const walk = collapseDims(shape, [from.strides, to.strides]);
  if (walk.length === 1 && (walk[0].strides.every((s) => s === 1) || count === 1)) {
    x.device.copy(x.storage, x.byteOffset + from.offset * 4, out.storage, out.byteOffset + to.offset * 4, count * 4);
    return;
  }
  requireBindable(op, { x, out });
  x.device.dispatch(kernel, {
    buffers: [x.range, out.range],
    params: [count, walk.length, from.offset, to.offset, ...walkParams(op, walk)],
    workgroups: Math.ceil(count / 64),
  });
}

/** x read with strides as a new contiguous tensor of `shape`. */
export function stridedCopy(op: string, x: Tensor, shape: Shape, from: Strided): Tensor {
  const out = empty(x.device, shape, x.dtype);
  stridedCopyInto(op, shape, x, from, out, { offset: 0, strides: contiguousStrides(shape) });
  return out;
}

/** x with its dimensions in another order: out.shape[i] = x.shape[order[i]]. */
export function permuteCopy(x: Tensor, order: readonly number[]): Tensor {
  const strides = contiguousStrides(x.shape);
  return stridedCopy('permute', x, order.map((d) => x.shape[d]), { offset: 0, strides: order.map((d) => strides[d]) });
}

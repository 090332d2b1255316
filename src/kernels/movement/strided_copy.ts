/** Copies with strides: what permute, slice, cat, expand and flip are made of. Strides and offsets in elements. */
import { defineKernel } from '../../device/kernel.js';
import { collapseDims, contiguousStrides, sizeOf, type Shape, type WalkDim } from '../../tensor/shape.js';
import { FOURS, ROWS, fitsLayout } from '../../tensor/layout.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatView, flatWindow, refuseF16, walkParams } from '../launch/checks.js';
import { STEPS_PER_THREAD, loopFirst } from '../launch/walk.js';

const kernel = defineKernel({
  name: 'strided_copy',
  file: 'movement/strided_copy.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** A way to walk a tensor: element offset of the first entry and stride of each dimension. */
export interface Strided {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Writes x, walked as `from`, into out, walked as `to`; both over `shape`. */
export function stridedCopyInto(op: string, shape: Shape, x: Tensor, from: Strided, out: Tensor, to: Strided): void {
  refuseF16(op, x);
  const count = sizeOf(shape);
  if (count === 0) return;
  const walk = collapseDims(shape, [from.strides, to.strides]);
  if (walk.length === 1 && (walk[0].strides.every((s) => s === 1) || count === 1)) {
    x.device.copy(x.storage, x.byteOffset + from.offset * 4, out.storage, out.byteOffset + to.offset * 4, count * 4);
    return;
  }
  copyWalk(op, walk, x, from.offset, out, to.offset);
}

/**
 * One dispatch where both ranges that a walk touches can be bound. Else the dimension that spans most in the other is
 * halved: past the binding limit a copy is made of blocks.
 */
function copyWalk(
  op: string,
  walk: readonly WalkDim[],
  x: Tensor,
  fromOffset: number,
  out: Tensor,
  toOffset: number,
): void {
  const limit = x.device.maxBindingBytes / 4;
  const [source, target] = [x, out].map((t, i) =>
    t.size <= limit ? { start: 0, end: t.size } : spanOf(walk, i, i === 0 ? fromOffset : toOffset),
  );
  const tooLarge = [source, target].findIndex((range) => range.end - range.start > limit);
  if (tooLarge >= 0) {
    const spans = walk.map((d) => (d.size - 1) * Math.abs(d.strides[tooLarge]));
    const widest = spans.indexOf(Math.max(...spans));
    const { size, strides } = walk[widest];
    const half = Math.floor(size / 2);
    const part = (count: number): WalkDim[] => walk.with(widest, { size: count, strides });
    copyWalk(op, part(half), x, fromOffset, out, toOffset);
    copyWalk(op, part(size - half), x, fromOffset + half * strides[0], out, toOffset + half * strides[1]);
    return;
  }
  const dims = loopFirst(walk);
  const blocks = Math.ceil(dims[0].size / STEPS_PER_THREAD);
  const threads = blocks * sizeOf(dims.slice(1).map((d) => d.size));
  x.device.dispatch(kernel, {
    buffers: [flatWindow(x, source.start, source.end), flatWindow(out, target.start, target.end)],
    // three words of padding: WGSL aligns the arrays to 16 bytes
    params: [
      threads,
      dims.length,
      fromOffset - source.start,
      toOffset - target.start,
      blocks,
      0,
      0,
      0,
      ...walkParams(op, dims),
    ],
    workgroups: Math.ceil(threads / 64),
  });
}

/** The elements that a walk touches: an aligned start, and one past the last. */
function spanOf(walk: readonly WalkDim[], operand: number, offset: number): { start: number; end: number } {
  const reach = walk.map((d) => (d.size - 1) * d.strides[operand]);
  const [low, high] = [Math.min, Math.max].map((extreme) => offset + reach.reduce((n, r) => n + extreme(0, r), 0));
  return { start: Math.floor(low / 64) * 64, end: high + 1 };
}

/** x read with strides as a new contiguous tensor of `shape`. */
export function stridedCopy(op: string, x: Tensor, shape: Shape, from: Strided): Tensor {
  const out = empty(x.device, shape, x.dtype);
  stridedCopyInto(op, shape, x, from, out, { offset: 0, strides: contiguousStrides(shape) });
  return out;
}

/**
 * x with its dimensions in another order: out.shape[i] = x.shape[order[i]]. Fours of channels are read as they lie, and
 * written where channels that come last are put before the image's sides.
 */
export function permuteCopy(x: Tensor, order: readonly number[]): Tensor {
  const shape = order.map((d) => x.shape[d]);
  const isToPlanes = String(order) === '0,3,1,2' && fitsLayout(FOURS, shape);
  const out = empty(x.device, shape, x.dtype, isToPlanes ? FOURS : ROWS);
  const [from, to] = [stepsOf(x), stepsOf(out)];
  const walk = order.flatMap((d, i) =>
    from[d].four === to[i].four
      ? [{ size: shape[i], from: from[d].one, to: to[i].one }]
      : [
          { size: shape[i] / 4, from: from[d].four ?? 4 * from[d].one, to: to[i].four ?? 4 * to[i].one },
          { size: 4, from: from[d].one, to: to[i].one },
        ],
  );
  const strided = (side: 'from' | 'to'): Strided => ({ offset: 0, strides: walk.map((w) => w[side]) });
  const sizes = walk.map((w) => w.size);
  stridedCopyInto('permute', sizes, flatView(x), strided('from'), flatView(out), strided('to'));
  return out;
}

/** From one entry of each dimension to the next as the numbers lie; `four`: from four channels to the next four. */
function stepsOf({ layout, shape }: Tensor): { readonly one: number; readonly four: number | null }[] {
  if (layout !== FOURS) return contiguousStrides(shape).map((one) => ({ one, four: null }));
  const [C, H, W] = shape.slice(1);
  return [
    { one: C * H * W, four: null },
    { one: 1, four: 4 * H * W },
    { one: 4 * W, four: null },
    { one: 4, four: null },
  ];
}

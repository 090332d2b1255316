/** Reductions over any dimensions: sum, mean, max, min, prod. */
import { defineKernel, floatBits } from '../device/kernel.js';
import { ShapeError } from '../device/errors.js';
import { contiguousStrides, formatShape, sizeOf, type WalkDim } from '../tensor/shape.js';
import { Tensor, empty, view } from '../tensor/tensor.js';
import { binary } from './binary.js';
import { requireF32, walkParams } from './common.js';
import type { BinaryName } from './elementwise_table.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl'];
const threadKernel = defineKernel({ name: 'reduce_thread', includes, bindings: ['read', 'write', 'params'] });
const workgroupKernel = defineKernel({ name: 'reduce_workgroup', includes, bindings: ['read', 'write', 'params'] });

export type ReduceName = 'sum' | 'mean' | 'max' | 'min' | 'prod';

/** Value of no elements, how two are combined, and the elementwise op that does the same. */
const COMBINE: Record<ReduceName, { readonly init: string; readonly combine: string; readonly op: BinaryName }> = {
  sum: { init: '0.0', combine: 'a + b', op: 'add' },
  mean: { init: '0.0', combine: 'a + b', op: 'add' },
  max: { init: '-0x1.fffffep+127f', combine: 'max(a, b)', op: 'maximum' },
  min: { init: '0x1.fffffep+127f', combine: 'min(a, b)', op: 'minimum' },
  prod: { init: '1.0', combine: 'a * b', op: 'mul' },
};

/** Outputs from which a thread each fills the machine. */
const MANY_OUTPUTS = 4096;
/** Elements that one workgroup reduces before the range is split over several. */
const ELEMENTS_PER_WORKGROUP = 16384;

/** Neighbouring dimensions of a contiguous tensor that are all reduced or all kept, seen as one. */
interface Group {
  readonly size: number;
  readonly isReduced: boolean;
}

/** x reduced over `dims` (ascending, counted from the front); the result keeps them as 1. */
export function reduce(name: ReduceName, x: Tensor, dims: readonly number[]): Tensor {
  requireF32(name, { x });
  const shape = x.shape.map((d, i) => (dims.includes(i) ? 1 : d));
  const reduced = dims.reduce((n, d) => n * x.shape[d], 1);
  if (reduced === 0 && name !== 'sum' && name !== 'prod') {
    throw new ShapeError(`[${name}] nothing to reduce: x ${formatShape(x.shape)} has no elements in dims (${dims.join(', ')})`);
  }
  const groups: Group[] = [];
  for (const [d, size] of x.shape.entries()) {
    if (size === 1) continue;
    const isReduced = dims.includes(d);
    const last = groups.at(-1);
    if (last?.isReduced === isReduced) groups[groups.length - 1] = { size: last.size * size, isReduced };
    else groups.push({ size, isReduced });
  }
  return view(reduceGroups(name, x, groups, name === 'mean' ? 1 / reduced : 1), shape);
}

/** The kept elements in order. A tensor past the binding limit is worked on in windows of its outermost group. */
function reduceGroups(name: ReduceName, x: Tensor, groups: readonly Group[], scale: number): Tensor {
  const { device } = x;
  if (x.size * 4 <= device.maxBindingBytes) {
    const strides = contiguousStrides(groups.map((g) => g.size));
    const walk = (isReduced: boolean): WalkDim[] => {
      const dims = groups.flatMap((g, i) => (g.isReduced === isReduced ? [{ size: g.size, strides: [strides[i]] }] : []));
      return dims.length > 0 ? dims : [{ size: 1, strides: [0] }];
    };
    return reduceWalk(name, x, walk(false), walk(true), scale);
  }
  const [outer, ...inner] = groups;
  const row = sizeOf(inner.map((g) => g.size));
  const windows = rowWindows(name, device, outer.size, [row]);
  const parts = windows.map(([start, end]) => {
    const part = new Tensor(x.storage, x.byteOffset + start * row * 4, [(end - start) * row], x.dtype);
    return reduceGroups(name, part, [{ size: end - start, isReduced: outer.isReduced }, ...inner], scale);
  });
  if (outer.isReduced) return parts.reduce((a, b) => binary(COMBINE[name].op, a, b));
  const out = empty(device, [sizeOf(groups.map((g) => (g.isReduced ? 1 : g.size)))]);
  let at = 0;
  for (const part of parts) {
    device.copy(part.storage, 0, out.storage, at * 4, part.size * 4);
    at += part.size;
  }
  return out;
}

/** Reduces at most two merged dimensions in one go; with more, the innermost first. */
function reduceWalk(name: ReduceName, x: Tensor, kept: WalkDim[], reduced: WalkDim[], scale: number): Tensor {
  if (reduced.length > 2) {
    const outer = reduced.slice(0, -1);
    const inner = reduceWalk(name, x, [...kept, ...outer], reduced.slice(-1), 1); // contiguous (kept, outer)
    const [keptSize, outerSize] = [kept, outer].map((dims) => sizeOf(dims.map((d) => d.size)));
    return reduceWalk(name, inner, [{ size: keptSize, strides: [outerSize] }], [{ size: outerSize, strides: [1] }], scale);
  }
  const count = sizeOf(kept.map((d) => d.size));
  const [r0, r1] = reduced.length === 2 ? reduced : [{ size: 1, strides: [0] }, reduced[0]];
  const elements = r0.size * r1.size;
  const specialise = { INIT: COMBINE[name].init, 'fn combine': COMBINE[name].combine };
  const words = (outputs: number, splits: number, factor: number): number[] => [
    outputs, kept.length, r0.size, r1.size, r0.strides[0], r1.strides[0], floatBits(factor), splits, ...walkParams(name, kept),
  ];
  if (count >= MANY_OUTPUTS || elements <= 32) {
    const out = empty(x.device, [count]);
    x.device.dispatch(threadKernel, { buffers: [x.range, out.range], params: words(count, 1, scale), specialise, workgroups: Math.ceil(count / 64) });
    return out;
  }
  const splits = Math.ceil(elements / ELEMENTS_PER_WORKGROUP);
  const out = empty(x.device, [count * splits]);
  const factor = splits === 1 ? scale : 1;
  x.device.dispatch(workgroupKernel, { buffers: [x.range, out.range], params: words(count * splits, splits, factor), specialise, workgroups: count * splits });
  if (splits === 1) return out;
  return reduceWalk(name, out, [{ size: count, strides: [splits] }], [{ size: splits, strides: [1] }], scale);
}

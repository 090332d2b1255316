/** Reductions over any dimensions: sum, mean, max, min, prod, and sums and maxima of a function of the elements. */
import { defineKernel, floatBits } from '../device/kernel.js';
import { ShapeError } from '../device/errors.js';
import { broadcastDims, collapseDims, contiguousStrides, formatShape, sameShape, sizeOf, type Shape, type WalkDim } from '../tensor/shape.js';
import { Tensor, empty, view } from '../tensor/tensor.js';
import { requireF32, walkParams } from './common.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl'];
const threadKernel = defineKernel({ name: 'reduce_thread', includes, bindings: ['read', 'write', 'params'] });
const workgroupKernel = defineKernel({ name: 'reduce_workgroup', includes, bindings: ['read', 'write', 'params'] });

export type ReduceName = 'sum' | 'mean' | 'max' | 'min' | 'prod';

/** What is reduced instead of x itself: log(sum of exp(x)), norms and variances need these. */
export type Term = 'identity' | 'abs' | 'square' | 'exp';

const TERMS: Record<Term, string> = { identity: 'v', abs: 'abs(v)', square: 'v * v', exp: 'exp(v)' };

const COMBINE: Record<ReduceName, { readonly init: string; readonly combine: string }> = {
  sum: { init: '0.0', combine: 'a + b' },
  mean: { init: '0.0', combine: 'a + b' },
  max: { init: '-0x1.fffffep+127f', combine: 'max(a, b)' },
  min: { init: '0x1.fffffep+127f', combine: 'min(a, b)' },
  prod: { init: '1.0', combine: 'a * b' },
};

/** Outputs from which a thread each fills the machine. */
const MANY_OUTPUTS = 4096;
/** Elements that one workgroup reduces before the range is split over several. */
const ELEMENTS_PER_WORKGROUP = 16384;

export interface ReduceSettings {
  /** Default: the elements as they are. */
  readonly term?: Term;
  /** Multiplies the result. Default: 1, for a mean 1 / the number of elements. */
  readonly scale?: number;
}

/** x reduced over `dims` (ascending, counted from the front); the result keeps them as 1. */
export function reduce(name: ReduceName, x: Tensor, dims: readonly number[], settings: ReduceSettings = {}): Tensor {
  requireF32(name, { x });
  const shape = x.shape.map((d, i) => (dims.includes(i) ? 1 : d));
  const reduced = dims.reduce((n, d) => n * x.shape[d], 1);
  if (reduced === 0 && name !== 'sum' && name !== 'prod') {
    throw new ShapeError(`[${name}] nothing to reduce: x ${formatShape(x.shape)} has no elements in dims (${dims.join(', ')})`);
  }
  const strides = contiguousStrides(x.shape);
  const pick = (keep: boolean): WalkDim[] => {
    const chosen = x.shape.map((_, d) => d).filter((d) => dims.includes(d) !== keep);
    return collapseDims(chosen.map((d) => x.shape[d]), [chosen.map((d) => strides[d])]);
  };
  const job = { name, term: settings.term ?? 'identity', scale: settings.scale ?? (name === 'mean' ? 1 / reduced : 1) };
  return view(reduceWalk(job, x, pick(true), pick(false)), shape);
}

/** The sum of d over the dimensions along which an operand of this shape was repeated: that operand's gradient. */
export function sumTo(d: Tensor, shape: Shape): Tensor {
  return sameShape(d.shape, shape) ? d : view(reduce('sum', d, broadcastDims(shape, d.shape)), shape);
}

interface Reduction {
  readonly name: ReduceName;
  readonly term: Term;
  readonly scale: number;
}

/** The first of several passes: takes the terms, and leaves the scale to the last. */
const firstPass = (job: Reduction): Reduction => ({ ...job, scale: 1 });
/** A later pass: partial results are combined as they are. */
const lastPass = (job: Reduction): Reduction => ({ ...job, term: 'identity' });

/** Reduces at most two merged dimensions in one go; with more, the innermost first. */
function reduceWalk(job: Reduction, x: Tensor, kept: WalkDim[], reduced: WalkDim[]): Tensor {
  if (reduced.length > 2) {
    const outer = reduced.slice(0, -1);
    const inner = reduceWalk(firstPass(job), x, [...kept, ...outer], reduced.slice(-1)); // contiguous (kept, outer)
    const [keptSize, outerSize] = [kept, outer].map((dims) => sizeOf(dims.map((d) => d.size)));
    return reduceWalk(lastPass(job), inner, [{ size: keptSize, strides: [outerSize] }], [{ size: outerSize, strides: [1] }]);
  }
  const count = sizeOf(kept.map((d) => d.size));
  if (x.size * 4 > x.device.maxBindingBytes) return reduceInWindows(job, x, kept, reduced);
  const [r0, r1] = reduced.length === 2 ? reduced : [{ size: 1, strides: [0] }, reduced[0]];
  const elements = r0.size * r1.size;
  const { init, combine } = COMBINE[job.name];
  const specialise = { INIT: init, 'fn combine': combine, 'fn term': TERMS[job.term] };
  const words = (outputs: number, splits: number, factor: number): number[] => [
    outputs, kept.length, r0.size, r1.size, r0.strides[0], r1.strides[0], floatBits(factor), splits, ...walkParams(job.name, kept),
  ];
  if (count >= MANY_OUTPUTS || elements <= 32) {
    const out = empty(x.device, [count]);
    x.device.dispatch(threadKernel, { buffers: [x.range, out.range], params: words(count, 1, job.scale), specialise, workgroups: Math.ceil(count / 64) });
    return out;
  }
  const splits = Math.ceil(elements / ELEMENTS_PER_WORKGROUP);
  const out = empty(x.device, [count * splits]);
  const factor = splits === 1 ? job.scale : 1;
  x.device.dispatch(workgroupKernel, { buffers: [x.range, out.range], params: words(count * splits, splits, factor), specialise, workgroups: count * splits });
  if (splits === 1) return out;
  return reduceWalk(lastPass(job), out, [{ size: count, strides: [splits] }], [{ size: splits, strides: [1] }]);
}

/** A tensor past the binding limit: all of it to one number, or rows of a contiguous (outer, inner) reduced over one of the two. */
function reduceInWindows(job: Reduction, x: Tensor, kept: WalkDim[], reduced: WalkDim[]): Tensor {
  const { name } = job;
  const device = x.device;
  const merge = (parts: Tensor[], count: number): Tensor => {
    const all = empty(device, [parts.length, count]);
    parts.forEach((p, i) => device.copy(p.storage, p.byteOffset, all.storage, i * count * 4, count * 4));
    return reduceWalk(lastPass(job), all, [{ size: count, strides: [1] }], [{ size: parts.length, strides: [count] }]);
  };
  const [k, r] = [kept[0], reduced[0]];
  if (kept.length > 1 || reduced.length > 1) throw new ShapeError(`[${name}] x of ${x.size * 4} bytes is larger than the adapter can bind, and its dims are not neighbours`);
  const part = (start: number, end: number, row: number): Tensor =>
    new Tensor(x.storage, x.byteOffset + start * row * 4, [(end - start) * row], x.dtype);
  if (r.strides[0] >= k.strides[0] || k.size === 1) {
    const row = k.size === 1 ? 1 : k.size; // reduced outside, kept inside: partial results, then combined
    const parts = rowWindows(name, device, r.size, [row]).map(([s, e]) => reduceWalk(firstPass(job), part(s, e, row), [k], [{ size: e - s, strides: [row] }]));
    return merge(parts, k.size);
  }
  const out = empty(device, [k.size]); // kept outside, reduced inside: windows of outputs
  for (const [s, e] of rowWindows(name, device, k.size, [r.size])) {
    const rowsOut = reduceWalk(job, part(s, e, r.size), [{ size: e - s, strides: [r.size] }], [r]);
    device.copy(rowsOut.storage, 0, out.storage, s * 4, (e - s) * 4);
  }
  return out;
}

/** Reductions over any dimensions: sum, mean, max, min, prod, and sums and maxima of a function of the elements. */
import { defineKernel, floatBits } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { ShapeError } from '../../device/errors.js';
import {
  broadcastDims,
  contiguousStrides,
  formatShape,
  sameShape,
  sizeOf,
  type Shape,
  type WalkDim,
} from '../../tensor/shape.js';
import { constant } from '../../tensor/creation.js';
import { FOURS } from '../../tensor/layout.js';
import { Tensor, empty, view } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { requireF32, walkParams } from '../launch/checks.js';
import { foursAsRows } from '../launch/fours.js';
import type { BinaryName } from '../elementwise/binary_table.js';
import { choose, type Choice } from '../launch/family.js';
import { reduceFamily, reducePlan } from './plan.js';
import { rowWindows } from '../launch/windows.js';
import { kindOf } from '../launch/targets.js';

const includes = ['common/grid.wgsl', 'common/nan_lanes.wgsl'];
const naiveKernel = defineKernel({
  name: 'reduce_naive',
  file: 'reduce/naive.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const workgroupKernel = defineKernel({
  name: 'reduce_workgroup',
  file: 'reduce/workgroup.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});

export type ReduceName = 'sum' | 'mean' | 'max' | 'min' | 'prod';

/** What is reduced instead of x itself: log(sum of exp(x)), norms and variances need these. */
export type Term = 'identity' | 'abs' | 'square' | 'exp';

const TERMS: Record<Term, string> = { identity: 'v', abs: 'abs(v)', square: 'v * v', exp: 'exp_kept(v)' };

/** Value of no elements, how two are combined, and the elementwise op that does the same. */
const COMBINE: Record<ReduceName, { readonly init: number; readonly combine: string; readonly op: BinaryName }> = {
  sum: { init: 0, combine: 'a + b', op: 'add' },
  mean: { init: 0, combine: 'a + b', op: 'add' },
  max: { init: -Infinity, combine: 'larger(a, b)', op: 'maximum' },
  min: { init: Infinity, combine: 'smaller(a, b)', op: 'minimum' },
  prod: { init: 1, combine: 'a * b', op: 'mul' },
};

/** Neighbouring dimensions of a contiguous tensor that are all reduced or all kept, seen as one. */
interface Group {
  readonly size: number;
  readonly isReduced: boolean;
}

export interface ReduceSettings {
  /** Default: the elements as they are. */
  readonly term?: Term;
  /** Multiplies the result. Default: 1, for a mean 1 / the number of elements. */
  readonly scale?: number;
  /** Forces a member of the family; tests do. */
  readonly choice?: Choice;
}

/** x reduced over `dims` (ascending, counted from the front); the result keeps them as 1. */
export function reduce(name: ReduceName, x: Tensor, dims: readonly number[], settings: ReduceSettings = {}): Tensor {
  requireF32(name, { x });
  const shape = x.shape.map((d, i) => (dims.includes(i) ? 1 : d));
  const reduced = dims.reduce((n, d) => n * x.shape[d], 1);
  if (reduced === 0 && name !== 'sum' && name !== 'prod') {
    throw new ShapeError(
      `[${name}] nothing to reduce: x ${formatShape(x.shape)} has no elements in dims (${dims.join(', ')})`,
    );
  }
  const isInFours = x.layout === FOURS && dims.includes(2) && dims.includes(3);
  const seen = isInFours ? foursAsRows(x) : x;
  const groups: Group[] = [];
  for (const [d, size] of seen.shape.entries()) {
    if (size === 1) continue;
    const isReduced = dims.includes(isInFours && d === 3 ? 1 : d); // the last one's are channels
    const last = groups.at(-1);
    if (last?.isReduced === isReduced) groups[groups.length - 1] = { size: last.size * size, isReduced };
    else groups.push({ size, isReduced });
  }
  const job = {
    name,
    term: settings.term ?? 'identity',
    scale: settings.scale ?? (name === 'mean' ? 1 / reduced : 1),
    choice: settings.choice,
  };
  return view(reduceGroups(job, seen, groups), shape);
}

/** The sum of d over the dimensions along which an operand of this shape was repeated: that operand's gradient. */
export function sumTo(d: Tensor, shape: Shape): Tensor {
  return sameShape(d.shape, shape) ? d : view(reduce('sum', d, broadcastDims(shape, d.shape)), shape);
}

interface Reduction {
  readonly name: ReduceName;
  readonly term: Term;
  readonly scale: number;
  readonly choice: Choice | undefined;
}

/** The first of several passes: takes the terms, and leaves the scale to the last. */
const firstPass = (job: Reduction): Reduction => ({ ...job, scale: 1 });
/** A later pass: partial results are combined as they are. */
const lastPass = (job: Reduction): Reduction => ({ ...job, term: 'identity' });

/** The kept elements in order. A tensor past the binding limit is worked on in windows of its outermost group. */
function reduceGroups(job: Reduction, x: Tensor, groups: readonly Group[]): Tensor {
  const { device } = x;
  if (x.size * 4 <= device.maxBindingBytes) {
    const strides = contiguousStrides(groups.map((g) => g.size));
    const walk = (isReduced: boolean): WalkDim[] => {
      const dims = groups.flatMap((g, i) =>
        g.isReduced === isReduced ? [{ size: g.size, strides: [strides[i]] }] : [],
      );
      return dims.length > 0 ? dims : [{ size: 1, strides: [0] }];
    };
    return reduceWalk(job, x, walk(false), walk(true));
  }
  const [outer, ...inner] = groups;
  const row = sizeOf(inner.map((g) => g.size));
  const windows = rowWindows(job.name, device, outer.size, [row]);
  const parts = windows.map(([start, end]) => {
    const part = new Tensor(x.storage, x.byteOffset + start * row * 4, [(end - start) * row], x.dtype);
    return reduceGroups(outer.isReduced ? firstPass(job) : job, part, [
      { size: end - start, isReduced: outer.isReduced },
      ...inner,
    ]);
  });
  const size = parts[0].size;
  if (outer.isReduced && parts.length * size * 4 <= device.maxBindingBytes) {
    return reduceWalk(
      lastPass(job),
      joined(x, parts),
      [{ size, strides: [1] }],
      [{ size: parts.length, strides: [size] }],
    );
  }
  if (outer.isReduced) {
    const total = parts.reduce((a, b) => binary(COMBINE[job.name].op, a, b));
    return job.scale === 1 ? total : binary('mul', total, constant(device, job.scale));
  }
  return joined(x, parts);
}

/** One after the other, in memory of their own. */
function joined({ device }: Tensor, parts: readonly Tensor[]): Tensor {
  const out = empty(device, [parts.reduce((n, part) => n + part.size, 0)]);
  let at = 0;
  for (const part of parts) {
    device.copy(part.storage, part.byteOffset, out.storage, at * 4, part.size * 4);
    at += part.size;
  }
  return out;
}

/** Reduces at most two merged dimensions in one go; with more, the innermost first. */
function reduceWalk(job: Reduction, x: Tensor, kept: WalkDim[], reduced: WalkDim[]): Tensor {
  if (reduced.length > 2) {
    const outer = reduced.slice(0, -1);
    const inner = reduceWalk(firstPass(job), x, [...kept, ...outer], reduced.slice(-1)); // contiguous (kept, outer)
    const [keptSize, outerSize] = [kept, outer].map((dims) => sizeOf(dims.map((d) => d.size)));
    return reduceWalk(
      lastPass(job),
      inner,
      [{ size: keptSize, strides: [outerSize] }],
      [{ size: outerSize, strides: [1] }],
    );
  }
  const count = sizeOf(kept.map((d) => d.size));
  const [r0, r1] = reduced.length === 2 ? reduced : [{ size: 1, strides: [0] }, reduced[0]];
  const { init, combine } = COMBINE[job.name];
  const specialise = { 'fn combine': combine, 'fn term': TERMS[job.term] };
  const words = (
    outputs: number,
    dims: readonly WalkDim[],
    [a, b]: readonly WalkDim[],
    splits: number,
    factor: number,
  ): number[] => [
    outputs,
    dims.length,
    a.size,
    b.size,
    a.strides[0],
    b.strides[0],
    floatBits(factor),
    splits,
    floatBits(init),
    0,
    0,
    0,
    ...walkParams(job.name, dims),
  ];
  const plan = reducePlan(kept, [r0, r1], kindOf(x.device));
  const { variant } = job.choice ?? choose(reduceFamily, x.device, plan);
  if (variant === 'naive' || plan.elements === 0) {
    const out = empty(x.device, [count]);
    x.device.dispatch(naiveKernel, {
      buffers: [x.range, out.range],
      params: words(count, kept, [r0, r1], 1, job.scale),
      specialise,
      workgroups: Math.ceil(count / 64),
    });
    return out;
  }
  const { splits, threads, lanes, isColumns } = plan;
  const out = empty(x.device, [splits, count]);
  x.device.dispatch(workgroupKernel, {
    buffers: [x.range, out.range],
    params: words(plan.outputs, plan.kept, plan.reduced, splits, splits === 1 ? job.scale : 1),
    constants: { T: threads, COLUMNS: isColumns ? 1 : 0 },
    specialise: { ...specialise, ...laneTypes(lanes, isColumns) },
    workgroups: Math.ceil(plan.outputs / (64 / threads)) * splits,
  });
  if (splits === 1) return view(out, [count]);
  return reduceWalk(lastPass(job), out, [{ size: count, strides: [1] }], [{ size: splits, strides: [count] }]);
}

/** How V and O of reduce/workgroup.wgsl are declared. */
function laneTypes(lanes: 1 | 4, isColumns: boolean): Specialisation {
  if (lanes === 1) return {};
  if (isColumns) return { V: 'vec4f', O: 'vec4f' };
  return { V: 'vec4f', 'fn result': 'of_pairs(combine(v, v.yxwz))', 'fn of_pairs': 'combine(v, v.zwxy).x' };
}

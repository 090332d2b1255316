/**
 * Gradients of a convolution's parameters. The sum over pixels and images is split where a launch would have too few
 * workgroups; one split writes dw where it belongs, several leave parts that are added up. dw lies as w does
 * (src/tensor/layout.ts), so that an optimizer meets both in one order.
 */
import { defineKernel } from '../../device/kernel.js';
import { FOURS, ROWS, filterLayout, fitsLayout, type Layout } from '../../tensor/layout.js';
import { sizeOf } from '../../tensor/shape.js';
import { Tensor, empty, rows, view, zeros } from '../../tensor/tensor.js';
import { add_ } from '../elementwise/accumulate.js';
import { cast } from '../elementwise/cast.js';
import { requireBindable } from '../launch/checks.js';
import { choose, type Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { reduce } from '../reduce/reduce.js';
import type { WeightDestinations } from './epilogue.js';
import { conv2dBackwardWeightFamily } from './family.js';
import { geometryWords, type Conv2dGeometry } from './geometry.js';
import { thinBackwardParameters } from '../conv2d_thin/weight.js';
import { winogradWeight } from '../winograd/winograd.js';
import { inputLayout, type KeptQuads } from './quads.js';
import { imageWindows, weightLaunch } from './register.js';
import { sumWeightParts } from './weight_sum.js';

const naiveKernel = defineKernel({
  name: 'conv2d_backward_weight_naive',
  file: 'conv2d/backward_weight_naive.wgsl',
  includes: ['common/grid.wgsl', 'conv2d/params.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

/** What one launch makes. */
export interface WeightGradient {
  /** (O, C / groups, kH, kW). */
  readonly dw: Tensor;
  /** (O), where it was asked for. */
  readonly dbias: Tensor | null;
}

/** dw (O, C / groups, kH, kW) from x and dy. */
export function conv2dBackwardWeight(
  x: Tensor,
  dy: Tensor,
  g: Conv2dGeometry,
  choice?: Choice,
  into: Tensor | null = null,
): Tensor {
  return conv2dBackwardParameters(x, dy, g, false, choice, { dw: into }).dw;
}

/** dw and, when asked for, dbias (O). */
export function conv2dBackwardParameters(
  x: Tensor,
  dy: Tensor,
  g: Conv2dGeometry,
  withBias: boolean,
  choice?: Choice,
  into: WeightDestinations = {},
  kept: KeptQuads | null = null,
): WeightGradient {
  const shape = [g.O, g.C / g.groups, g.kH, g.kW];
  if (g.N === 0) return { dw: zeros(x.device, shape), dbias: withBias ? zeros(x.device, [g.O]) : null };
  const chosen = choice ?? choose(conv2dBackwardWeightFamily, x.device, { ...g, isHalf: x.dtype === 'f16' });
  if (chosen.variant === 'thin') {
    const room = { dw: into.dw?.layout === ROWS ? into.dw : null, dbias: into.dbias ?? null };
    return thinBackwardParameters(chosen, g, x, dy, withBias, room);
  }
  if (chosen.variant === 'naive') {
    const dw = naiveGradient(x, dy, g, into.dw?.layout === ROWS ? into.dw : null);
    return { dw, dbias: withBias ? conv2dBackwardBias(dy) : null };
  }
  const layout = gradientLayout(g, chosen, into.dw ?? null);
  const dw = into.dw?.layout === layout ? into.dw : empty(x.device, shape, 'f32', layout);
  if (chosen.variant === 'winograd') {
    winogradWeight(chosen, g, x, dy, dw);
    return { dw, dbias: withBias ? conv2dBackwardBias(dy) : null };
  }
  const dbias = withBias ? (into.dbias ?? empty(x.device, [g.O])) : null;
  const windows = imageWindows(g, x, dy, inputLayout(g));
  for (const [i, [start, end]] of windows.entries()) {
    const fresh = i === 0 ? { dw, dbias } : { dw: emptyLike(dw), dbias: dbias && emptyLike(dbias) };
    const [xs, dys] = windows.length === 1 ? [x, dy] : [rows(x, start, end), rows(dy, start, end)];
    weightGradient(chosen, g, xs, dys, fresh, kept);
    if (i === 0) continue;
    add_(dw, fresh.dw);
    if (dbias && fresh.dbias) add_(dbias, fresh.dbias);
  }
  return { dw, dbias };
}

function emptyLike(x: Tensor): Tensor {
  return empty(x.device, x.shape, x.dtype, x.layout);
}

/** The layout in which the tiled kernels write dw: that of the weights, where they can. */
function gradientLayout(g: Conv2dGeometry, choice: Choice, into: Tensor | null): Layout {
  const filter = filterLayout(g.groups);
  if (choice.variant === 'winograd') return filter;
  const fits = choice.variant !== 'depthwise' && fitsLayout(filter, [g.O, g.C / g.groups, g.kH, g.kW]);
  return fits && (into === null || into.layout === filter) ? filter : ROWS;
}

/** dw and dbias of some images, by a tiled kernel. */
function weightGradient(
  choice: Choice,
  g: Conv2dGeometry,
  x: Tensor,
  dy: Tensor,
  { dw, dbias }: WeightGradient,
  kept: KeptQuads | null,
): void {
  const { device } = x;
  const launch = weightLaunch(choice, g, x, dy, dbias !== null, dw.layout !== ROWS);
  const { splits } = launch;
  if (splits === 1) return launch.run(dw, dbias ?? empty(device, [1]), kept);
  const parts = empty(device, [splits, dw.size]);
  const biasParts = empty(device, [splits, dbias?.size ?? 1]);
  requireBindable('conv2d', { dw: parts });
  launch.run(parts, biasParts, kept);
  sumWeightParts(parts, biasParts, dw, dbias);
  parts.release();
  biasParts.release();
}

/** Threads that the obvious kernel aims at. */
const NAIVE_THREADS = 4096;

/** dw by the obvious kernel: parts over images, then their sum. */
function naiveGradient(x: Tensor, dy: Tensor, g: Conv2dGeometry, into: Tensor | null): Tensor {
  const sizes = [x, dy].map((t) => sizeOf(t.shape.slice(1)));
  const dw = into ?? empty(x.device, [g.O, g.C / g.groups, g.kH, g.kW]);
  const windows = rowWindows('conv2d', x.device, g.N, sizes, x.dtype === 'f16');
  for (const [i, [start, end]] of windows.entries()) {
    const parts = naiveParts(rows(x.as(ROWS), start, end), rows(dy.as(ROWS), start, end), g);
    const sum = i === 0 ? dw : emptyLike(dw);
    sumWeightParts(parts, parts, sum, null);
    if (i > 0) add_(dw, sum);
  }
  return dw;
}

/** dw of some images as (parts, elements of dw), by the obvious kernel. */
function naiveParts(x: Tensor, dy: Tensor, g: Conv2dGeometry): Tensor {
  const N = x.shape[0];
  const elements = (g.O * g.C * g.kH * g.kW) / g.groups;
  const bindable = Math.floor(x.device.maxBindingBytes / 4 / elements);
  const splits = Math.min(N, Math.max(1, Math.min(bindable, Math.ceil(NAIVE_THREADS / elements))));
  const part = empty(x.device, [splits, elements]);
  requireBindable('conv2d', { dw: part });
  x.device.dispatch(naiveKernel, {
    buffers: [x.range, dy.range, part.range],
    params: geometryWords(g, N, splits),
    specialise: storedAs(x.dtype, { E: 1 }),
    workgroups: Math.ceil((elements * splits) / 64),
  });
  return part;
}

/** dbias (O): dy (N, O, oH, oW) summed over all but O. */
export function conv2dBackwardBias(dy: Tensor): Tensor {
  const full = cast(dy, 'f32');
  const [N, O, oH, oW] = dy.shape;
  const fits = full.byteLength <= dy.device.maxBindingBytes;
  if (fits && full.layout === FOURS) {
    const fours = new Tensor(full.home.storage, full.home.byteOffset, [N, O / 4, oH * oW, 4], 'f32');
    return view(reduce('sum', fours, [0, 2]), [O]);
  }
  // windows want neighbours
  const sum = fits ? reduce('sum', full, [0, 2, 3]) : reduce('sum', reduce('sum', full, [2, 3]), [0]);
  return view(sum, [O]);
}

/**
 * How the tiled kernels of a convolution read its operands: activations in fours of channels, weights in fours of
 * depth. Where a group's channels are a multiple of 4, that is the layout in which tensors lie (src/tensor/layout.ts)
 * and nothing is copied. Others are copied here: with zeros for the missing channels (shaders/conv2d/quads_folded.wgsl,
 * shaders/conv2d/weight_quads.wgsl), and where there are few, with the columns of the window as channels.
 */
import type { Device } from '../../device/device.js';
import { defineKernel } from '../../device/kernel.js';
import { FOURS, filterLayout } from '../../tensor/layout.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from './geometry.js';
import { storedAs } from '../launch/stored_as.js';
import { hasWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'common/divide.wgsl'];
const bindings = ['read', 'write', 'params'] as const;
const foldedKernel = defineKernel({
  name: 'conv2d_quads_folded',
  file: 'conv2d/quads_folded.wgsl',
  includes: [...includes, 'conv2d/runs.wgsl'],
  bindings,
});
const weightQuadsKernel = defineKernel({
  name: 'conv2d_weight_quads',
  file: 'conv2d/weight_quads.wgsl',
  includes: ['common/grid.wgsl'],
  bindings,
});

/** How the planes of an operand lie in fours. */
export interface QuadLayout {
  /** Channels of a group as they are stored; folded, times the columns of the window. */
  readonly depth: number;
  readonly isFolded: boolean;
  /** Rows and columns of the window that are not folded into the depth. */
  readonly taps: readonly [number, number];
  /** Rows and columns of a plane. */
  readonly H: number;
  readonly W: number;
}

/** Fewer channels than this fill too little of a four: the columns of the window become channels. */
const FOLD_BELOW = 4;

/** x as forward and the gradient of the weights read it. */
export function inputLayout(g: Conv2dGeometry): QuadLayout {
  const channels = g.C / g.groups;
  if (g.kW > 1 && channels < FOLD_BELOW)
    return { depth: channels * g.kW, isFolded: true, taps: [g.kH, 1], H: g.H, W: g.oW };
  return { depth: channels, isFolded: false, taps: [g.kH, g.kW], H: g.H, W: g.W };
}

/** y or dy as the gradients read it. */
export function outputLayout(g: Conv2dGeometry): QuadLayout {
  return { depth: g.O / g.groups, isFolded: false, taps: [g.kH, g.kW], H: g.oH, W: g.oW };
}

/** Fours of depth of a group. */
export function fours(layout: QuadLayout): number {
  return Math.ceil(layout.depth / 4);
}

/** Elements of one image. */
function quadElements(layout: QuadLayout, groups: number): number {
  return 4 * groups * fours(layout) * layout.H * layout.W;
}

/**
 * Elements of one image as windows count them: rounded up where it is a copy, because that has memory of its own and
 * starts wherever it likes.
 */
export function imageElements(layout: QuadLayout, groups: number): number {
  const elements = quadElements(layout, groups);
  return isPlain(layout) ? elements : 64 * Math.ceil(elements / 64);
}

/** Whether an operand is read as it lies in fours of channels. */
function isPlain(layout: QuadLayout): boolean {
  return !layout.isFolded && layout.depth % 4 === 0;
}

/** Whether the weights, and some images at a time, can be laid out in fours within the adapter's limits. */
export function canLayOut(device: Device, g: Conv2dGeometry): boolean {
  const [x, y] = [g.C * g.H * g.W, g.O * g.oH * g.oW];
  const weights =
    4 *
    g.groups *
    g.kH *
    g.kW *
    Math.max(Math.ceil(g.C / g.groups / 4) * (g.O / g.groups), Math.ceil(g.O / g.groups / 4) * (g.C / g.groups));
  if (4 * weights > device.maxBindingBytes) return false;
  return [inputLayout(g), outputLayout(g)].every((layout) =>
    hasWindows(device, g.N, [x, y, imageElements(layout, g.groups)]),
  );
}

/**
 * Where forward leaves a copy of x in fours, for the gradient of the weights. The depthwise members see other groups
 * than the rest.
 */
export interface KeptQuads {
  current: { readonly quads: Tensor; readonly groups: number } | null;
}

/** Rows of a run, and runs of a workgroup: shaders/conv2d/runs.wgsl. */
const [RUN_ROWS, RUNS] = [8, 8];

/** Some images of x or dy (N, channels, H, W) in fours, as they lie or copied. */
export interface Quads {
  readonly tensor: Tensor;
  /** Whether it has memory of its own, to be released. */
  readonly isCopy: boolean;
}

/** x or dy (N, channels, H, W) in fours. */
export function quads(x: Tensor, layout: QuadLayout, g: Conv2dGeometry): Quads {
  if (isPlain(layout)) return { tensor: x.as(FOURS), isCopy: false };
  const [N, channels, H, W] = x.shape;
  const q = empty(x.device, [N, quadElements(layout, g.groups)], x.dtype);
  const planes = N * g.groups * fours(layout);
  const plane = [planes, channels / g.groups, H, W, fours(layout), layout.H, layout.W, 0];
  const window = layout.isFolded ? [g.padding[1], g.kW, 1, g.stride[1], g.dilation[1]] : [0, 1, 1, 1, 1];
  x.device.dispatch(foldedKernel, {
    buffers: [x.range, q.range],
    params: [...plane, ...window],
    specialise: storedAs(x.dtype, { E: 1, E4: 4 }),
    workgroups: Math.ceil((planes * Math.ceil(layout.H / RUN_ROWS)) / RUNS),
  });
  return { tensor: q, isCopy: true };
}

/** Weights in the order in which a kernel reads them. */
export interface Filter extends Quads {
  /** Whether they lie as they do for the convolution of which this is the gradient (shaders/conv2d/gather.wgsl). */
  readonly isTurned: boolean;
}

/**
 * w (O, C / groups, kH, kW) in fours of depth: input channels (folded: and columns of the window), or output channels
 * for the gradient of the input.
 */
export function weightQuads(w: Tensor, layout: QuadLayout, g: Conv2dGeometry, isTransposed: boolean): Filter {
  const [into, out, allTaps] = [g.C / g.groups, g.O / g.groups, g.kH * g.kW];
  if (isPlain(inputLayout(g)) && (!isTransposed || out % 4 === 0))
    return { tensor: w.as(filterLayout(g.groups)), isCopy: false, isTurned: isTransposed };
  const taps = layout.taps[0] * layout.taps[1];
  const inner = layout.isFolded ? g.kW : 1;
  const rows = isTransposed ? into : out;
  const column = into * allTaps;
  const [wRow, wDepth] = isTransposed ? [allTaps, column] : [column, allTaps];
  const D = fours(layout);
  const q = empty(w.device, [g.groups * taps * D * rows * 4]);
  w.device.dispatch(weightQuadsKernel, {
    buffers: [w.range, q.range],
    params: [g.groups, taps, D, rows, layout.depth, out * column, wRow, wDepth, inner, inner],
    workgroups: Math.ceil(q.size / 4 / 64),
  });
  return { tensor: q, isCopy: true, isTurned: false };
}

/** w (C, 1, kH, kW) of a depthwise convolution in fours of channels: (four, tap). */
export function depthwiseQuads(w: Tensor, g: Conv2dGeometry): Filter {
  const taps = g.kH * g.kW;
  const q = empty(w.device, [w.size]);
  w.device.dispatch(weightQuadsKernel, {
    buffers: [w.range, q.range],
    params: [g.C / 4, taps, 1, 1, 4, 4 * taps, 0, taps, 1, 1],
    workgroups: Math.ceil(w.size / 4 / 64),
  });
  return { tensor: q, isCopy: true, isTurned: false };
}

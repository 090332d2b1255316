/**
 * Layouts that the register kernels of a convolution read. Activations lie in fours of channels with their padding
 * around them (shaders/conv2d/quads.wgsl), weights in fours of depth (shaders/conv2d/weight_quads.wgsl), rows of dy in
 * whole fours (shaders/conv2d/pad_rows.wgsl). Copying costs a few per cent of the product and frees its loop of tests
 * and index arithmetic.
 */
import type { Device } from '../../device/device.js';
import { defineKernel } from '../../device/kernel.js';
import { empty, type DType, type Tensor } from '../../tensor/tensor.js';
import type { Conv2dGeometry } from './geometry.js';
import { storedAs } from '../launch/stored_as.js';
import { hasWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'conv2d/divide.wgsl'];
const bindings = ['read', 'write', 'params'] as const;
const runIncludes = [...includes, 'conv2d/runs.wgsl'];
const quadsKernel = defineKernel({ name: 'conv2d_quads', file: 'conv2d/quads.wgsl', includes: runIncludes, bindings });
const foldedKernel = defineKernel({
  name: 'conv2d_quads_folded',
  file: 'conv2d/quads_folded.wgsl',
  includes: runIncludes,
  bindings,
});
const weightQuadsKernel = defineKernel({
  name: 'conv2d_weight_quads',
  file: 'conv2d/weight_quads.wgsl',
  includes: ['common/grid.wgsl'],
  bindings,
});
const padRowsKernel = defineKernel({ name: 'conv2d_pad_rows', file: 'conv2d/pad_rows.wgsl', includes, bindings });

/** How the planes of an operand lie in fours. */
export interface QuadLayout {
  /** Channels of a group as they are stored; folded, times the columns of the window. */
  readonly depth: number;
  readonly isFolded: boolean;
  /** Rows and columns of the window that are not folded into the depth. */
  readonly taps: readonly [number, number];
  /** Rows of the operand from one row of q to the next. */
  readonly stepY: number;
  /** Rows and columns of a plane, and how many of each lie before the first of the operand. */
  readonly qH: number;
  readonly qW: number;
  readonly before: readonly [number, number];
}

/** Fewer channels than this fill too little of a four: the columns of the window become channels. */
const FOLD_BELOW = 4;

/** x as forward and the gradient of the weights read it. */
export function inputLayout(g: Conv2dGeometry): QuadLayout {
  const channels = g.C / g.groups;
  // folding leaves out what no window sees
  const picks = g.kH * g.kW === 1 && (g.stride[0] > 1 || g.stride[1] > 1 || g.H > g.oH || g.W > g.oW);
  const span = (size: number, k: number, i: 0 | 1): number => (size - 1) * g.stride[i] + (k - 1) * g.dilation[i] + 1;
  if (picks || (g.kW > 1 && channels < FOLD_BELOW)) {
    const stepY = g.kH === 1 ? g.stride[0] : 1;
    return {
      depth: channels * g.kW,
      isFolded: true,
      taps: [g.kH, 1],
      stepY,
      qH: g.kH === 1 ? g.oH : span(g.oH, g.kH, 0),
      qW: g.oW,
      before: g.padding,
    };
  }
  return {
    depth: channels,
    isFolded: false,
    taps: [g.kH, g.kW],
    stepY: 1,
    qH: span(g.oH, g.kH, 0),
    qW: span(g.oW, g.kW, 1),
    before: g.padding,
  };
}

/**
 * dy as the gradient of the input reads it: what lies before and after are the places that a window of dx may look for
 * and not find.
 */
export function outputLayout(g: Conv2dGeometry): QuadLayout {
  const side = (size: number, out: number, k: number, i: 0 | 1): [before: number, total: number] => {
    const before = Math.max(0, Math.ceil(((k - 1) * g.dilation[i] - g.padding[i]) / g.stride[i]));
    const last = Math.max(out - 1, Math.floor((size - 1 + g.padding[i]) / g.stride[i]));
    return [before, before + last + 1];
  };
  const [y, x] = [side(g.H, g.oH, g.kH, 0), side(g.W, g.oW, g.kW, 1)];
  return {
    depth: g.O / g.groups,
    isFolded: false,
    taps: [g.kH, g.kW],
    stepY: 1,
    qH: y[1],
    qW: x[1],
    before: [y[0], x[0]],
  };
}

/** Fours of depth of a group. */
export function fours(layout: QuadLayout): number {
  return Math.ceil(layout.depth / 4);
}

/** Elements of one image. */
export function quadElements(layout: QuadLayout, groups: number): number {
  return 4 * groups * fours(layout) * layout.qH * layout.qW;
}

/**
 * Elements of one image as windows count them: rounded up, because the layout has memory of its own and starts wherever
 * it likes.
 */
export function imageElements(layout: QuadLayout, groups: number): number {
  return 64 * Math.ceil(quadElements(layout, groups) / 64);
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
 * Where forward leaves x in fours, for the gradient of the weights. The depthwise members see other groups than the
 * rest.
 */
export interface KeptQuads {
  current: { readonly quads: Tensor; readonly groups: number } | null;
}

/** Rows of a run, and runs of a workgroup: shaders/conv2d/runs.wgsl. */
const [RUN_ROWS, RUNS] = [8, 8];

/** x or dy (N, channels, H, W) in fours. */
export function quads(x: Tensor, layout: QuadLayout, g: Conv2dGeometry): Tensor {
  const [N, channels, H, W] = x.shape;
  const q = empty(x.device, [N, quadElements(layout, g.groups)], x.dtype);
  // Loads past the end meet a factor of 0, so they must find a number: bindings are whole 16 bytes, and a four of
  // halves is 8.
  if (q.byteLength % 16 !== 0) q.device.clear(q.storage, q.byteLength, 8);
  const planes = N * g.groups * fours(layout);
  const plane = [planes, channels / g.groups, H, W, fours(layout), layout.qH, layout.qW, ...layout.before];
  const workgroups = Math.ceil((planes * Math.ceil(layout.qH / RUN_ROWS)) / RUNS);
  if (!layout.isFolded && W % 4 === 0) {
    const left = Math.min(layout.before[1], layout.qW);
    const pads = left + Math.max(0, layout.qW - layout.before[1] - W);
    x.device.dispatch(quadsKernel, {
      buffers: [x.range, q.range],
      params: [...plane, W / 4, left, pads],
      specialise: storedAs(x.dtype, { E4: 4 }),
      workgroups,
    });
  } else {
    const window = layout.isFolded ? [g.kW, layout.stepY, g.stride[1], g.dilation[1]] : [1, 1, 1, 1];
    x.device.dispatch(foldedKernel, {
      buffers: [x.range, q.range],
      params: [...plane, ...window],
      specialise: storedAs(x.dtype, { E: 1, E4: 4 }),
      workgroups,
    });
  }
  return q;
}

/**
 * w (O, C / groups, kH, kW) in fours of depth: input channels (folded: and columns of the window), or output channels
 * for the gradient of the input.
 */
export function weightQuads(
  w: Tensor,
  layout: QuadLayout,
  g: Conv2dGeometry,
  isTransposed: boolean,
  dtype: DType,
): Tensor {
  const [into, out, allTaps] = [g.C / g.groups, g.O / g.groups, g.kH * g.kW];
  const taps = layout.taps[0] * layout.taps[1];
  const inner = layout.isFolded ? g.kW : 1;
  const rows = isTransposed ? into : out;
  const column = into * allTaps;
  const [wRow, wDepth] = isTransposed ? [allTaps, column] : [column, allTaps];
  const D = fours(layout);
  const q = empty(w.device, [g.groups * taps * D * rows * 4], dtype);
  w.device.dispatch(weightQuadsKernel, {
    buffers: [w.range, q.range],
    params: [g.groups, taps, D, rows, layout.depth, out * column, wRow, wDepth, inner, inner],
    specialise: storedAs(dtype, { E4: 4 }),
    workgroups: Math.ceil(q.size / 4 / 64),
  });
  return q;
}

/** w (C, 1, kH, kW) of a depthwise convolution in fours of channels: (four, tap). */
export function depthwiseQuads(w: Tensor, g: Conv2dGeometry, dtype: DType): Tensor {
  const taps = g.kH * g.kW;
  const q = empty(w.device, [w.size], dtype);
  w.device.dispatch(weightQuadsKernel, {
    buffers: [w.range, q.range],
    params: [g.C / 4, taps, 1, 1, 4, 4 * taps, 0, taps, 1, 1],
    specialise: storedAs(dtype, { E4: 4 }),
    workgroups: Math.ceil(w.size / 4 / 64),
  });
  return q;
}

/** y or dy in fours of channels as it is, without padding. */
export function planeLayout(g: Conv2dGeometry): QuadLayout {
  return { depth: g.O / g.groups, isFolded: false, taps: [1, 1], stepY: 1, qH: g.oH, qW: g.oW, before: [0, 0] };
}

/** dy (N, O, oH, oW) with rows of whole fours; dy itself where they are. */
export function padRows(dy: Tensor, oW: number): Tensor {
  if (oW % 4 === 0) return dy;
  const rows = dy.size / oW;
  const q = empty(dy.device, [rows, 4 * Math.ceil(oW / 4)], dy.dtype);
  dy.device.dispatch(padRowsKernel, {
    buffers: [dy.range, q.range],
    params: [rows, oW],
    specialise: storedAs(dy.dtype, { E: 1, E4: 4 }),
    workgroups: Math.ceil(q.size / 4 / 64),
  });
  return q;
}

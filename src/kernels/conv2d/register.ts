/**
 * Launches of the kernels over fours of channels: forward and gradient of the input (one shader), and the gradient of
 * the weights.
 */
import { UsageError } from '../../device/errors.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { sizeOf } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import type { Conv2dGeometry } from './geometry.js';
import {
  fours,
  imageElements,
  inputLayout,
  outputLayout,
  depthwiseQuads,
  padRows,
  planeLayout,
  quads,
  weightQuads,
  type KeptQuads,
  type QuadLayout,
} from './quads.js';
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import type { Choice } from '../launch/family.js';
import type { FusedActivation } from '../matmul/product.js';
import { storedAs, storedType } from '../launch/stored_as.js';
import { gcd, rowWindows } from '../launch/windows.js';

const gatherIncludes = ['common/grid.wgsl', 'conv2d/divide.wgsl', 'conv2d/gather.wgsl', ...ACTIVATION_FILES];
const weightIncludes = ['common/grid.wgsl', 'conv2d/weight_params.wgsl', 'conv2d/weight.wgsl'];
const gatherBindings = ['read', 'read', 'read', 'read', 'write', 'params'] as const;
const gatherKernel = (member: string): Kernel =>
  defineKernel({
    name: `conv2d_${member}`,
    file: `conv2d/${member}.wgsl`,
    includes: gatherIncludes,
    bindings: gatherBindings,
  });
const weightKernel = (member: string, includes: readonly string[] = weightIncludes): Kernel =>
  defineKernel({
    name: `conv2d_backward_weight_${member}`,
    file: `conv2d/backward_weight_${member}.wgsl`,
    includes,
    bindings: ['read', 'read', 'write', 'params'],
  });
const gatherKernels: Record<string, Kernel> = {
  subgroup: gatherKernel('subgroup'),
  register: gatherKernel('register'),
  workgroup: gatherKernel('workgroup'),
  depthwise: gatherKernel('depthwise'),
};
const weightKernels: Record<string, Kernel> = {
  subgroup: weightKernel('subgroup'),
  register: weightKernel('register'),
  workgroup: weightKernel('workgroup'),
  depthwise: weightKernel('depthwise', weightIncludes.slice(0, 2)),
};

/** What is done to y before it is written: y = activation(convolution + bias + residual). */
export interface Epilogue {
  readonly bias: Tensor | null;
  readonly residual: Tensor | null;
  readonly activation: FusedActivation | null;
}

/**
 * Output pixels start, start + step, …, `count` of them along one side; their taps k = first, first + every, … see
 * input start + y step + i tapStep.
 */
interface Side {
  readonly outStart: number;
  readonly outStep: number;
  readonly count: number;
  readonly taps: number;
  readonly first: number;
  readonly every: number;
  readonly start: number;
  readonly step: number;
  readonly tapStep: number;
}

/** Forward: all pixels at once. */
function forwardSide(g: Conv2dGeometry, i: 0 | 1, layout: QuadLayout): Side {
  const count = [g.oH, g.oW][i];
  const whole = { outStart: 0, outStep: 1, count, first: 0, every: 1, start: 0 };
  const isSampled = layout.isFolded && (i === 1 || g.kH === 1); // q has what the output needs and no more
  return { ...whole, taps: layout.taps[i], step: isSampled ? 1 : g.stride[i], tapStep: g.dilation[i] };
}

/**
 * Gradient of the input: dx at position p of a side gets w at tap k from dy at (p + pad - k dilation) / stride, where
 * that is whole. Positions of one remainder modulo the stride have the same taps: each is a convolution of stride 1
 * with every so many of the taps.
 */
function backwardSides(g: Conv2dGeometry, i: 0 | 1, layout: QuadLayout): Side[] {
  const [size, k, stride, dilation, pad] = [[g.H, g.W][i], [g.kH, g.kW][i], g.stride[i], g.dilation[i], g.padding[i]];
  const every = stride / gcd(stride, dilation);
  return Array.from({ length: Math.min(stride, size) }, (_, outStart) => {
    const count = Math.ceil((size - outStart) / stride);
    const first = Array.from({ length: Math.min(every, k) }, (_, t) => t).find(
      (t) => (outStart + pad - t * dilation) % stride === 0,
    );
    const side = { outStart, outStep: stride, count, every, step: 1, tapStep: (-every * dilation) / stride };
    if (first === undefined) return { ...side, taps: 0, first: 0, start: 0 };
    return {
      ...side,
      first,
      taps: Math.ceil((k - first) / every),
      start: layout.before[i] + (outStart + pad - first * dilation) / stride,
    };
  });
}

/**
 * What a workgroup makes, rows x columns (pixels; for the gradient of the weights (tap, channel)), and the constants
 * that say so.
 */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly specialise: Specialisation;
}

/** Threads of a workgroup of the register and depthwise kernels. */
const THREADS = 64;

/** @throws UsageError when there is no such member. */
function tileOf(x: Tensor, choice: Choice): Tile {
  const S = x.device.adapter.subgroupSize;
  if (choice.variant === 'depthwise') return { rows: 4, columns: 4 * THREADS, specialise: {} };
  const rows = Number(choice['ROWS'] ?? (choice.variant === 'workgroup' ? 64 : 8));
  const specialise = { ROWS: `${rows}u` };
  if (choice.variant === 'subgroup') return { rows, columns: 4 * S, specialise: { ...specialise, S: `${S}u` } };
  if (choice.variant === 'register') return { rows, columns: 4 * THREADS, specialise };
  if (choice.variant === 'workgroup') return { rows, columns: 64, specialise };
  throw new UsageError(`[conv2d] there is no kernel "${choice.variant}"`, {
    fix: "use 'subgroup', 'workgroup', 'register' or 'naive'",
  });
}

/** The depthwise kernels see fours of channels as groups. */
function groupsOf(choice: Choice, g: Conv2dGeometry): Conv2dGeometry {
  return choice.variant === 'depthwise' ? { ...g, groups: g.C / 4 } : g;
}

/**
 * y from x, or dx from dy, in windows of images. The input in fours is released at once unless it is to be kept (one
 * window only).
 */
export function gatherRegister(
  choice: Choice,
  given: Conv2dGeometry,
  input: Tensor,
  w: Tensor,
  output: Tensor,
  isTransposed: boolean,
  epilogue: Epilogue,
  kept: KeptQuads | null = null,
): void {
  requireBindable('conv2d', { w });
  const g = groupsOf(choice, given);
  const layout = isTransposed ? outputLayout(g) : inputLayout(g);
  const [sidesY, sidesX] = isTransposed
    ? [backwardSides(g, 0, layout), backwardSides(g, 1, layout)]
    : [[forwardSide(g, 0, layout)], [forwardSide(g, 1, layout)]];
  const { taps } = layout;
  const channels = (isTransposed ? g.C : g.O) / g.groups;
  const [outH, outW] = output.shape.slice(2);
  const wQuads =
    choice.variant === 'depthwise'
      ? depthwiseQuads(w, g, input.dtype)
      : weightQuads(w, layout, g, isTransposed, input.dtype);
  const { bias, residual, activation } = epilogue;
  const tile = tileOf(input, choice);
  const isVector = sidesY.length * sidesX.length === 1 && (outH * outW) % 4 === 0;
  const store: Specialisation = {
    ...storedAs(input.dtype, { E4: 4 }),
    OUT: storedType(output.dtype, isVector ? 4 : 1),
    ...(isVector ? { WIDTH: '4u', 'fn narrow': 'OUT(v)', 'fn widen': 'vec4f(v)' } : {}),
  };
  const windows = imageWindows(g, input, output, layout);
  for (const [start, end] of windows) {
    const N = end - start;
    const inputQuads = quads(rows(input, start, end), layout, g);
    const part = rows(output, start, end);
    for (const y of sidesY) {
      for (const x of sidesX) {
        const pixels = N * y.count * x.count;
        const place = [y.count, x.count, y.taps, x.taps, taps[0] * taps[1], layout.qH * layout.qW];
        const steps = [y.start * layout.qW + x.start, y.step * layout.qW, x.step, y.tapStep * layout.qW, x.tapStep];
        const which = [y.first * taps[1] + x.first, y.every * taps[1], x.every];
        const out = [outH * outW, y.outStart * outW + x.outStart, y.outStep * outW, x.outStep];
        input.device.dispatch(gatherKernels[choice.variant], {
          buffers: [
            inputQuads.range,
            wQuads.range,
            bias?.range ?? w.range,
            (residual ? rows(residual, start, end) : inputQuads).range,
            part.range,
          ],
          params: [N, g.groups, channels, fours(layout), ...place, ...steps, ...which, ...out].map((v) => v >>> 0),
          constants: { HAS_BIAS: bias ? 1 : 0, HAS_RESIDUAL: residual ? 1 : 0 },
          specialise: { ...tile.specialise, ...store, ...(activation ? { 'fn activate': forwardOf(activation) } : {}) },
          workgroups: Math.ceil(pixels / tile.columns) * Math.ceil(channels / tile.rows) * g.groups,
        });
      }
    }
    if (kept && windows.length === 1) kept.current = { quads: inputQuads, groups: g.groups };
    else inputQuads.storage.release();
  }
  wQuads.storage.release();
}

/** Windows of images in which both operands, and the layout in fours, can be bound. */
export function imageWindows(
  g: Conv2dGeometry,
  a: Tensor,
  b: Tensor,
  layout: QuadLayout,
): (readonly [number, number])[] {
  return rowWindows(
    'conv2d',
    a.device,
    g.N,
    [sizeOf(a.shape.slice(1)), sizeOf(b.shape.slice(1)), imageElements(layout, g.groups)],
    a.dtype === 'f16',
  );
}

/** Workgroups that the gradient of the weights aims at: its depth, the rows of pixels, is split to get there. */
const WEIGHT_WORKGROUPS = 64;

/**
 * dw, and with a bias dbias behind it, of some images: (splits, elements). x in fours is what forward kept, where it
 * fits.
 */
export function weightPartsRegister(
  choice: Choice,
  given: Conv2dGeometry,
  x: Tensor,
  dy: Tensor,
  hasBias: boolean,
  kept: KeptQuads | null = null,
): Tensor {
  const g = groupsOf(choice, given);
  const isDepthwise = choice.variant === 'depthwise';
  const layout = inputLayout(g);
  const N = x.shape[0];
  const channels = g.O / g.groups;
  const [tapsY, tapsX] = layout.taps;
  const [sideY, sideX] = [forwardSide(g, 0, layout), forwardSide(g, 1, layout)];
  // Windows of one element, or folded to it, see pixels that lie in a line: rows may be seen as one.
  const isFlat = tapsY * tapsX === 1 && sideY.step * sideX.step === 1 && layout.qW === g.oW;
  const [oH, oW] = isFlat ? [1, g.oH * g.oW] : [g.oH, g.oW];
  const tile = tileOf(x, choice);
  const D = fours(layout);
  const columns = D * tapsY * tapsX;
  // counted through all tiles, so that few columns do not leave threads idle
  const isThreads = isDepthwise || choice.variant === 'register';
  const tiles =
    (isThreads ? columns / THREADS : Math.ceil((4 * columns) / tile.columns)) *
    Math.ceil(channels / tile.rows) *
    g.groups;
  const elements = sizeOf([g.O, given.C / given.groups, g.kH, g.kW]) + (hasBias ? g.O : 0);
  const bindable = Math.floor(x.device.maxBindingBytes / 4 / elements);
  const splits = Math.min(N * oH, Math.max(1, Math.min(bindable, Math.ceil(WEIGHT_WORKGROUPS / tiles))));
  const parts = empty(x.device, [splits, elements]);
  requireBindable('conv2d', { dw: parts });
  const sizes = [N, g.groups, channels, layout.depth, D, tapsY, tapsX, oH, isDepthwise ? oW : 4 * Math.ceil(oW / 4)];
  const steps = [
    layout.qH * layout.qW,
    sideY.step * layout.qW,
    sideX.step,
    sideY.tapStep * layout.qW,
    sideX.tapStep,
    splits,
    layout.isFolded ? g.kW : 1,
  ];
  const fits = kept?.current?.groups === g.groups && kept.current.quads.shape[0] === N;
  const xQuads = fits && kept.current ? kept.current.quads : quads(x, layout, g);
  const dyRows = isDepthwise ? quads(dy, planeLayout(g), g) : padRows(dy, oW);
  x.device.dispatch(weightKernels[choice.variant], {
    buffers: [xQuads.range, dyRows.range, parts.range],
    params: [...sizes, ...steps],
    constants: { HAS_BIAS: hasBias ? 1 : 0 },
    specialise: { ...tile.specialise, ...storedAs(x.dtype, { E4: 4 }) },
    workgroups: Math.ceil(tiles * splits),
  });
  if (!fits) xQuads.storage.release();
  if (dyRows !== dy) dyRows.storage.release();
  return parts;
}

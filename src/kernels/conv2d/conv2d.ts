/**
 * Convolution (cross-correlation, as in PyTorch) and its gradients. x (N, C, H, W), w (O, C / groups, kH, kW), bias
 * (O), y (N, O, oH, oW) with oH = floor((H + padding before + padding after - dilation (kH - 1) - 1) / stride) + 1.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import { empty, rows, view, zeros, type Tensor } from '../../tensor/tensor.js';
import { cast } from '../elementwise/cast.js';
import { requireBindable, requireF32, requireFloat, requireRank } from '../launch/checks.js';
import { conv2dBackwardInputFamily, conv2dBackwardWeightFamily, conv2dFamily } from './family.js';
import { conv2dGeometry, type Conv2dGeometry, type Conv2dOptions } from './geometry.js';
import { inputLayout, type KeptQuads } from './quads.js';
import { gatherRegister, imageWindows, weightPartsRegister, type Epilogue } from './register.js';
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import { choose, type Choice } from '../launch/family.js';
import { reduce } from '../reduce/reduce.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'conv2d/params.wgsl'];
const forwardNaive = defineKernel({
  name: 'conv2d_naive',
  file: 'conv2d/naive.wgsl',
  includes: [...includes, ...ACTIVATION_FILES],
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});
const inputNaive = defineKernel({
  name: 'conv2d_backward_input_naive',
  file: 'conv2d/backward_input_naive.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'write', 'params'],
});
const weightNaive = defineKernel({
  name: 'conv2d_backward_weight_naive',
  file: 'conv2d/backward_weight_naive.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const weightSum = defineKernel({
  name: 'conv2d_weight_sum',
  file: 'conv2d/weight_sum.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'write', 'params'],
});

export * from './geometry.js';
export * from './family.js';
export type { KeptQuads };

function words(g: Conv2dGeometry, N: number, splits = 1): number[] {
  return [N, g.C, g.H, g.W, g.O, g.kH, g.kW, g.oH, g.oW, ...g.stride, ...g.padding, ...g.dilation, g.groups, splits];
}

/**
 * y = activation(x * w + bias + residual).
 * @param kept takes x as it was laid out, which conv2dBackwardParameters may be given.
 * @throws ShapeError when channels, bias or residual do not fit.
 */
export function conv2d(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  options: Conv2dOptions = {},
  residual: Tensor | null = null,
  kept: KeptQuads | null = null,
): Tensor {
  requireFloat('conv2d', { x, ...(residual ? { residual } : {}) });
  requireF32('conv2d', { w, ...(bias ? { bias } : {}) });
  requireRank('conv2d', 'x', x, 'N C H W');
  requireRank('conv2d', 'w', w, 'O C kH kW');
  const g = conv2dGeometry(x.shape, w.shape, options);
  if (bias && (bias.rank !== 1 || bias.size !== g.O))
    throw new ShapeError(`[conv2d] bias ${formatShape(bias.shape)} does not fit O = ${g.O}`);
  const shape = [g.N, g.O, g.oH, g.oW];
  if (residual && !sameShape(residual.shape, shape))
    throw new ShapeError(`[conv2d] residual ${formatShape(residual.shape)} does not fit y ${formatShape(shape)}`);
  return conv2dForward(x, w, g, options.choice, { bias, residual, activation: options.activation ?? null }, kept);
}

const PLAIN: Epilogue = { bias: null, residual: null, activation: null };

/** y (N, O, oH, oW) of sizes that were checked. Also the backward-input of a transposed convolution. */
export function conv2dForward(
  x: Tensor,
  w: Tensor,
  g: Conv2dGeometry,
  choice?: Choice,
  epilogue = PLAIN,
  kept: KeptQuads | null = null,
): Tensor {
  const y = empty(x.device, [g.N, g.O, g.oH, g.oW], x.dtype);
  if (y.size === 0) return y;
  const chosen = choice ?? choose(conv2dFamily, x.device, g);
  if (chosen.variant === 'naive') gatherNaive(forwardNaive, g, x, w, y, epilogue);
  else gatherRegister(chosen, g, x, w, y, false, epilogue, kept);
  return y;
}

/** dx (N, C, H, W) from dy (N, O, oH, oW). Also the forward of a transposed convolution, which alone has a bias (C). */
export function conv2dBackwardInput(
  dy: Tensor,
  w: Tensor,
  g: Conv2dGeometry,
  choice?: Choice,
  bias: Tensor | null = null,
): Tensor {
  const dx = empty(dy.device, [g.N, g.C, g.H, g.W], dy.dtype);
  if (dx.size === 0) return dx;
  const chosen = choice ?? choose(conv2dBackwardInputFamily, dy.device, g);
  if (chosen.variant === 'naive') gatherNaive(inputNaive, g, dy, w, dx, { ...PLAIN, bias });
  else gatherRegister(chosen, g, dy, w, dx, true, { ...PLAIN, bias });
  return dx;
}

/** Forward or backward-input, in windows of images. */
function gatherNaive(
  kernel: Kernel,
  g: Conv2dGeometry,
  input: Tensor,
  w: Tensor,
  output: Tensor,
  { bias, residual, activation }: Epilogue,
): void {
  requireBindable('conv2d', { w });
  const activate: Specialisation = activation ? { 'fn activate': forwardOf(activation) } : {};
  for (const [start, end] of rowWindows(
    'conv2d',
    input.device,
    g.N,
    [input, output].map((t) => sizeOf(t.shape.slice(1))),
    input.dtype === 'f16',
  )) {
    const [inside, outside] = [rows(input, start, end), rows(output, start, end)];
    const extra = kernel === forwardNaive ? [(residual ? rows(residual, start, end) : inside).range] : [];
    input.device.dispatch(kernel, {
      buffers: [inside.range, w.range, bias?.range ?? w.range, ...extra, outside.range],
      params: words(g, end - start),
      constants: { HAS_BIAS: bias ? 1 : 0, ...(kernel === forwardNaive ? { HAS_RESIDUAL: residual ? 1 : 0 } : {}) },
      specialise: { ...activate, ...storedAs(input.dtype, { E: 1 }) },
      workgroups: Math.ceil(outside.size / 64),
    });
  }
}

/** Where gradients of parameters may be written: memory of their shape, or null. */
export interface WeightDestinations {
  readonly dw?: Tensor | null;
  readonly dbias?: Tensor | null;
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

/** dw and, when asked for, dbias (O): parts over images and rows, then their sum. */
export function conv2dBackwardParameters(
  x: Tensor,
  dy: Tensor,
  g: Conv2dGeometry,
  withBias: boolean,
  choice?: Choice,
  into: WeightDestinations = {},
  kept: KeptQuads | null = null,
): { dw: Tensor; dbias: Tensor | null } {
  const shape = [g.O, g.C / g.groups, g.kH, g.kW];
  const weights = sizeOf(shape);
  if (g.N === 0) return { dw: zeros(x.device, shape), dbias: withBias ? zeros(x.device, [g.O]) : null };
  const chosen = choice ?? choose(conv2dBackwardWeightFamily, x.device, g);
  const isNaive = chosen.variant === 'naive';
  const hasBias = withBias && !isNaive;
  const elements = weights + (hasBias ? g.O : 0);
  const windows = isNaive
    ? rowWindows(
        'conv2d',
        x.device,
        g.N,
        [x, dy].map((t) => sizeOf(t.shape.slice(1))),
        x.dtype === 'f16',
      )
    : imageWindows(g, x, dy, inputLayout(g));
  const parts = windows.map(([start, end]) => {
    const [xs, dys] = [rows(x, start, end), rows(dy, start, end)];
    return isNaive ? weightPartsNaive(xs, dys, g) : weightPartsRegister(chosen, g, xs, dys, hasBias, kept);
  });
  let all = parts[0];
  if (parts.length > 1) {
    all = empty(x.device, [parts.length, elements]);
    parts.forEach((part, i) => {
      const sum = part.shape[0] === 1 ? part : reduce('sum', part, [0]);
      x.device.copy(sum.storage, sum.byteOffset, all.storage, i * elements * 4, elements * 4);
    });
  }
  const dw = into.dw ?? empty(x.device, shape);
  const dbias = hasBias ? (into.dbias ?? empty(x.device, [g.O])) : null;
  x.device.dispatch(weightSum, {
    buffers: [all.range, dw.range, (dbias ?? empty(x.device, [1])).range],
    params: [all.shape[0], weights, elements - weights],
    workgroups: Math.ceil(elements / 64),
  });
  return { dw, dbias: withBias ? (dbias ?? conv2dBackwardBias(dy)) : null };
}

/** Threads that the obvious kernel aims at. */
const NAIVE_THREADS = 4096;

/** dw of some images as (parts, elements of dw), by the obvious kernel. */
function weightPartsNaive(x: Tensor, dy: Tensor, g: Conv2dGeometry): Tensor {
  const N = x.shape[0];
  const elements = (g.O * g.C * g.kH * g.kW) / g.groups;
  const bindable = Math.floor(x.device.maxBindingBytes / 4 / elements);
  const splits = Math.min(N, Math.max(1, Math.min(bindable, Math.ceil(NAIVE_THREADS / elements))));
  const part = empty(x.device, [splits, elements]);
  requireBindable('conv2d', { dw: part });
  x.device.dispatch(weightNaive, {
    buffers: [x.range, dy.range, part.range],
    params: words(g, N, splits),
    specialise: storedAs(x.dtype, { E: 1 }),
    workgroups: Math.ceil((elements * splits) / 64),
  });
  return part;
}

/** dbias (O): dy (N, O, oH, oW) summed over all but O. */
export function conv2dBackwardBias(dy: Tensor): Tensor {
  const full = cast(dy, 'f32');
  const fits = full.byteLength <= dy.device.maxBindingBytes;
  // windows want neighbours
  const sum = fits ? reduce('sum', full, [0, 2, 3]) : reduce('sum', reduce('sum', full, [2, 3]), [0]);
  return view(sum, [dy.shape[1]]);
}

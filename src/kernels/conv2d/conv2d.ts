/**
 * Convolution (cross-correlation, as in PyTorch) and its gradients. x (N, C, H, W), w (O, C / groups, kH, kW), bias
 * (O), y (N, O, oH, oW) with oH = floor((H + padding before + padding after - dilation (kH - 1) - 1) / stride) + 1.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireBindable, requireF32, requireFloat, requireRank } from '../launch/checks.js';
import { conv2dBackwardInputFamily, conv2dFamily } from './family.js';
import { conv2dGeometry, geometryWords, type Conv2dGeometry, type Conv2dOptions } from './geometry.js';
import type { KeptQuads } from './quads.js';
import { PLAIN, type Epilogue } from './epilogue.js';
import { gatherRegister } from './register.js';
import '../layout/convert.js'; // gives tensors their copies in other layouts
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import { choose, type Choice } from '../launch/family.js';
import { storedAs } from '../launch/stored_as.js';
import { thinForward } from '../conv2d_thin/forward.js';
import { thinBackwardInput } from '../conv2d_thin/input.js';
import { binary } from '../elementwise/binary.js';
import { areRuns, copyRuns } from '../movement/copy_runs.js';
import { winogradGather } from '../winograd/winograd.js';
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

export * from './geometry.js';
export * from './epilogue.js';
export * from './family.js';
export * from './weight_gradient.js';
export type { KeptQuads };

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

/** y (N, O, oH, oW) of sizes that were checked. Also the backward-input of a transposed convolution. */
export function conv2dForward(
  x: Tensor,
  w: Tensor,
  g: Conv2dGeometry,
  choice?: Choice,
  epilogue = PLAIN,
  kept: KeptQuads | null = null,
): Tensor {
  const shape = [g.N, g.O, g.oH, g.oW];
  if (sizeOf(shape) === 0) return empty(x.device, shape, x.dtype);
  const chosen = choice ?? choose(conv2dFamily, x.device, { ...g, isHalf: x.dtype === 'f16' });
  const { into, ...plain } = epilogue;
  if (into && !isGather(chosen)) {
    const y = conv2dForward(x, w, g, chosen, plain);
    copyRuns('conv2d', y, into.whole, { dim: 1, start: into.channel, layout: FOURS, take: false });
    y.release();
    return into.whole;
  }
  if (isThin(chosen)) return thinForward(chosen, g, x, w, epilogue);
  const y = into?.whole ?? empty(x.device, shape, x.dtype, outputHome(chosen, g.O / g.groups));
  if (chosen.variant === 'naive') gatherNaive(forwardNaive, g, x, w, y, epilogue);
  else if (chosen.variant === 'winograd') winogradGather(chosen, g, x, w, y, false, epilogue);
  else gatherRegister(chosen, g, x, w, y, false, epilogue, kept);
  return y;
}

/** A convolution without a residual. */
export interface JoinedConv2d {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor | null;
  readonly options: Conv2dOptions;
}

/**
 * Whether `joinedConv2d` takes them: f32, outputs of the same size, of more than a pixel, groups of whole fours, and
 * windows of images of the whole that can be bound.
 */
export function canJoin(parts: readonly JoinedConv2d[]): boolean {
  const sizes = parts.map(({ x, w, options }) => conv2dGeometry(x.shape, w.shape, options));
  const [{ N, oH, oW }] = sizes;
  return (
    N * (oH * oW - 1) > 0 &&
    sizes.every((g) => g.N === N && g.oH === oH && g.oW === oW && g.O > 0 && (g.O / g.groups) % 4 === 0) &&
    parts.every(({ x, w }) => x.dtype === 'f32' && w.dtype === 'f32') &&
    areRuns(parts[0].x.device, FOURS, [N, channelsOf(sizes), oH, oW], outputsOf(sizes), 1)
  );
}

const channelsOf = (sizes: readonly Conv2dGeometry[]): number => sizes.reduce((n, g) => n + g.O, 0);

const outputsOf = (sizes: readonly Conv2dGeometry[]): Shape[] => sizes.map((g) => [g.N, g.O, g.oH, g.oW]);

/**
 * y (N, O of all, oH, oW) = cat of convolutions along the channels, each of which writes its channels of y itself, or
 * where its kernel cannot, is copied there. `canJoin` must hold.
 */
export function joinedConv2d(parts: readonly JoinedConv2d[]): Tensor {
  const sizes = parts.map(({ x, w, options }) => conv2dGeometry(x.shape, w.shape, options));
  const [{ N, oH, oW }] = sizes;
  const whole = empty(parts[0].x.device, [N, channelsOf(sizes), oH, oW], 'f32', FOURS);
  let channel = 0;
  for (const [i, { x, w, bias, options }] of parts.entries()) {
    const epilogue = { bias, residual: null, activation: options.activation ?? null, into: { whole, channel } };
    conv2dForward(x, w, sizes[i], options.choice, epilogue);
    channel += sizes[i].O;
  }
  return whole;
}

/** dx (N, C, H, W) from dy (N, O, oH, oW). Also the forward of a transposed convolution, which alone has a bias (C). */
export function conv2dBackwardInput(
  dy: Tensor,
  w: Tensor,
  g: Conv2dGeometry,
  choice?: Choice,
  bias: Tensor | null = null,
): Tensor {
  const shape = [g.N, g.C, g.H, g.W];
  if (sizeOf(shape) === 0) return empty(dy.device, shape, dy.dtype);
  const chosen = choice ?? choose(conv2dBackwardInputFamily, dy.device, { ...g, isHalf: dy.dtype === 'f16' });
  if (isThin(chosen)) {
    const sum = thinBackwardInput(chosen, g, dy, w);
    return bias === null ? sum : binary('add', sum, view(bias, [1, g.C, 1, 1]));
  }
  const dx = empty(dy.device, shape, dy.dtype, outputHome(chosen, g.C / g.groups));
  if (chosen.variant === 'naive') gatherNaive(inputNaive, g, dy, w, dx, { ...PLAIN, bias });
  else if (chosen.variant === 'winograd') winogradGather(chosen, g, dy, w, dx, true, { ...PLAIN, bias });
  else gatherRegister(chosen, g, dy, w, dx, true, { ...PLAIN, bias });
  return dx;
}

/** The members for few channels, which have launchers of their own. */
function isThin({ variant }: Choice): boolean {
  return variant.startsWith('thin');
}

/** The members that can write some of a tensor's channels. */
function isGather(choice: Choice): boolean {
  return !isThin(choice) && choice.variant !== 'naive' && choice.variant !== 'winograd';
}

/** Where a kernel's output lies: the tiled ones write fours of channels where a group has whole ones. */
function outputHome(choice: Choice, channels: number): Layout {
  return choice.variant === 'depthwise' || (choice.variant !== 'naive' && channels % 4 === 0) ? FOURS : ROWS;
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
    const [inside, outside] = [rows(input.as(ROWS), start, end), rows(output, start, end)];
    const extra = kernel === forwardNaive ? [(residual ? rows(residual.as(ROWS), start, end) : inside).range] : [];
    input.device.dispatch(kernel, {
      buffers: [inside.range, w.range, bias?.range ?? w.range, ...extra, outside.range],
      params: geometryWords(g, end - start),
      constants: { HAS_BIAS: bias ? 1 : 0, ...(kernel === forwardNaive ? { HAS_RESIDUAL: residual ? 1 : 0 } : {}) },
      specialise: { ...activate, ...storedAs(input.dtype, { E: 1 }) },
      workgroups: Math.ceil(outside.size / 64),
    });
  }
}

/** Max and average pooling and their gradients. x (N, C, H, W) -> y (N, C, oH, oW), oH = floor((H + 2 pad - k) / stride) + 1. */
import { ShapeError } from '../device/errors.js';
import { defineKernel, type Kernel } from '../device/kernel.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../tensor/tensor.js';
import { requireF32, requireRank } from './common.js';
import { pair, type Pair } from './conv2d.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl', 'common/pool2d_params.wgsl'];
const maxKernel = defineKernel({ name: 'max_pool2d', includes, bindings: ['read', 'write', 'write', 'params'] });
const maxBackwardKernel = defineKernel({ name: 'max_pool2d_backward', includes, bindings: ['read', 'read', 'write', 'params'] });
const maxBackwardDisjointKernel = defineKernel({ name: 'max_pool2d_backward_disjoint', includes, bindings: ['read', 'read', 'write', 'params'] });
const avgKernel = defineKernel({ name: 'avg_pool2d', includes, bindings: ['read', 'write', 'params'] });
const avgBackwardKernel = defineKernel({ name: 'avg_pool2d_backward', includes, bindings: ['read', 'write', 'params'] });
const avgBackwardDisjointKernel = defineKernel({ name: 'avg_pool2d_backward_disjoint', includes, bindings: ['read', 'write', 'params'] });

export interface Pool2dOptions {
  readonly kernelSize: Pair;
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  /** At most half the kernel. */
  readonly padding?: Pair;
}

export interface Pool2dGeometry {
  readonly shapeX: Shape;
  readonly shapeY: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** @throws ShapeError when the window does not fit. */
export function pool2dGeometry(op: string, x: Tensor, options: Pool2dOptions): Pool2dGeometry {
  requireF32(op, { x });
  requireRank(op, 'x', x, 'N C H W');
  const kernel = pair(options.kernelSize, 1);
  const stride = options.stride === undefined ? kernel : pair(options.stride, 1);
  const padding = pair(options.padding, 0);
  if ([...kernel, ...stride].some((v) => !Number.isInteger(v) || v < 1)) throw new ShapeError(`[${op}] kernelSize (${String(kernel)}) and stride (${String(stride)}) must be whole numbers of at least 1`);
  if (padding.some((p, i) => p < 0 || p * 2 > kernel[i])) throw new ShapeError(`[${op}] padding (${String(padding)}) is more than half the kernel (${String(kernel)})`);
  const [N, C, H, W] = x.shape;
  const out = (size: number, i: 0 | 1): number => Math.floor((size + 2 * padding[i] - kernel[i]) / stride[i]) + 1;
  const shapeY = [N, C, out(H, 0), out(W, 1)];
  if (shapeY[2] < 1 || shapeY[3] < 1) throw new ShapeError(`[${op}] the window (${String(kernel)}) is larger than x ${formatShape(x.shape)} with padding (${String(padding)})`);
  return { shapeX: x.shape, shapeY, kernel, stride, padding };
}

/** The overrides of shaders/common/pool2d_params.wgsl. */
function constants(g: Pool2dGeometry): Record<string, number> {
  const [[kH, kW], [stride_h, stride_w], [pad_h, pad_w]] = [g.kernel, g.stride, g.padding];
  return { H: g.shapeX[2], W: g.shapeX[3], oH: g.shapeY[2], oW: g.shapeY[3], kH, kW, stride_h, stride_w, pad_h, pad_w };
}

/** Calls `launch` for windows of planes, with each tensor's part. Tensors are seen as (planes, size of a plane). */
function overPlanes(op: string, tensors: readonly Tensor[], launch: (parts: Tensor[], planes: number) => void): void {
  const flat = tensors.map((t) => view(t, [t.shape[0] * t.shape[1], t.shape[2] * t.shape[3]]));
  if (flat[0].size === 0) return;
  for (const [start, end] of rowWindows(op, tensors[0].device, flat[0].shape[0], flat.map((t) => t.shape[1]))) {
    launch(flat.map((t) => rows(t, start, end)), end - start);
  }
}

/** y, and for each output where in its plane the maximum was found (u32). */
export function maxPool2d(x: Tensor, g: Pool2dGeometry): { y: Tensor; index: Tensor } {
  const y = empty(x.device, g.shapeY);
  const index = empty(x.device, g.shapeY, 'u32');
  overPlanes('max_pool2d', [y, index, x], (parts, planes) => {
    x.device.dispatch(maxKernel, { buffers: [parts[2].range, parts[0].range, parts[1].range], params: [planes], constants: constants(g), workgroups: Math.ceil(parts[0].size / 64) });
  });
  return { y, index };
}

export function maxPool2dBackward(dy: Tensor, index: Tensor, g: Pool2dGeometry): Tensor {
  return backward('max_pool2d', [index], dy, g, maxBackwardKernel, maxBackwardDisjointKernel);
}

export function avgPool2d(x: Tensor, g: Pool2dGeometry): Tensor {
  const y = empty(x.device, g.shapeY);
  overPlanes('avg_pool2d', [y, x], (parts, planes) => {
    x.device.dispatch(avgKernel, { buffers: [parts[1].range, parts[0].range], params: [planes], constants: constants(g), workgroups: Math.ceil(parts[0].size / 64) });
  });
  return y;
}

export function avgPool2dBackward(dy: Tensor, g: Pool2dGeometry): Tensor {
  return backward('avg_pool2d', [], dy, g, avgBackwardKernel, avgBackwardDisjointKernel);
}

/** A thread per input that looks for its windows; where windows are disjoint, a thread per window that writes its inputs. */
function backward(op: string, saved: readonly Tensor[], dy: Tensor, g: Pool2dGeometry, general: Kernel, disjoint: Kernel): Tensor {
  const isDisjoint = g.stride.every((s, i) => s >= g.kernel[i]) && g.padding.every((p) => p === 0);
  const covers = g.kernel.every((k, i) => k === g.stride[i] && g.shapeX[2 + i] % k === 0);
  const dx = empty(dy.device, g.shapeX);
  if (isDisjoint && !covers) dy.device.clear(dx.storage);
  overPlanes(op, [dx, dy, ...saved], (parts, planes) => {
    const buffers = [...parts.slice(1), parts[0]].map((t) => t.range);
    const threads = (isDisjoint ? parts[1] : parts[0]).size;
    dy.device.dispatch(isDisjoint ? disjoint : general, { buffers, params: [planes], constants: constants(g), workgroups: Math.ceil(threads / 64) });
  });
  return dx;
}

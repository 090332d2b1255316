/**
 * Max and average pooling, plain and adaptive, and their gradients. x (N, C, H, W) -> y (N, C, oH, oW),
 * oH = floor((H + 2 pad - dilation (k - 1) - 1) / stride) + 1, or given. Adaptive pooling is the same kernels under another rule of
 * which rows and columns an output looks at (shaders/common/pool2d_params.wgsl).
 */
import { defineKernel, floatBits, type Kernel } from '../device/kernel.js';
import { empty, rows, view, type Tensor } from '../tensor/tensor.js';
import type { AvgPool2dGeometry, Pool2dGeometry } from './pool2d_geometry.js';
import { reduce } from './reduce.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl', 'common/pool2d_params.wgsl'];
const includesDivisor = [...includes, 'common/pool2d_divisor.wgsl'];
const maxKernel = defineKernel({ name: 'max_pool2d', includes, bindings: ['read', 'write', 'write', 'params'] });
const maxBackwardKernel = defineKernel({ name: 'max_pool2d_backward', includes, bindings: ['read', 'read', 'write', 'params'] });
const maxBackwardDisjointKernel = defineKernel({ name: 'max_pool2d_backward_disjoint', includes, bindings: ['read', 'read', 'write', 'params'] });
const avgKernel = defineKernel({ name: 'avg_pool2d', includes: includesDivisor, bindings: ['read', 'write', 'params'] });
const avgBackwardKernel = defineKernel({ name: 'avg_pool2d_backward', includes: includesDivisor, bindings: ['read', 'write', 'params'] });
const avgBackwardDisjointKernel = defineKernel({ name: 'avg_pool2d_backward_disjoint', includes: includesDivisor, bindings: ['read', 'write', 'params'] });

export * from './pool2d_geometry.js';

/** The overrides of shaders/common/pool2d_params.wgsl. */
function constants(g: Pool2dGeometry): Record<string, number> {
  const [[kH, kW], [stride_h, stride_w], [pad_h, pad_w], [dilation_h, dilation_w]] = [g.kernel, g.stride, g.padding, g.dilation];
  const sizes = { H: g.shapeX[2], W: g.shapeX[3], oH: g.shapeY[2], oW: g.shapeY[3], kH, kW };
  return { ...sizes, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, ADAPTIVE: g.isAdaptive ? 1 : 0, CUT: g.isCut ? 1 : 0 };
}

/** The same and those of common/pool2d_divisor.wgsl. */
function averageConstants(g: AvgPool2dGeometry): Record<string, number> {
  return { ...constants(g), DIVISOR: g.divisor, COUNT_PAD: g.countIncludePad ? 1 : 0 };
}

const LOWEST = floatBits(-Infinity);

/** Calls `launch` for windows of planes, with each tensor's part. Tensors are seen as (planes, size of a plane). */
function overPlanes(op: string, g: Pool2dGeometry, tensors: readonly Tensor[], launch: (parts: Tensor[], params: number[]) => void): void {
  const flat = tensors.map((t) => view(t, [t.shape[0] * t.shape[1], t.shape[2] * t.shape[3]]));
  if (flat[0].size === 0) return;
  for (const [start, end] of rowWindows(op, tensors[0].device, flat[0].shape[0], flat.map((t) => t.shape[1]))) {
    launch(flat.map((t) => rows(t, start, end)), [end - start, LOWEST, ...g.kernel]);
  }
}

/** y, and for each output where in its plane the maximum was found (u32). */
export function maxPool2d(x: Tensor, g: Pool2dGeometry): { y: Tensor; index: Tensor } {
  const y = empty(x.device, g.shapeY);
  const index = empty(x.device, g.shapeY, 'u32');
  overPlanes('max_pool2d', g, [x, y, index], (parts, params) => {
    x.device.dispatch(maxKernel, { buffers: parts.map((t) => t.range), params, constants: constants(g), workgroups: Math.ceil(parts[1].size / 64) });
  });
  return { y, index };
}

export function maxPool2dBackward(dy: Tensor, index: Tensor, g: Pool2dGeometry): Tensor {
  return backward('max_pool2d', [dy, index], g, constants(g), maxBackwardKernel, maxBackwardDisjointKernel);
}

export function avgPool2d(x: Tensor, g: AvgPool2dGeometry): Tensor {
  const isGlobal = !g.isCut && g.kernel[0] === g.shapeX[2] && g.kernel[1] === g.shapeX[3];
  if (isGlobal && g.divisor === g.kernel[0] * g.kernel[1]) return reduce('mean', x, [2, 3]); // contiguous, and many threads to a window
  const y = empty(x.device, g.shapeY);
  overPlanes('avg_pool2d', g, [x, y], (parts, params) => {
    x.device.dispatch(avgKernel, { buffers: parts.map((t) => t.range), params, constants: averageConstants(g), workgroups: Math.ceil(parts[1].size / 64) });
  });
  return y;
}

export function avgPool2dBackward(dy: Tensor, g: AvgPool2dGeometry): Tensor {
  return backward('avg_pool2d', [dy], g, averageConstants(g), avgBackwardKernel, avgBackwardDisjointKernel);
}

/** Windows of more elements than this are too much for one thread: a 7x7 plane's mean would keep few threads busy. */
const LARGEST_OWNED_WINDOW = 16;

/** A thread per input that looks for its windows; where windows are disjoint, small and whole, a thread per window that writes its inputs. */
function backward(op: string, given: readonly Tensor[], g: Pool2dGeometry, overrides: Record<string, number>, general: Kernel, disjoint: Kernel): Tensor {
  const device = given[0].device;
  const isDisjoint = !g.isCut && g.kernel.every((k, i) => g.stride[i] >= k && g.dilation[i] === 1) && g.kernel[0] * g.kernel[1] <= LARGEST_OWNED_WINDOW;
  const covers = g.kernel.every((k, i) => k === g.stride[i] && g.shapeX[2 + i] % k === 0);
  const dx = empty(device, g.shapeX);
  if (isDisjoint && !covers) device.clear(dx.storage);
  overPlanes(op, g, [dx, ...given], (parts, params) => {
    const buffers = [...parts.slice(1), parts[0]].map((t) => t.range);
    const threads = (isDisjoint ? parts[1] : parts[0]).size;
    device.dispatch(isDisjoint ? disjoint : general, { buffers, params, constants: overrides, workgroups: Math.ceil(threads / 64) });
  });
  return dx;
}

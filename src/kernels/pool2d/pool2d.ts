/**
 * Max and average pooling, plain and adaptive, and their gradients. x (N, C, H, W) -> y (N, C, oH, oW), oH = floor((H +
 * 2 pad - dilation (k - 1) - 1) / stride) + 1, or given. Adaptive pooling is the same kernels under another rule of
 * which rows and columns an output looks at (shaders/pool2d/params.wgsl).
 */
import type { Device } from '../../device/device.js';
import { defineKernel, floatBits, type Kernel, type Launch } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { broadcastStrides } from '../../tensor/shape.js';
import { constant, empty, rows, view, type DType, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { requireFloat } from '../launch/checks.js';
import { choose, type Choice, type Family } from '../launch/family.js';
import type { AvgPool2dGeometry, MaxPool2dGeometry, Pool2dGeometry } from './geometry.js';
import { reduce } from '../reduce/reduce.js';
import { steps } from '../launch/steps.js';
import { storedAs, storedType } from '../launch/stored_as.js';
import { stridedCopy } from '../movement/strided_copy.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'pool2d/params.wgsl'];
const includesDivisor = [...includes, 'pool2d/divisor.wgsl'];
const pairsFiles = ['common/steps.wgsl', 'pool2d/pairs.wgsl'];
const includesPairs = [...includes, ...pairsFiles];
const maxKernel = defineKernel({
  name: 'max_pool2d',
  file: 'pool2d/max.wgsl',
  includes: [...includes, 'common/nan_lanes.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'write', 'write', 'params'],
});
const maxBackwardKernel = defineKernel({
  name: 'max_pool2d_backward',
  file: 'pool2d/max_backward.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const maxBackwardDisjointKernel = defineKernel({
  name: 'max_pool2d_backward_disjoint',
  file: 'pool2d/max_backward_disjoint.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const maxBackwardOverlapKernel = defineKernel({
  name: 'max_pool2d_backward_overlap',
  file: 'pool2d/max_backward_overlap.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'params'],
});
const avgKernel = defineKernel({
  name: 'avg_pool2d',
  file: 'pool2d/avg.wgsl',
  includes: includesDivisor,
  bindings: ['read', 'write', 'params'],
});
const avgBackwardKernel = defineKernel({
  name: 'avg_pool2d_backward',
  file: 'pool2d/avg_backward.wgsl',
  includes: includesDivisor,
  bindings: ['read', 'write', 'params'],
});
const avgBackwardDisjointKernel = defineKernel({
  name: 'avg_pool2d_backward_disjoint',
  file: 'pool2d/avg_backward_disjoint.wgsl',
  includes: includesDivisor,
  bindings: ['read', 'write', 'params'],
});
const maxPairsKernel = defineKernel({
  name: 'max_pool2d_pairs',
  file: 'pool2d/max_pairs.wgsl',
  includes: includesPairs,
  bindings: ['read', 'write', 'write', 'params'],
});
const maxBackwardPairsKernel = defineKernel({
  name: 'max_pool2d_backward_pairs',
  file: 'pool2d/max_backward_pairs.wgsl',
  includes: includesPairs,
  bindings: ['read', 'read', 'write', 'params'],
});
const avgPairsKernel = defineKernel({
  name: 'avg_pool2d_pairs',
  file: 'pool2d/avg_pairs.wgsl',
  includes: [...includesDivisor, ...pairsFiles],
  bindings: ['read', 'write', 'params'],
});
const avgBackwardPairsKernel = defineKernel({
  name: 'avg_pool2d_backward_pairs',
  file: 'pool2d/avg_backward_pairs.wgsl',
  includes: [...includesDivisor, ...pairsFiles],
  bindings: ['read', 'write', 'params'],
});

export * from './geometry.js';

/**
 * `naive`: a thread an output, and backward a thread an input, or a window where windows are disjoint. `register`: 2x2
 * windows side by side, through vectors of x; and backward of max pooling, where windows overlap, a thread a block of
 * inputs that the same windows reach.
 */
export const pool2dFamily: Family<Pool2dGeometry> = {
  name: 'pool2d',
  shapeClass: (g) => `k${g.kernel.join('x')} s${g.stride.join('x')} ${pairsOf(g)}`,
  candidates: (_: Device, g) => [
    { variant: 'naive' },
    ...(pairsOf(g) > 0 || isOverlap(g) ? [{ variant: 'register' }] : []),
  ],
  defaultChoice: (_: Device, g) => ({ variant: pairsOf(g) > 0 || isOverlap(g) ? 'register' : 'naive' }),
};

/** Windows that fit a vector of x: 2 of a vec4f, 1 of a vec2f; 0 where windows are not 2x2, side by side and whole. */
function pairsOf(g: Pool2dGeometry): 0 | 1 | 2 {
  const W = g.shapeX[3];
  const isPair = !g.isCut && [...g.kernel, ...g.stride].every((n) => n === 2) && g.dilation.every((d) => d === 1);
  return !isPair || W % 2 !== 0 ? 0 : W % 4 === 0 ? 2 : 1;
}

/** A thread of max_pool2d_backward_overlap writes this many elements along a dimension at most. */
const LARGEST_STRIDE = 3;

/** Max pooling whose windows reach over more than one stride, and no more than two. */
function isOverlap(g: Pool2dGeometry): boolean {
  const reach = g.kernel.map((k, i) => (k - 1) * g.dilation[i] + 1);
  return (
    !('divisor' in g) &&
    !g.isAdaptive &&
    reach.some((r, i) => r > g.stride[i]) &&
    reach.every((r, i) => r <= 2 * g.stride[i] && g.stride[i] <= LARGEST_STRIDE)
  );
}

const ONE_PAIR: Specialisation = {
  X: 'vec2f',
  Y: 'f32',
  I: 'u32',
  PAIRS: '1u',
  FIRST: '0u',
  'fn left': 'x.x',
  'fn right': 'x.y',
  'fn joined': 'vec2f(left, right)',
};

/** How X and Y of shaders/pool2d/pairs.wgsl are stored. */
function storedPairs(g: Pool2dGeometry, dtype: DType): Specialisation {
  const [X, Y] = pairsOf(g) === 2 ? ([4, 2] as const) : ([2, 1] as const);
  return { EX: storedType(dtype, X), EY: storedType(dtype, Y) };
}

/** What a kernel of shaders/pool2d/pairs.wgsl needs for windows y. */
function pairsLaunch(
  g: Pool2dGeometry,
  y: Tensor,
  overrides: Record<string, number>,
): Pick<Launch, 'constants' | 'specialise' | 'workgroups'> {
  const { constants: more, workgroups } = steps(y.size / pairsOf(g));
  return {
    constants: { ...overrides, ...more },
    specialise: { ...(pairsOf(g) === 2 ? {} : ONE_PAIR), ...storedPairs(g, y.dtype) },
    workgroups,
  };
}

const isRegister = (device: Device, g: Pool2dGeometry, forced?: Choice): boolean =>
  pairsOf(g) > 0 && (forced ?? choose(pool2dFamily, device, g)).variant === 'register';

/** The overrides of shaders/pool2d/params.wgsl. */
function constants(g: Pool2dGeometry): Record<string, number> {
  const [[kH, kW], [stride_h, stride_w], [pad_h, pad_w], [dilation_h, dilation_w]] = [
    g.kernel,
    g.stride,
    g.padding,
    g.dilation,
  ];
  const sizes = { H: g.shapeX[2], W: g.shapeX[3], oH: g.shapeY[2], oW: g.shapeY[3], kH, kW };
  return {
    ...sizes,
    stride_h,
    stride_w,
    pad_h,
    pad_w,
    dilation_h,
    dilation_w,
    ADAPTIVE: g.isAdaptive ? 1 : 0,
    CUT: g.isCut ? 1 : 0,
  };
}

/** The same and those of pool2d/divisor.wgsl. */
function averageConstants(g: AvgPool2dGeometry): Record<string, number> {
  return { ...constants(g), DIVISOR: g.divisor, COUNT_PAD: g.countIncludePad ? 1 : 0 };
}

const LOWEST = floatBits(-Infinity);

/** Calls `launch` for windows of planes, with each tensor's part. Tensors are seen as (planes, size of a plane). */
function overPlanes(
  op: string,
  g: Pool2dGeometry,
  tensors: readonly Tensor[],
  launch: (parts: Tensor[], params: number[]) => void,
): void {
  const flat = tensors.map((t) => view(t, [t.shape[0] * t.shape[1], t.shape[2] * t.shape[3]]));
  if (flat[0].size === 0) return;
  for (const [start, end] of rowWindows(
    op,
    tensors[0].device,
    flat[0].shape[0],
    flat.map((t) => t.shape[1]),
    tensors[0].dtype === 'f16',
  )) {
    launch(
      flat.map((t) => rows(t, start, end)),
      [end - start, LOWEST, ...g.kernel],
    );
  }
}

/** y, and for each output where in its plane the maximum was found (u32). */
export function maxPool2d(
  x: Tensor,
  g: Pool2dGeometry | MaxPool2dGeometry,
  choice?: Choice,
): { y: Tensor; index: Tensor } {
  requireFloat('max_pool2d', { x });
  const y = empty(x.device, g.shapeY, x.dtype);
  const index = empty(x.device, g.shapeY, 'u32');
  const overrides = { ...constants(g), RELU: 'activation' in g && g.activation === 'relu' ? 1 : 0 };
  forward(
    'max_pool2d',
    [x, y, index],
    g,
    overrides,
    maxKernel,
    isRegister(x.device, g, choice) ? maxPairsKernel : null,
  );
  return { y, index };
}

export function maxPool2dBackward(dy: Tensor, index: Tensor, g: Pool2dGeometry, choice?: Choice): Tensor {
  if (isOverlap(g) && (choice ?? choose(pool2dFamily, dy.device, g)).variant === 'register')
    return maxBackwardOverlap(dy, index, g);
  const pairs = isRegister(dy.device, g, choice) ? maxBackwardPairsKernel : null;
  return backward('max_pool2d', [dy, index], g, constants(g), {
    general: maxBackwardKernel,
    disjoint: maxBackwardDisjointKernel,
    pairs,
  });
}

function maxBackwardOverlap(dy: Tensor, index: Tensor, g: Pool2dGeometry): Tensor {
  const dx = empty(dy.device, g.shapeX, dy.dtype);
  const blocks = g.stride.map((s, i) => Math.ceil((g.shapeX[2 + i] + g.padding[i]) / s));
  overPlanes('max_pool2d', g, [dx, dy, index], ([pdx, ...given], params) => {
    const workgroups = Math.ceil((params[0] * blocks[0] * blocks[1]) / 64);
    dy.device.dispatch(maxBackwardOverlapKernel, {
      buffers: [...given, pdx].map((t) => t.range),
      params,
      constants: constants(g),
      specialise: storedAs(dy.dtype, { E: 1 }),
      workgroups,
    });
  });
  return dx;
}

export function avgPool2d(x: Tensor, g: AvgPool2dGeometry, choice?: Choice): Tensor {
  requireFloat('avg_pool2d', { x });
  if (isGlobal(g) && x.dtype === 'f32') return reduce('mean', x, [2, 3]); // contiguous, and many threads to a window
  const y = empty(x.device, g.shapeY, x.dtype);
  forward(
    'avg_pool2d',
    [x, y],
    g,
    averageConstants(g),
    avgKernel,
    isRegister(x.device, g, choice) ? avgPairsKernel : null,
  );
  return y;
}

/** One window, the whole plane, and its mean. */
function isGlobal(g: AvgPool2dGeometry): boolean {
  return (
    !g.isCut && g.kernel[0] === g.shapeX[2] && g.kernel[1] === g.shapeX[3] && g.divisor === g.kernel[0] * g.kernel[1]
  );
}

export function avgPool2dBackward(dy: Tensor, g: AvgPool2dGeometry, choice?: Choice): Tensor {
  if (isGlobal(g) && dy.size > 0 && dy.dtype === 'f32') {
    const share = binary('mul', dy, constant(dy.device, 1 / g.divisor));
    return stridedCopy('avg_pool2d', share, g.shapeX, { offset: 0, strides: broadcastStrides(g.shapeY, g.shapeX) });
  }
  const pairs = isRegister(dy.device, g, choice) ? avgBackwardPairsKernel : null;
  return backward('avg_pool2d', [dy], g, averageConstants(g), {
    general: avgBackwardKernel,
    disjoint: avgBackwardDisjointKernel,
    pairs,
  });
}

/** tensors: x and what is made of it. */
function forward(
  op: string,
  tensors: readonly Tensor[],
  g: Pool2dGeometry,
  overrides: Record<string, number>,
  kernel: Kernel,
  pairs: Kernel | null,
): void {
  overPlanes(op, g, tensors, (parts, params) => {
    const launch = { buffers: parts.map((t) => t.range), params };
    if (pairs === null)
      tensors[0].device.dispatch(kernel, {
        ...launch,
        constants: overrides,
        specialise: storedAs(parts[0].dtype, { E: 1 }),
        workgroups: Math.ceil(parts[1].size / 64),
      });
    else tensors[0].device.dispatch(pairs, { ...launch, ...pairsLaunch(g, parts[1], overrides) });
  });
}

/** Windows of more elements than this are too much for one thread: a 7x7 plane's mean would keep few threads busy. */
const LARGEST_OWNED_WINDOW = 16;

interface BackwardKernels {
  /** A thread per input that looks for its windows. */
  readonly general: Kernel;
  /** Where windows are disjoint, small and whole, a thread per window that writes its inputs. */
  readonly disjoint: Kernel;
  /** 2x2 windows side by side; null where it is not chosen. */
  readonly pairs: Kernel | null;
}

function backward(
  op: string,
  given: readonly Tensor[],
  g: Pool2dGeometry,
  overrides: Record<string, number>,
  { general, disjoint, pairs }: BackwardKernels,
): Tensor {
  const device = given[0].device;
  const isDisjoint =
    !g.isCut &&
    g.kernel.every((k, i) => g.stride[i] >= k && g.dilation[i] === 1) &&
    g.kernel[0] * g.kernel[1] <= LARGEST_OWNED_WINDOW;
  const covers = g.kernel.every((k, i) => k === g.stride[i] && g.shapeX[2 + i] % k === 0);
  const dx = empty(device, g.shapeX, given[0].dtype);
  if (isDisjoint && !covers) device.clear(dx.storage);
  overPlanes(op, g, [dx, ...given], (parts, params) => {
    const buffers = [...parts.slice(1), parts[0]].map((t) => t.range);
    const threads = (isDisjoint ? parts[1] : parts[0]).size;
    if (pairs !== null) device.dispatch(pairs, { buffers, params, ...pairsLaunch(g, parts[1], overrides) });
    else
      device.dispatch(isDisjoint ? disjoint : general, {
        buffers,
        params,
        constants: overrides,
        specialise: storedAs(dx.dtype, { E: 1 }),
        workgroups: Math.ceil(threads / 64),
      });
  });
  return dx;
}

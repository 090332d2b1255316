/**
 * The partial inverse of max pooling: what was largest goes back to where it was, all else is 0. x and index
 * (N, C, oH, oW) -> y (N, C, H, W).
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, sameShape, type Shape } from '../../tensor/shape.js';
import { empty, rows, view, zeros, type Tensor } from '../../tensor/tensor.js';
import { pair } from '../conv2d/geometry.js';
import { requireFloat, requireOptions, requireRank } from '../launch/checks.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';
import { kindOf } from '../launch/targets.js';
import type { Pool2dOptions } from './geometry.js';

const kernel = defineKernel({
  name: 'max_unpool2d',
  file: 'pool2d/max_unpool.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'max_unpool2d_backward',
  file: 'pool2d/max_unpool_backward.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/** What the pooling was given; its windows say how large y is. */
export interface MaxUnpool2dOptions extends Omit<Pool2dOptions, 'ceilMode'> {
  /**
   * Height and width of y, or its whole shape: less than a stride from (oH - 1) stride - 2 padding + kernelSize, which
   * is the default. Pooling makes one y of several sizes of x; the shape of x says which one it was.
   */
  readonly outputSize?: Shape;
}

/** @throws ShapeError unless x is of four dimensions and floats, and index u32 of its shape. */
export function requireIndices(x: Tensor, index: Tensor): void {
  requireFloat('max_unpool2d', { x });
  requireRank('max_unpool2d', 'x', x, 'N C H W');
  if (index.dtype !== 'u32' || !sameShape(index.shape, x.shape)) {
    throw new ShapeError(
      `[max_unpool2d] indices ${formatShape(index.shape)} ${index.dtype} are not u32 of the shape of x ` +
        formatShape(x.shape),
      { fix: 'use the indices of maxPool2dWithIndices' },
    );
  }
}

/** The shape of y for x (N, C, oH, oW). @throws ShapeError when the size cannot be what was pooled. */
export function maxUnpool2dShape(x: Shape, options: MaxUnpool2dOptions): Shape {
  requireOptions('max_unpool2d', options, '{ kernelSize: 2 }');
  const kernelSize = pair(options.kernelSize, NaN); // has no default
  const stride = options.stride === undefined ? kernelSize : pair(options.stride, 1);
  const padding = pair(options.padding, 0);
  if ([...kernelSize, ...stride].some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(
      `[max_unpool2d] kernelSize (${String(kernelSize)}) and stride (${String(stride)}) must be whole numbers of at ` +
        `least 1`,
    );
  }
  const usual = kernelSize.map((k, i) => (x[2 + i] - 1) * stride[i] - 2 * padding[i] + k);
  const size = options.outputSize?.slice(-2) ?? usual;
  const fits = size.length === 2 && size.every((n, i) => Number.isInteger(n) && Math.abs(n - usual[i]) < stride[i]);
  if (!fits || size.some((n) => n < 1)) {
    throw new ShapeError(`[max_unpool2d] x ${formatShape(x)} does not come from a plane of (${String(size)})`, {
      fix: `outputSize must be less than the stride (${String(stride)}) away from (${String(usual)})`,
    });
  }
  return [x[0], x[1], ...size];
}

/** With fewer threads than this a part of the machine is idle; with more, each goes through the same indices again. */
const ENOUGH_THREADS = { software: 1 << 11, gpu: 1 << 15 };
const SHORTEST_RUN = 32;

function runsOf(device: Device, planes: number, size: number): { run: number; runs: number } {
  const wanted = Math.ceil(ENOUGH_THREADS[kindOf(device)] / planes);
  const run = Math.ceil(size / Math.min(wanted, Math.ceil(size / SHORTEST_RUN)));
  return { run, runs: Math.ceil(size / run) };
}

interface Planes {
  readonly planes: number;
  /** Elements of a plane of x, and of y. */
  readonly n: number;
  readonly size: number;
}

/** Calls `launch` for windows of planes with each tensor's part. */
function overPlanes(
  small: readonly Tensor[],
  large: readonly Tensor[],
  launch: (small: Tensor[], large: Tensor[], p: Planes) => void,
): void {
  const [{ shape, device, dtype }] = small;
  const planes = shape[0] * shape[1];
  if (planes === 0) return;
  const [n, size] = [small, large].map(([t]) => t.shape[2] * t.shape[3]);
  const part = (t: Tensor, start: number, end: number): Tensor => rows(view(t, [planes, t.size / planes]), start, end);
  for (const [start, end] of rowWindows('max_unpool2d', device, planes, [n, size], dtype === 'f16'))
    launch(
      small.map((t) => part(t, start, end)),
      large.map((t) => part(t, start, end)),
      { planes: end - start, n, size },
    );
}

/** y, and for each of its elements which one of its plane of x came there (u32; 2^32 - 1: none). */
export function maxUnpool2d(x: Tensor, index: Tensor, shapeY: Shape): { y: Tensor; source: Tensor } {
  if (x.size === 0) return { y: zeros(x.device, shapeY, x.dtype), source: zeros(x.device, shapeY, 'u32') };
  const y = empty(x.device, shapeY, x.dtype);
  const source = empty(x.device, shapeY, 'u32');
  overPlanes([x, index], [y, source], (small, large, { planes, n, size }) => {
    const { run, runs } = runsOf(x.device, planes, size);
    x.device.dispatch(kernel, {
      buffers: [...small, ...large].map((t) => t.range),
      params: [planes, n, size, run, runs],
      specialise: storedAs(x.dtype, { E: 1 }),
      workgroups: Math.ceil((planes * runs) / 64),
    });
  });
  return { y, source };
}

/** dx, of the shape of index. */
export function maxUnpool2dBackward(dy: Tensor, index: Tensor, source: Tensor): Tensor {
  const dx = empty(dy.device, index.shape, dy.dtype);
  overPlanes([dx, index], [dy, source], ([pdx, pindex], [pdy, psource], { planes, n, size }) => {
    dy.device.dispatch(backwardKernel, {
      buffers: [pdy, pindex, psource, pdx].map((t) => t.range),
      params: [planes * n, n, size],
      specialise: storedAs(dy.dtype, { E: 1 }),
      workgroups: Math.ceil((planes * n) / 64),
    });
  });
  return dx;
}

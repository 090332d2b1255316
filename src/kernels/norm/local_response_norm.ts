/** Local response normalisation across channels (Krizhevsky et al. 2012), with PyTorch's average instead of a sum. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { channelShape } from './channel_walk.js';
import { requireF32, requireFloat } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'norm/local_response_norm_params.wgsl', 'common/nan.wgsl'];
const forwardKernel = defineKernel({
  name: 'local_response_norm',
  file: 'norm/local_response_norm.wgsl',
  includes,
  bindings: ['read', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'local_response_norm_backward',
  file: 'norm/local_response_norm_backward.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});

/** Channels that a thread makes; as in shaders/norm/local_response_norm_params.wgsl. */
const CHUNK = 16;

/** The numbers of local response normalisation. */
export interface LrnSettings {
  /** Channels of a window. */
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** @throws ShapeError unless x is (N, C, …) of at least three dimensions and size a whole number of at least 1. */
export function checkLocalResponseNorm(x: Tensor, { size }: LrnSettings): void {
  requireFloat('local_response_norm', { x });
  if (x.rank < 3)
    throw new ShapeError(
      `[local_response_norm] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected at least 3: (N, C, …)`,
    );
  if (!Number.isInteger(size) || size < 1)
    throw new ShapeError(`[local_response_norm] size ${size} is not a whole number of at least 1`);
}

function launch(kernel: typeof forwardKernel, tensors: readonly Tensor[], { size, alpha, beta, k }: LrnSettings): void {
  requireF32('local_response_norm', { x: tensors[0] });
  const { device, shape } = tensors[0];
  const [N, C, P] = channelShape(shape);
  if (N * C * P === 0) return;
  const flat = tensors.map((t) => view(t, [N, C * P]));
  for (const [start, end] of rowWindows('local_response_norm', device, N, [C * P])) {
    const threads = (end - start) * Math.ceil(C / CHUNK) * P;
    device.dispatch(kernel, {
      buffers: flat.map((t) => rows(t, start, end).range),
      params: [end - start, ...[alpha, beta, k].map(floatBits)],
      constants: { C, P, IS_THREE_QUARTERS: beta === 0.75 ? 1 : 0 },
      specialise: { SIZE: `${size}u` },
      workgroups: Math.ceil(threads / 64),
    });
  }
}

/** y, and the base d of the power that x is divided by. */
export function localResponseNorm(x: Tensor, settings: LrnSettings): { y: Tensor; d: Tensor } {
  const y = empty(x.device, x.shape);
  const d = empty(x.device, x.shape);
  launch(forwardKernel, [x, y, d], settings);
  return { y, d };
}

export function localResponseNormBackward(dy: Tensor, x: Tensor, y: Tensor, d: Tensor, settings: LrnSettings): Tensor {
  const dx = empty(x.device, x.shape);
  launch(backwardKernel, [dy, x, y, d, dx], settings);
  return dx;
}

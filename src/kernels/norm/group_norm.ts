/** Group normalisation over (N, C, …), one launch forward; layer_norm is the same with (rows, D) and one group. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import type { Shape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { channelShape } from './channel_walk.js';
import { requireF32 } from '../launch/checks.js';
import { lanesSpecialisation } from '../launch/lanes.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'common/lanes.wgsl', 'norm/group_rows.wgsl'];
const forwardKernel = defineKernel({
  name: 'group_norm',
  file: 'norm/group_norm.wgsl',
  includes: [...includes, 'norm/moments.wgsl', 'common/nan_lanes.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'write', 'write', 'params'],
});
const inputKernel = defineKernel({
  name: 'group_norm_backward_input',
  file: 'norm/group_norm_backward_input.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'params'],
});

const THREADS = 64;
/**
 * Rows up to this long are made by 8 threads, so that a workgroup's barriers serve 8 rows; longer ones by a whole
 * workgroup.
 */
const SHORT_ROW = 1024;
const SHORT_ROW_THREADS = 8;

/** Mean and 1 / std of each group of each image, (N * groups). */
export interface GroupStatistics {
  readonly mean: Tensor;
  readonly rstd: Tensor;
}

interface RowLaunch {
  readonly params: number[];
  readonly constants: Readonly<Record<string, number>>;
  readonly specialise: Specialisation;
  readonly workgroups: number;
}

/** Calls `launch` with windows of images and the parts of the given tensors in them. */
function overImages(
  op: string,
  tensors: readonly Tensor[],
  groups: number,
  strides: readonly number[],
  eps: number,
  launch: (parts: Tensor[], l: RowLaunch) => void,
): void {
  requireF32(op, { x: tensors[0] });
  const { device, shape } = tensors[0];
  const [N, C, P] = channelShape(shape);
  const D = (C / groups) * P;
  const perNumber = P === 1 && D % 4 === 0; // four numbers, four weights
  const lanes = perNumber || P % 4 === 0 ? 4 : 1;
  const size = perNumber ? 1 : P / lanes;
  const T = D <= SHORT_ROW ? SHORT_ROW_THREADS : THREADS;
  const specialise = { ...lanesSpecialisation(lanes), ...(perNumber ? { W: 'vec4f' } : {}) };
  const flat = tensors.map((t) => view(t, [N, C * P]));
  for (const [start, end] of rowWindows(op, device, N, [C * P])) {
    const count = (end - start) * groups;
    const numbers = [
      count,
      D / lanes,
      size,
      D / lanes / size,
      groups,
      start * groups,
      Math.floor(T / size),
      T % size,
      ...strides,
    ];
    launch(
      flat.map((t) => rows(t, start, end)),
      {
        params: [...numbers, floatBits(eps), floatBits(1 / D)],
        constants: { T },
        specialise,
        workgroups: Math.ceil((count * T) / THREADS),
      },
    );
  }
}

/** A weight or bias of one element serves all channels. */
const strideOf = (t: Tensor): number => (t.rank === 0 ? 0 : 1);

/**
 * x (N, C, …) with elements; weight and bias (C) or (). @throws ShapeError when an image is larger than the adapter can
 * bind.
 */
export function groupNorm(
  op: string,
  x: Tensor,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  eps: number,
): { y: Tensor } & GroupStatistics {
  const { device } = x;
  const y = empty(device, x.shape);
  const mean = empty(device, [x.shape[0] * groups]);
  const rstd = empty(device, mean.shape);
  overImages(op, [x, y], groups, [strideOf(weight), strideOf(bias)], eps, ([px, py], l) => {
    device.dispatch(forwardKernel, { buffers: [px, weight, bias, py, mean, rstd].map((t) => t.range), ...l });
  });
  return { y, mean, rstd };
}

export function groupNormBackwardInput(
  op: string,
  dy: Tensor,
  x: Tensor,
  groups: number,
  weight: Tensor,
  { mean, rstd }: GroupStatistics,
): Tensor {
  const { device } = x;
  const dx = empty(device, x.shape);
  overImages(op, [x, dy, dx], groups, [strideOf(weight), 0], 0, ([px, pdy, pdx], l) => {
    device.dispatch(inputKernel, { buffers: [pdy, px, weight, mean, rstd, pdx].map((t) => t.range), ...l });
  });
  return dx;
}

/** @throws ShapeError unless weight and bias, where given, are f32 of this shape. */
export function checkAffine(
  op: string,
  shape: Shape,
  operands: Readonly<Record<string, Tensor | null>>,
  why: string,
): void {
  for (const [name, t] of Object.entries(operands)) {
    if (t !== null && (t.dtype !== 'f32' || t.shape.join() !== shape.join())) {
      throw new ShapeError(
        `[${op}] ${name} (${t.shape.join(', ')}) ${t.dtype} does not fit: expected (${shape.join(', ')}) f32, ${why}`,
      );
    }
  }
}

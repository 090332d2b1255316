/**
 * The gradients of a normalisation's weight and bias: two sums per channel in one kernel, for batch, group and layer
 * norm alike.
 */
import { defineKernel, floatBits } from '../../device/kernel.js';
import { FOURS, ROWS } from '../../tensor/layout.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { CHANNEL_WALK, channelLayout, channelShape, channelWalk, images } from './channel_walk.js';

const kernel = defineKernel({
  name: 'norm_backward_affine',
  file: 'norm/backward_affine.wgsl',
  includes: CHANNEL_WALK,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'params'],
});
const totalKernel = defineKernel({
  name: 'norm_affine_total',
  file: 'norm/affine_total.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'write', 'write', 'params'],
});

/** Whose mean and spread they are: a channel's (with its variance), or an image's group's (with 1 / std). */
export type Statistics =
  | { readonly of: 'channel'; readonly mean: Tensor; readonly variance: Tensor; readonly eps: number }
  | { readonly of: 'group'; readonly mean: Tensor; readonly rstd: Tensor; readonly groups: number };

export interface AffineGradient {
  /** dweight and dbias, (2, row), in one memory. */
  readonly sums: Tensor;
  readonly row: number;
  /** (C). */
  readonly dw: Tensor;
  readonly db: Tensor;
}

export interface AffineOptions {
  /** Where dweight and dbias, (C), may be written; memory of their own where null. */
  readonly into?: readonly [dw: Tensor | null, db: Tensor | null];
  /** y after a relu, whose gradient dy is: dy counts where y is positive. */
  readonly y?: Tensor | null;
}

/** x and dy (N, C, …), in x's layout where statistics are a channel's. Two launches: sums of parts, and of those. */
export function affineGradient(
  op: string,
  givenDy: Tensor,
  givenX: Tensor,
  s: Statistics,
  { into = [null, null], y: givenY = null }: AffineOptions = {},
): AffineGradient {
  const layout = s.of === 'channel' ? channelLayout(givenX) : ROWS;
  const [x, dy, y] = [givenX, givenDy, givenY ?? givenX].map((t) => t.as(layout));
  const inOne = layout === FOURS ? 4 : 1; // channels of a sum
  const { device } = x;
  const [, C] = channelShape(x.shape);
  const row = Math.ceil(C / 64) * 64;
  const walk = channelWalk(op, x, 'reduce');
  const parts = empty(device, [walk.slots, 2, row]);
  const [spread, eps, groups] = s.of === 'channel' ? [s.variance, s.eps, 1] : [s.rstd, 0, s.groups];
  for (const w of walk.windows) {
    device.dispatch(kernel, {
      buffers: [images(dy, w), images(x, w), s.mean, spread, images(y, w), parts].map((t) => t.own),
      params: [...w.words, row / inOne, floatBits(eps), w.start, groups, C / groups],
      constants: { ...walk.constants, BATCH: s.of === 'channel' ? 1 : 0, RELU: givenY === null ? 0 : 1 },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  const sums = empty(device, [2, row]);
  const [dw, db] = into.map((place) => place ?? empty(device, [C]));
  device.dispatch(totalKernel, {
    buffers: [parts, sums, dw, db].map((t) => t.range),
    params: [C, row, walk.slots],
    workgroups: Math.ceil(C / 64),
  });
  return { sums, row, dw, db };
}

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
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
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

/** Sums of parts of channels: (slots, 2, row), dweight's and dbias's. */
export interface AffineParts {
  readonly parts: Tensor;
  readonly row: number;
  readonly slots: number;
}

export interface PartsOptions {
  /** y after a relu, whose gradient dy is: dy counts where y is positive. */
  readonly y?: Tensor | null;
  /** Where what counts of dy is written: in the layout that x has for batch norm. */
  readonly counting?: Tensor | null;
}

export interface AffineOptions extends PartsOptions {
  /** Where dweight and dbias, (C), may be written; memory of their own where null. */
  readonly into?: readonly [dw: Tensor | null, db: Tensor | null];
}

/** The first launch: x and dy (N, C, …), in x's layout where statistics are a channel's. */
export function affineParts(
  op: string,
  givenDy: Tensor,
  givenX: Tensor,
  s: Statistics,
  { y: givenY = null, counting = null }: PartsOptions = {},
): AffineParts {
  const layout = s.of === 'channel' ? channelLayout(givenX) : ROWS;
  const [x, dy, y] = [givenX, givenDy, givenY ?? givenX].map((t) => t.as(layout));
  const inOne = layout === FOURS ? 4 : 1; // channels of a sum
  const { device } = x;
  const [, C] = channelShape(x.shape);
  const row = Math.ceil(C / 64) * 64;
  const walk = channelWalk(op, x, 'reduce');
  const parts = empty(device, [walk.slots, 2, row]);
  const spare = counting === null ? empty(device, [4]) : null;
  const [spread, eps, groups] = s.of === 'channel' ? [s.variance, s.eps, 1] : [s.rstd, 0, s.groups];
  for (const w of walk.windows) {
    const kept = spare ?? images(counting as Tensor, w);
    device.dispatch(kernel, {
      buffers: [images(dy, w), images(x, w), s.mean, spread, images(y, w), parts, kept].map((t) => t.own),
      params: [...w.words, row / inOne, floatBits(eps), w.start, groups, C / groups],
      constants: {
        ...walk.constants,
        BATCH: s.of === 'channel' ? 1 : 0,
        RELU: givenY === null ? 0 : 1,
        KEEP: counting === null ? 0 : 1,
      },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return { parts, row, slots: walk.slots };
}

/** Memory for dweight and dbias, (C), where there is none. */
export function affineRoom({ device, shape }: Tensor, into: readonly (Tensor | null)[]): readonly Tensor[] {
  return into.map((place) => place ?? empty(device, [shape[1]]));
}

/** Two launches: sums of parts, and of those. */
export function affineGradient(
  op: string,
  dy: Tensor,
  x: Tensor,
  s: Statistics,
  { into = [null, null], ...options }: AffineOptions = {},
): AffineGradient {
  const { device } = x;
  const { parts, row, slots } = affineParts(op, dy, x, s, options);
  const [, C] = channelShape(x.shape);
  const sums = empty(device, [2, row]);
  const [dw, db] = affineRoom(x, into);
  device.dispatch(totalKernel, {
    buffers: [parts, sums, dw, db].map((t) => t.range),
    params: [C, row, slots],
    workgroups: Math.ceil(C / 64),
  });
  return { sums, row, dw, db };
}

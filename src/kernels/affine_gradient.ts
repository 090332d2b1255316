/** The gradients of a normalisation's weight and bias: two sums per channel in one kernel, for batch, group and layer norm alike. */
import { defineKernel, floatBits } from '../device/kernel.js';
import { Tensor, empty, view } from '../tensor/tensor.js';
import { CHANNEL_WALK, channelShape, channelWalk, images } from './channel_walk.js';
import { reduce } from './reduce.js';

const kernel = defineKernel({ name: 'norm_backward_affine', includes: CHANNEL_WALK, bindings: ['read', 'read', 'read', 'read', 'write', 'params'] });

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

/** x and dy (N, C, …). One launch, and a second where channels are split. */
export function affineGradient(op: string, dy: Tensor, x: Tensor, s: Statistics): AffineGradient {
  const { device } = x;
  const [, C] = channelShape(x.shape);
  const row = Math.ceil(C / 64) * 64; // dbias starts on 256 bytes
  const walk = channelWalk(op, device, x.shape, 'reduce');
  const parts = empty(device, [walk.slots, 2, row]);
  const [spread, eps, groups] = s.of === 'channel' ? [s.variance, s.eps, 1] : [s.rstd, 0, s.groups];
  for (const w of walk.windows) {
    device.dispatch(kernel, {
      buffers: [images(dy, w).range, images(x, w).range, s.mean.range, spread.range, parts.range],
      params: [...w.words, row, floatBits(eps), w.start, groups, C / groups],
      constants: { ...walk.constants, BATCH: s.of === 'channel' ? 1 : 0 },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  const sums = view(walk.slots === 1 ? parts : reduce('sum', parts, [0]), [2, row]);
  const [dw, db] = [0, row].map((at) => new Tensor(sums.storage, sums.byteOffset + at * 4, [C], 'f32'));
  return { sums, row, dw, db };
}

/**
 * Batch normalisation over (N, C, …): three launches in training (moments, statistics, y), one in evaluation. On GPUs
 * two in training: see batch_norm_training.ts.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import { FOURS } from '../../tensor/layout.js';
import { Tensor, empty } from '../../tensor/tensor.js';
import type { AffineGradient } from './affine_gradient.js';
import { channelMoments } from './batch_norm_moments.js';
import { CHANNEL_WALK, channelLayout, channelShape, channelWalk, images } from './channel_walk.js';
import { requireF32, requireFloat } from '../launch/checks.js';
import { stridedCopy } from '../movement/strided_copy.js';
import type { Choice } from '../launch/family.js';

/** What the kernels that write y, and those that write dx, are made of. */
export const NORMALISED = [...CHANNEL_WALK, 'norm/normalised.wgsl'];
export const NORM_GRADIENT = [...CHANNEL_WALK, 'norm/batch_norm_gradient.wgsl'];

const statisticsKernel = defineKernel({
  name: 'batch_norm_statistics',
  file: 'norm/batch_norm_statistics.wgsl',
  includes: ['common/lanes.wgsl', 'norm/moments.wgsl', 'common/nan_lanes.wgsl'],
  bindings: ['read', 'write', 'write', 'write', 'write', 'write', 'params'],
});
const normalizeKernel = defineKernel({
  name: 'batch_norm',
  file: 'norm/batch_norm.wgsl',
  includes: NORMALISED,
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'write', 'params'],
});
const inputKernel = defineKernel({
  name: 'batch_norm_backward_input',
  file: 'norm/batch_norm_backward_input.wgsl',
  includes: NORM_GRADIENT,
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'read', 'write', 'params'],
});

/** Running statistics, changed in place on the GPU by a training step. */
export interface RunningStatistics {
  /** (C) f32. */
  readonly mean: Tensor;
  /** (C) f32, of unbiased variances. */
  readonly variance: Tensor;
  /** () u32, counts training batches; needed when momentum is null. */
  readonly batches: Tensor | null;
}

/** Mean and biased variance of each channel, (C). */
export interface ChannelStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** @throws ShapeError unless x is f32 or f16 (N, C, …) and every given operand f32 (C), the residual of x's shape. */
export function checkBatchNorm(
  x: Tensor,
  operands: Readonly<Record<string, Tensor | null>>,
  residual: Tensor | null = null,
): void {
  requireFloat('batch_norm', { x });
  if (residual) requireFloat('batch_norm', { residual });
  if (residual && !sameShape(residual.shape, x.shape)) {
    throw new ShapeError(
      `[batch_norm] residual ${formatShape(residual.shape)} is not of the shape of x ${formatShape(x.shape)}`,
    );
  }
  if (x.rank < 2)
    throw new ShapeError(
      `[batch_norm] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected at least 2: (N, C, …)`,
    );
  for (const [name, t] of Object.entries(operands)) {
    if (t === null) continue;
    requireF32('batch_norm', { [name]: t });
    if (t.rank !== 1 || t.size !== x.shape[1]) {
      throw new ShapeError(
        `[batch_norm] ${name} ${formatShape(t.shape)} does not fit x ${formatShape(x.shape)}: expected ` +
          `(${x.shape[1]},), one number per channel`,
      );
    }
  }
}

/** @throws ShapeError when a channel has a single number: its variance would be 0. */
export function checkCount(x: Tensor): void {
  const [N, , P] = channelShape(x.shape);
  if (N * P === 1) {
    throw new ShapeError(
      `[batch_norm] expected more than 1 value per channel when training, got x ${formatShape(x.shape)}`,
      {
        fix: 'use a larger batch, or leave out a last batch of one',
      },
    );
  }
}

/** What moves, or what is bound where there is nothing to track: 256 bytes for each. */
export function tracked(device: Device, running: RunningStatistics | null): readonly Tensor[] {
  const spare = empty(device, [3, 64]);
  const spareRange = (i: number): Tensor => new Tensor(spare.storage, i * 256, [1], 'f32');
  return running === null
    ? [0, 1, 2].map(spareRange)
    : [running.mean, running.variance, running.batches ?? spareRange(0)];
}

/**
 * The batch's statistics; moves the running ones, if given, by `momentum` (null: cumulative average).
 * @throws ShapeError when a channel has a single number: its variance would be 0.
 */
export function batchStatistics(
  x: Tensor,
  running: RunningStatistics | null,
  momentum: number | null,
  choice?: Choice,
): ChannelStatistics {
  checkCount(x);
  const { device } = x;
  const C = x.shape[1];
  const { partial, slots } = channelMoments(x, choice);
  const mean = empty(device, [C]);
  const variance = empty(device, [C]);
  device.dispatch(statisticsKernel, {
    buffers: [partial, mean, variance, ...tracked(device, running)].map((t) => t.range),
    params: [C, slots, floatBits(momentum ?? 0)],
    constants: { TRACK: running === null ? 0 : 1, CUMULATIVE: running !== null && momentum === null ? 1 : 0 },
    workgroups: 1,
  });
  return { mean, variance };
}

/** A weight or bias of one element serves all channels. */
export const strideOf = (t: Tensor): number => (t.rank === 0 ? 0 : 1);

/** Where channels are read in fours, that element four times. */
export function affine(x: Tensor, t: Tensor): Tensor {
  if (x.layout !== FOURS || t.rank > 0) return t;
  return stridedCopy('batch_norm', t, [4], { offset: 0, strides: [0] });
}

/** What follows a normalisation, in the same pass: y = activation(… + residual). */
export interface NormEpilogue {
  readonly activation?: 'relu' | null;
  /** Of x's shape. */
  readonly residual?: Tensor | null;
}

/** y = (x - mean) / sqrt(variance + eps) * weight + bias, and what follows, in x's layout. weight, bias (C) or (). */
export function batchNorm(
  given: Tensor,
  { mean, variance }: ChannelStatistics,
  weight: Tensor,
  bias: Tensor,
  eps: number,
  { activation, residual }: NormEpilogue = {},
): Tensor {
  const layout = channelLayout(given);
  const [x, added] = [given, residual ?? given].map((t) => t.as(layout));
  const { device } = x;
  const y = empty(device, x.shape, x.dtype, layout);
  const walk = channelWalk('batch_norm', x, 'map');
  const [w1, b1] = [weight, bias].map((t) => affine(x, t));
  for (const w of walk.windows) {
    device.dispatch(normalizeKernel, {
      buffers: [images(x, w), mean, variance, w1, b1, images(added, w), images(y, w)].map((t) => t.own),
      params: [...w.words, floatBits(eps), strideOf(weight), strideOf(bias)],
      constants: { ...walk.constants, RELU: activation === 'relu' ? 1 : 0, RESIDUAL: residual ? 1 : 0 },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return y;
}

/**
 * dx; `sums` where the statistics are the batch's, null where they are constants; y after a relu, whose gradient dy is.
 */
export function batchNormBackwardInput(
  givenDy: Tensor,
  givenX: Tensor,
  { mean, variance }: ChannelStatistics,
  weight: Tensor,
  eps: number,
  sums: AffineGradient | null,
  givenY: Tensor | null,
): Tensor {
  const layout = channelLayout(givenX);
  const [dy, x, y] = [givenDy, givenX, givenY ?? givenX].map((t) => t.as(layout));
  const { device } = x;
  const [N, , P] = channelShape(x.shape);
  const dx = empty(device, x.shape, x.dtype, layout);
  const walk = channelWalk('batch_norm', x, 'map');
  const w1 = affine(x, weight);
  for (const w of walk.windows) {
    device.dispatch(inputKernel, {
      buffers: [images(dy, w), images(x, w), mean, variance, w1, sums?.sums ?? mean, images(y, w), images(dx, w)].map(
        (t) => t.own,
      ),
      params: [
        ...w.words,
        floatBits(eps),
        strideOf(weight),
        (sums?.row ?? 0) / (layout === FOURS ? 4 : 1),
        floatBits(1 / (N * P)),
      ],
      constants: { ...walk.constants, TRAINING: sums === null ? 0 : 1, RELU: givenY === null ? 0 : 1 },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return dx;
}

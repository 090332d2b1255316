/**
 * Batch normalisation in training in two launches each way: what puts partial results of a channel together is part of
 * the kernel that needs them. On GPUs, where a launch of one workgroup leaves all others waiting; on a CPU adapter the
 * barriers and the repeated sums cost more than the launch.
 */
import type { Device } from '../../device/device.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { FOURS } from '../../tensor/layout.js';
import { Tensor, empty } from '../../tensor/tensor.js';
import { kindOf } from '../launch/targets.js';
import { affineGradient, affineParts, affineRoom, type AffineOptions } from './affine_gradient.js';
import {
  NORMALISED,
  NORM_GRADIENT,
  affine,
  batchNorm,
  batchNormBackwardInput,
  batchStatistics,
  checkCount,
  strideOf,
  tracked,
  type ChannelStatistics,
  type NormEpilogue,
  type RunningStatistics,
} from './batch_norm.js';
import { channelMoments } from './batch_norm_moments.js';
import { channelLayout, channelShape, channelWalk, images } from './channel_walk.js';

const trainingKernel = defineKernel({
  name: 'batch_norm_training',
  file: 'norm/batch_norm_training.wgsl',
  includes: [...NORMALISED, 'norm/moments.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'write', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'batch_norm_backward_training',
  file: 'norm/batch_norm_backward_training.wgsl',
  includes: NORM_GRADIENT,
  bindings: ['read', 'read', 'read', 'read', 'read', 'read', 'read', 'write', 'write', 'write', 'params'],
});

/** Storage buffers that each of the two kernels binds. */
export const JOINED_BUFFERS = 10;

/** Whether the launches are joined by default: on GPUs that bind so many buffers. */
function joins(device: Device): boolean {
  return kindOf(device) === 'gpu' && device.limits.maxStorageBuffersPerShaderStage >= JOINED_BUFFERS;
}

/**
 * The batch's statistics, and y as batchNorm makes it of them; moves the running statistics, if given, by `momentum`
 * (null: cumulative average).
 * @throws ShapeError when a channel has a single number: its variance would be 0.
 */
export function batchNormTraining(
  given: Tensor,
  running: RunningStatistics | null,
  momentum: number | null,
  weight: Tensor,
  bias: Tensor,
  eps: number,
  epilogue: NormEpilogue = {},
  isJoined = joins(given.device),
): { y: Tensor; statistics: ChannelStatistics } {
  // a cumulative average reads the count of batches, which one of many workgroups would move on meanwhile
  if (!isJoined || momentum === null) {
    const statistics = batchStatistics(given, running, momentum);
    return { y: batchNorm(given, statistics, weight, bias, eps, epilogue), statistics };
  }
  checkCount(given);
  const { activation, residual } = epilogue;
  const layout = channelLayout(given);
  const [x, added] = [given, residual ?? given].map((t) => t.as(layout));
  const { device } = x;
  const { partial, slots } = channelMoments(x);
  const y = empty(device, x.shape, x.dtype, layout);
  const C = x.shape[1];
  const row = Math.ceil(C / 64) * 64; // so that the variance can be bound alone
  const both = empty(device, [2, row]);
  const [mean, variance] = [0, row].map((from) => new Tensor(both.storage, both.byteOffset + 4 * from, [C], 'f32'));
  const walk = channelWalk('batch_norm', x, 'map');
  const [w1, b1] = [weight, bias].map((t) => affine(x, t));
  const written = [both, ...tracked(device, running)];
  for (const w of walk.windows) {
    device.dispatch(trainingKernel, {
      buffers: [images(x, w), partial, w1, b1, images(added, w), images(y, w), ...written].map((t) => t.own),
      params: [
        ...w.words,
        floatBits(eps),
        strideOf(weight),
        strideOf(bias),
        slots,
        floatBits(momentum),
        row / (layout === FOURS ? 4 : 1),
      ],
      constants: {
        ...walk.constants,
        RELU: activation === 'relu' ? 1 : 0,
        RESIDUAL: residual ? 1 : 0,
        TRACK: running === null ? 0 : 1,
      },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return { y, statistics: { mean, variance } };
}

/** What batchNormBackward gives: gradients of x, the weight and the bias. */
export interface BatchNormGradients {
  readonly dx: Tensor;
  /** (C). */
  readonly dw: Tensor;
  readonly db: Tensor;
}

/** All gradients where the statistics are the batch's. */
export function batchNormBackward(
  givenDy: Tensor,
  givenX: Tensor,
  statistics: ChannelStatistics,
  weight: Tensor,
  eps: number,
  options: AffineOptions = {},
  isJoined = joins(givenX.device),
): BatchNormGradients {
  const { into = [null, null], y: givenY = null, counting = null } = options;
  const of = { of: 'channel', ...statistics, eps } as const;
  // what counts of dy is not to be read from dy again
  const [source, masks] = counting === null ? [givenDy, givenY] : [counting, null];
  if (!isJoined) {
    const sums = affineGradient('batch_norm', givenDy, givenX, of, options);
    return {
      dx: batchNormBackwardInput(source, givenX, statistics, weight, eps, sums, masks),
      dw: sums.dw,
      db: sums.db,
    };
  }
  const { parts, row, slots } = affineParts('batch_norm', givenDy, givenX, of, options);
  const layout = channelLayout(givenX);
  const [dy, x, y] = [source, givenX, masks ?? givenX].map((t) => t.as(layout));
  const { device } = x;
  const [N, , P] = channelShape(x.shape);
  const dx = empty(device, x.shape, x.dtype, layout);
  const [dw, db] = affineRoom(x, into);
  const walk = channelWalk('batch_norm', x, 'map');
  const channelwise = [statistics.mean, statistics.variance, affine(x, weight), parts];
  for (const w of walk.windows) {
    device.dispatch(backwardKernel, {
      buffers: [images(dy, w), images(x, w), ...channelwise, images(y, w), images(dx, w), dw, db].map((t) => t.own),
      params: [
        ...w.words,
        floatBits(eps),
        strideOf(weight),
        row / (layout === FOURS ? 4 : 1),
        floatBits(1 / (N * P)),
        slots,
      ],
      constants: { ...walk.constants, RELU: masks === null ? 0 : 1 },
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return { dx, dw, db };
}

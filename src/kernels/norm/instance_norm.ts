/**
 * Instance normalisation (Ulyanov, Vedaldi and Lempitsky 2016) is group normalisation with a group for each channel;
 * what is its own are running statistics, which group normalisation does not have.
 */
import { defineKernel, floatBits } from '../../device/kernel.js';
import type { Shape } from '../../tensor/shape.js';
import type { RunningStatistics } from './batch_norm.js';
import { channelShape } from './channel_walk.js';
import type { GroupStatistics } from './group_norm.js';

const kernel = defineKernel({
  name: 'instance_norm_running',
  file: 'norm/instance_norm_running.wgsl',
  includes: ['common/grid.wgsl', 'common/nan_lanes.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'params'],
});

/** Moves running statistics, (C), towards those of a batch of this shape, (N, C, …), whose channels are its groups. */
export function moveInstanceStatistics_(
  { mean, variance }: Omit<RunningStatistics, 'batches'>,
  batch: GroupStatistics,
  shape: Shape,
  momentum: number,
  eps: number,
): void {
  const [N, C, P] = channelShape(shape);
  mean.device.dispatch(kernel, {
    buffers: [batch.mean, batch.rstd, mean, variance].map((t) => t.range),
    params: [N, C, floatBits(momentum), floatBits(eps), floatBits(P / (P - 1))],
    workgroups: Math.ceil(C / 64),
  });
}

/** The first launch of batch normalisation in training: moments of parts of channels, by a family of three kernels. */
import type { Device } from '../../device/device.js';
import { defineKernel, type BindingKind } from '../../device/kernel.js';
import { FOURS } from '../../tensor/layout.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { CHANNEL_WALK, channelLayout, channelShape, channelWalk, images } from './channel_walk.js';
import { choose, sizeClass, type Choice, type Family } from '../launch/family.js';
import { hasFittingSubgroups } from '../matmul/family.js';
import { FOUR_CHANNELS } from '../launch/lanes.js';
import { storedType } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const bindings: readonly BindingKind[] = ['read', 'write', 'params'];
const includes = [...CHANNEL_WALK, 'norm/moments.wgsl', 'norm/channel_moments.wgsl'];
const naiveKernel = defineKernel({
  name: 'batch_norm_moments_naive',
  file: 'norm/batch_norm_moments_naive.wgsl',
  includes: ['common/grid.wgsl', 'common/lanes.wgsl'],
  bindings,
});
const workgroupKernel = defineKernel({
  name: 'batch_norm_moments_workgroup',
  file: 'norm/batch_norm_moments_workgroup.wgsl',
  includes,
  bindings,
});
const subgroupKernel = defineKernel({
  name: 'batch_norm_moments_subgroup',
  file: 'norm/batch_norm_moments_subgroup.wgsl',
  includes,
  bindings,
});

export interface MomentsProblem {
  readonly N: number;
  readonly C: number;
  readonly P: number;
}

/**
 * `naive`: a thread a channel. `workgroup`: 64 threads a part of one, shared memory. `subgroup`: a subgroup a part of
 * one.
 */
export const momentsFamily: Family<MomentsProblem> = {
  name: 'batch_norm_moments',
  shapeClass: ({ N, C, P }) => `N${sizeClass(N)} C${sizeClass(C)} P${sizeClass(P)}${P % 4 === 0 ? ' by 4' : ''}`,
  candidates: (device): readonly Choice[] => [
    { variant: 'naive' },
    { variant: 'workgroup' },
    ...(hasFittingSubgroups(device) ? [{ variant: 'subgroup' }] : []),
  ],
  defaultChoice: (device) => ({
    variant: device.adapter.isSoftware && hasFittingSubgroups(device) ? 'subgroup' : 'workgroup',
  }),
};

/** Of x (N, C, …): partial (slots, 4, C), as shaders/norm/channel_moments.wgsl says. */
export function channelMoments(given: Tensor, forced?: Choice): { partial: Tensor; slots: number } {
  const x = given.as(channelLayout(given));
  const { device } = x;
  const [N, C, P] = channelShape(x.shape);
  const { variant } = forced ?? choose(momentsFamily, device, { N, C, P });
  if (variant === 'naive') return naiveMoments(device, x, C, P);
  const walk = channelWalk('batch_norm', x, 'reduce', variant === 'subgroup' ? device.adapter.subgroupSize : undefined);
  const partial = empty(device, [walk.slots, 4, C]);
  for (const w of walk.windows) {
    device.dispatch(variant === 'subgroup' ? subgroupKernel : workgroupKernel, {
      buffers: [images(x, w).own, partial.own],
      params: w.words,
      constants: walk.constants,
      specialise: walk.specialise,
      workgroups: w.workgroups,
    });
  }
  return { partial, slots: walk.slots };
}

function naiveMoments(device: Device, x: Tensor, C: number, P: number): { partial: Tensor; slots: number } {
  const lanes = x.layout === FOURS ? 4 : 1;
  const windows = rowWindows('batch_norm', device, x.shape[0], [C * P], x.dtype === 'f16');
  const partial = empty(device, [windows.length, 4, C]);
  for (const [slot, [start, end]] of windows.entries()) {
    device.dispatch(naiveKernel, {
      buffers: [images(x, { start, end }).own, partial.own],
      params: [C / lanes, P, end - start, slot],
      specialise: { ...(lanes === 4 ? FOUR_CHANNELS : {}), E: storedType(x.dtype, lanes) },
      workgroups: Math.ceil(C / lanes / 64),
    });
  }
  return { partial, slots: windows.length };
}

/** Optimizer steps in place over flat memory: every parameter of a model in one dispatch. */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits, type Kernel } from '../../device/kernel.js';
import type { Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { steps } from '../launch/steps.js';
import { rowWindows } from '../launch/windows.js';

const includes = [
  'common/grid.wgsl',
  'common/steps.wgsl',
  'optimizer/parameter_groups.wgsl',
  'optimizer/parameter_rates.wgsl',
];
const RATES = ['read', 'read', 'read'] as const; // hyper, groups, group_of
const sgdKernel = defineKernel({
  name: 'sgd',
  file: 'optimizer/sgd.wgsl',
  includes,
  bindings: [...RATES, 'read', 'write', 'write', 'params'],
});
const adamKernel = defineKernel({
  name: 'adam',
  file: 'optimizer/adam.wgsl',
  includes: [...includes, 'optimizer/bias_correction.wgsl'],
  bindings: [...RATES, 'read', 'write', 'write', 'write', 'params'],
});
const rmspropKernel = defineKernel({
  name: 'rmsprop',
  file: 'optimizer/rmsprop.wgsl',
  includes: [...includes, 'common/nan_lanes.wgsl'],
  bindings: [...RATES, 'read', 'write', 'write', 'write', 'write', 'params'],
});
const adagradKernel = defineKernel({
  name: 'adagrad',
  file: 'optimizer/adagrad.wgsl',
  includes,
  bindings: [...RATES, 'read', 'write', 'write', 'params'],
});
const lionKernel = defineKernel({
  name: 'lion',
  file: 'optimizer/lion.wgsl',
  includes: [...includes, 'common/nan_lanes.wgsl'],
  bindings: [...RATES, 'read', 'write', 'write', 'params'],
});
const advanceKernel = defineKernel({ name: 'advance_step', file: 'optimizer/advance_step.wgsl', bindings: ['write'] });
const groupStepsKernel = defineKernel({
  name: 'advance_group_steps',
  file: 'optimizer/advance_group_steps.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

/** What SGD may be told, under torch.optim's names. */
export interface SgdSettings {
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

/** What Adam may be told, under torch.optim's names. */
export interface AdamSettings {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** AdamW: weight decay acts on the weights, not through the gradient. */
  readonly decoupled: boolean;
}

/** What RMSprop may be told, under torch.optim's names. */
export interface RmspropSettings {
  readonly alpha: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly momentum: number;
  readonly centered: boolean;
}

/** What Adagrad may be told, under torch.optim's names. */
export interface AdagradSettings {
  readonly lrDecay: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** What Lion may be told. */
export interface LionSettings {
  readonly betas: readonly [number, number];
  readonly weightDecay: number;
}

/** Learning rates and weight decays that differ between parameters. */
export interface RateTable {
  /**
   * (rows, 2) f32: learning rate and weight decay of each group; from row `stepsAt` on the number of its step, and
   * whether it stands still for now.
   */
  readonly rates: Tensor;
  /** u32: the group of each 64 elements of the flat memory; ELSEWHERE: what another kernel moves. */
  readonly groupOf: Tensor;
  /** 0: all groups count their steps together, in `hyper`. */
  readonly stepsAt: number;
}

/** In `groupOf`: Adam's kernel leaves these elements alone. */
export const ELSEWHERE = 0xffffffff;

/**
 * Adds one to the step number in `hyper`: learning rate, step, whether to skip it. To be recorded before the step
 * itself.
 */
export function advanceStep_(hyper: Tensor): void {
  if (hyper.size < 3)
    throw new ShapeError(
      `[advance_step] hyper has ${hyper.size} numbers, expected learning rate, step and whether to skip it`,
    );
  hyper.device.dispatch(advanceKernel, { buffers: [hyper.range], workgroups: 1 });
}

/** After `advanceStep_`, or what takes its place: counts the steps of groups that begin at different times. */
export function advanceGroupSteps_(hyper: Tensor, table: RateTable, groups: number): void {
  hyper.device.dispatch(groupStepsKernel, {
    buffers: [hyper.range, table.rates.range],
    params: [groups, table.stepsAt],
    workgroups: Math.ceil(groups / 64),
  });
}

/**
 * All tensors but `hyper` are flat, f32 and of one size, a multiple of 4. With a table, its rates hold instead of
 * hyper's learning rate and the settings' weight decay.
 */
export function sgd_(
  weight: Tensor,
  grad: Tensor,
  velocity: Tensor,
  hyper: Tensor,
  s: SgdSettings,
  table: RateTable | null = null,
): void {
  const words = [floatBits(s.momentum), floatBits(s.dampening), floatBits(s.weightDecay), s.nesterov ? 1 : 0];
  overWindows(sgdKernel, hyper, table, [grad, weight, velocity], words);
}

export function adam_(
  weight: Tensor,
  grad: Tensor,
  m: Tensor,
  v: Tensor,
  hyper: Tensor,
  s: AdamSettings,
  table: RateTable | null = null,
): void {
  const [beta1, beta2] = s.betas;
  const words = [...[beta1, beta2, 1 - beta1, 1 - beta2, s.eps, s.weightDecay].map(floatBits), s.decoupled ? 1 : 0];
  overWindows(adamKernel, hyper, table, [grad, weight, m, v], words);
}

/**
 * `average` (centered) and `buffer` (momentum) are of the others' size where they are used; else any, but each memory
 * of its own.
 */
export function rmsprop_(
  weight: Tensor,
  grad: Tensor,
  square: Tensor,
  average: Tensor,
  buffer: Tensor,
  hyper: Tensor,
  s: RmspropSettings,
  table: RateTable | null = null,
): void {
  const words = [...[s.alpha, 1 - s.alpha, s.eps, s.weightDecay, s.momentum].map(floatBits), s.centered ? 1 : 0];
  overWindows(rmspropKernel, hyper, table, [grad, weight, square, average, buffer], words);
}

export function adagrad_(
  weight: Tensor,
  grad: Tensor,
  sum: Tensor,
  hyper: Tensor,
  s: AdagradSettings,
  table: RateTable | null = null,
): void {
  overWindows(adagradKernel, hyper, table, [grad, weight, sum], [s.lrDecay, s.eps, s.weightDecay].map(floatBits));
}

export function lion_(
  weight: Tensor,
  grad: Tensor,
  m: Tensor,
  hyper: Tensor,
  s: LionSettings,
  table: RateTable | null = null,
): void {
  const [beta1, beta2] = s.betas;
  const words = [beta1, beta2, 1 - beta1, 1 - beta2, s.weightDecay].map(floatBits);
  overWindows(lionKernel, hyper, table, [grad, weight, m], words);
}

/** The constants of kernels that include optimizer/parameter_rates.wgsl. */
export function rateConstants(table: RateTable | null): Record<string, number> {
  return { GROUPED: table === null ? 0 : 1, STEPS_AT: table?.stepsAt ?? 0 };
}

/** Elements that share an entry of `groupOf`: parameters start on multiples of 256 bytes. */
const BLOCK = 64;

function overWindows(
  kernel: Kernel,
  hyper: Tensor,
  table: RateTable | null,
  tensors: readonly Tensor[],
  words: readonly number[],
): void {
  const { device, size } = tensors[0];
  for (const [first, last] of rowWindows(
    kernel.name,
    device,
    Math.ceil(size / BLOCK),
    table === null ? [BLOCK] : [BLOCK, 1],
  )) {
    const [start, end] = [first * BLOCK, Math.min(size, last * BLOCK)];
    const count = Math.ceil((end - start) / 4);
    const rates =
      table === null ? [hyper.range, hyper.range] : [table.rates.range, flatWindow(table.groupOf, first, last)];
    // a smaller one is not used
    const parts = tensors.map((t) => (t.size < size ? t.range : flatWindow(t, start, end)));
    const { constants, workgroups } = steps(device, count);
    device.dispatch(kernel, {
      buffers: [hyper.range, ...rates, ...parts],
      params: [count, ...words],
      constants: { ...constants, ...rateConstants(table) },
      workgroups,
    });
  }
}

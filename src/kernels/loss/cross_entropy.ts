/**
 * Softmax and negative log likelihood in one, or the latter alone. x (N, C, …) f32, label (N, …) u32, class weights
 * (C).
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import { Tensor, empty, rows, view } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { flatWindow, requireF32 } from '../launch/checks.js';
import { reduce } from '../reduce/reduce.js';
import { steps } from '../launch/steps.js';
import { kindOf } from '../launch/targets.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'common/nan.wgsl', 'loss/likelihood.wgsl'];
const kernel = defineKernel({
  name: 'cross_entropy',
  file: 'loss/cross_entropy.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'write', 'write', 'write', 'params'],
});
const workgroupKernel = defineKernel({
  name: 'cross_entropy_workgroup',
  file: 'loss/cross_entropy_workgroup.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'write', 'write', 'write', 'write', 'params'],
});
const meanKernel = defineKernel({
  name: 'cross_entropy_mean',
  file: 'loss/cross_entropy_mean.wgsl',
  bindings: ['read', 'read', 'write', 'write', 'params'],
});
const backwardKernel = defineKernel({
  name: 'cross_entropy_backward',
  file: 'loss/cross_entropy_backward.wgsl',
  includes: ['common/grid.wgsl', 'common/steps.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/** cross_entropy takes logits, nll_loss log-probabilities. */
export type LikelihoodName = 'cross_entropy' | 'nll_loss';

/** What labels count. */
export interface CrossEntropySettings {
  /** (C): how much a label of each class counts. Default: all 1. */
  readonly weight?: Tensor | null;
  /** A label of this number counts nothing; it is compared as u32, so that -100 is 4294967196. Default -100. */
  readonly ignoreIndex?: number;
  /** This share of each label is spread evenly over all classes. Default 0. */
  readonly labelSmoothing?: number;
  /** Takes the loss of each row (N, …), f32, whatever the reduction. */
  readonly losses?: Tensor | null;
}

/** A thread a row, or several threads that read neighbouring classes: see the shaders. */
export type LikelihoodMember = 'naive' | 'workgroup';

/** Where classes are not neighbours in memory, neighbouring threads read neighbouring rows. */
function memberOf(device: Device, places: readonly number[]): LikelihoodMember {
  return kindOf(device) === 'gpu' && sizeOf(places) === 1 ? 'workgroup' : 'naive';
}

/** Threads of a workgroup, and classes that a thread should have at least. */
const THREADS = 256;
const CLASSES_PER_THREAD = 4;
const MOST_OF_A_ROW = 64;

function threadsOfRow(C: number): number {
  let T = 1;
  while (T < MOST_OF_A_ROW && T * CLASSES_PER_THREAD < C) T *= 2;
  return T;
}

interface RowLosses {
  /** Of each row (N, …). */
  readonly loss: Tensor;
  /** The gradient's core (N, C, …), which times dy is dx. */
  readonly p: Tensor;
  /** How much each row counts (N, …): weight[label]. */
  readonly counted: Tensor;
}

/** What is common to all members: what is checked, what is made, and the constants. */
function prepared(
  x: Tensor,
  label: Tensor,
  { weight = null, ignoreIndex = -100, labelSmoothing = 0, losses = null }: CrossEntropySettings,
  name: LikelihoodName,
): RowLosses & { constants: Record<string, number>; words: readonly number[] } {
  requireF32(name, { x, ...(weight ? { weight } : {}) });
  if (x.rank < 2)
    throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected 2 or more: (N, C, …)`);
  const [N, C, ...places] = x.shape;
  if (label.dtype !== 'u32' || !sameShape(label.shape, [N, ...places])) {
    throw new ShapeError(
      `[${name}] x ${formatShape(x.shape)} needs labels ${formatShape([N, ...places])} u32, got ` +
        `${formatShape(label.shape)} ${label.dtype}`,
    );
  }
  if (weight && !sameShape(weight.shape, [C]))
    throw new ShapeError(`[${name}] weight ${formatShape(weight.shape)} does not fit C = ${C}: expected (${C},)`);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ShapeError(`[${name}] labelSmoothing ${labelSmoothing} is not from 0 to 1`);
  if (!Number.isInteger(ignoreIndex))
    throw new ShapeError(`[${name}] ignoreIndex ${ignoreIndex} is not a whole number`);
  if (losses && (losses.dtype !== 'f32' || !sameShape(losses.shape, label.shape)))
    throw new ShapeError(
      `[${name}] losses ${formatShape(losses.shape)} ${losses.dtype} do not fit the labels: expected ` +
        `${formatShape(label.shape)} f32`,
    );
  if (C === 0 && label.size > 0) throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has no classes`);
  return {
    loss: losses ?? empty(x.device, label.shape),
    counted: empty(x.device, label.shape),
    p: empty(x.device, x.shape),
    constants: {
      WEIGHTED: weight ? 1 : 0,
      SMOOTHED: labelSmoothing > 0 ? 1 : 0,
      LOG_PROBABILITIES: name === 'nll_loss' ? 1 : 0,
    },
    words: [C, sizeOf(places), ignoreIndex >>> 0, floatBits(labelSmoothing)],
  };
}

/** Losses row by row. */
export function crossEntropy(
  x: Tensor,
  label: Tensor,
  settings: CrossEntropySettings = {},
  name: LikelihoodName = 'cross_entropy',
  member = memberOf(x.device, x.shape.slice(2)),
): RowLosses {
  const { loss, p, counted, constants, words } = prepared(x, label, settings, name);
  const [N, C, ...places] = x.shape;
  const inner = sizeOf(places);
  const flat = [x, label, loss, p, counted].map((t) => view(t, [N, t.size === 0 ? 0 : t.size / N]));
  for (const [start, end] of rowWindows(name, x.device, N, [C * inner, inner])) {
    const [px, pLabel, pLoss, pp, pCounted] = flat.map((t) => rows(t, start, end).range);
    const count = (end - start) * inner;
    const buffers = [px, pLabel, settings.weight?.range ?? px, pLoss, pp, pCounted];
    const params = [count, ...words];
    if (member === 'naive') {
      x.device.dispatch(kernel, { buffers, params, constants, workgroups: Math.ceil(count / 64) });
      continue;
    }
    const T = threadsOfRow(C);
    x.device.dispatch(workgroupKernel, {
      buffers: [...buffers, empty(x.device, [2]).range],
      params,
      constants: { ...constants, T },
      workgroups: Math.ceil((count * T) / THREADS),
    });
  }
  return { loss, p, counted };
}

/** Of x: one workgroup makes losses and their mean of so much. */
const ELEMENTS_OF_A_WORKGROUP = 8192;

/**
 * The losses' mean (), and its gradient: p * dy / total where there is a total, else p * dy.
 * @param joins whether one workgroup makes all of it; default: on GPUs, where x is small.
 */
export function crossEntropyMean(
  x: Tensor,
  label: Tensor,
  settings: CrossEntropySettings = {},
  name: LikelihoodName = 'cross_entropy',
  joins = memberOf(x.device, x.shape.slice(2)) === 'workgroup' && x.size > 0 && x.size <= ELEMENTS_OF_A_WORKGROUP,
): { mean: Tensor; p: Tensor; total: Tensor | null } {
  const { device } = x;
  if (!joins) {
    const { loss, p, counted } = crossEntropy(x, label, settings, name);
    return { p, ...meanLoss(loss, counted) };
  }
  const { loss, p, counted, constants, words } = prepared(x, label, settings, name);
  const both = empty(device, [2]);
  device.dispatch(workgroupKernel, {
    buffers: [x, label, settings.weight ?? x, loss, p, counted, both].map((t) => t.range),
    params: [label.size, ...words],
    constants: { ...constants, T: threadsOfRow(x.shape[1]), MEAN: 1 },
    workgroups: 1,
  });
  return { mean: new Tensor(both.storage, both.byteOffset, [], 'f32'), p, total: null };
}

/** One workgroup makes the mean of so many rows; more are left to the reductions. */
const ROWS_OF_A_WORKGROUP = 16384;

/** The losses' mean (), and what it divides by (): the sum of `counted`. Both of one shape. */
export function meanLoss(loss: Tensor, counted: Tensor): { mean: Tensor; total: Tensor } {
  const { device } = loss;
  if (loss.size === 0 || loss.size > ROWS_OF_A_WORKGROUP || loss.size * 4 > device.maxBindingBytes) {
    const all = loss.shape.map((_, d) => d);
    const [sum, total] = [loss, counted].map((t) => view(reduce('sum', t, all), []));
    return { mean: binary('div', sum, total), total };
  }
  const [mean, total] = [empty(device, []), empty(device, [])];
  device.dispatch(meanKernel, {
    buffers: [loss, counted, mean, total].map((t) => t.range),
    params: [loss.size],
    workgroups: 1,
  });
  return { mean, total };
}

/** dx of the mean: p * dy / total, dy and total (). */
export function meanLossBackward(dy: Tensor, p: Tensor, total: Tensor): Tensor {
  const { device } = p;
  const dx = empty(device, p.shape);
  for (const [start, end] of rowWindows('cross_entropy', device, p.size, [1])) {
    const count = Math.ceil((end - start) / 4);
    device.dispatch(backwardKernel, {
      buffers: [flatWindow(p, start, end), dy.range, total.range, flatWindow(dx, start, end)],
      params: [count],
      ...steps(device, count),
    });
  }
  return dx;
}

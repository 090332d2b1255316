/**
 * Softmax and negative log likelihood in one, or the latter alone. x (N, C, …) f32, label (N, …) u32, class weights
 * (C).
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { flatWindow, requireF32 } from '../launch/checks.js';
import { reduce } from '../reduce/reduce.js';
import { steps } from '../launch/steps.js';
import { rowWindows } from '../launch/windows.js';

const kernel = defineKernel({
  name: 'cross_entropy',
  file: 'loss/cross_entropy.wgsl',
  includes: ['common/grid.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'write', 'write', 'params'],
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
}

/**
 * Loss of each row (N, …), the gradient's core p (N, C, …), which times dy is dx, and how much each row counts (N, …):
 * weight[label].
 */
export function crossEntropy(
  x: Tensor,
  label: Tensor,
  settings: CrossEntropySettings = {},
  name: LikelihoodName = 'cross_entropy',
): { loss: Tensor; p: Tensor; counted: Tensor } {
  const { weight = null, ignoreIndex = -100, labelSmoothing = 0 } = settings;
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
  if (C === 0 && label.size > 0) throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has no classes`);
  const inner = sizeOf(places);
  const loss = empty(x.device, label.shape);
  const counted = empty(x.device, label.shape);
  const p = empty(x.device, x.shape);
  const flat = [
    view(x, [N, C * inner]),
    ...[label, loss, counted].map((t) => view(t, [N, inner])),
    view(p, [N, C * inner]),
  ];
  for (const [start, end] of rowWindows(name, x.device, N, [C * inner, inner])) {
    const [px, pLabel, pLoss, pCounted, pp] = flat.map((t) => rows(t, start, end).range);
    const count = (end - start) * inner;
    x.device.dispatch(kernel, {
      buffers: [px, pLabel, weight?.range ?? px, pLoss, pp, pCounted],
      params: [count, C, inner, ignoreIndex >>> 0, floatBits(labelSmoothing)],
      constants: {
        WEIGHTED: weight ? 1 : 0,
        SMOOTHED: labelSmoothing > 0 ? 1 : 0,
        LOG_PROBABILITIES: name === 'nll_loss' ? 1 : 0,
      },
      workgroups: Math.ceil(count / 64),
    });
  }
  return { loss, p, counted };
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

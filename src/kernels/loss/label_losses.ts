/**
 * Losses of logits with labels beside cross-entropy: focal, and binary cross-entropy of each class for itself. x (N, C,
 * …) f32, label (N, …) u32, class weights (C).
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireF32 } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

/** The losses by their ops' names. */
export const LABEL_LOSSES = ['focal_loss', 'binary_cross_entropy_with_labels'] as const;
/** The name of one. */
export type LabelLossName = (typeof LABEL_LOSSES)[number];

const kernelOf = (name: LabelLossName): ReturnType<typeof defineKernel> =>
  defineKernel({
    name,
    file: `loss/${name}.wgsl`,
    includes: ['common/grid.wgsl', 'common/nan.wgsl', 'loss/label_row.wgsl'],
    bindings: ['read', 'read', 'read', 'write', 'write', 'write', 'params'],
  });
const KERNELS = {
  focal_loss: kernelOf('focal_loss'),
  binary_cross_entropy_with_labels: kernelOf('binary_cross_entropy_with_labels'),
};

/** What a row's loss is told. */
export interface LabelLossSettings {
  /** (C): how much a label of each class counts. Default: all 1. */
  readonly weight?: Tensor | null;
  /** gamma of focal_loss, or the label smoothing. */
  readonly setting: number;
}

function check(name: LabelLossName, x: Tensor, label: Tensor, { weight, setting }: LabelLossSettings): void {
  requireF32(name, { x, ...(weight ? { weight } : {}) });
  if (x.rank < 2)
    throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected 2 or more: (N, C, …)`);
  const [N, C, ...places] = x.shape;
  if (label.dtype !== 'u32' || !sameShape(label.shape, [N, ...places]))
    throw new ShapeError(
      `[${name}] x ${formatShape(x.shape)} needs labels ${formatShape([N, ...places])} u32, got ` +
        `${formatShape(label.shape)} ${label.dtype}`,
    );
  if (C === 0 && label.size > 0) throw new ShapeError(`[${name}] x ${formatShape(x.shape)} has no classes`);
  if (weight && !sameShape(weight.shape, [C]))
    throw new ShapeError(`[${name}] weight ${formatShape(weight.shape)} does not fit C = ${C}: expected (${C},)`);
  if (name === 'focal_loss' && !(setting >= 0 && setting < Infinity))
    throw new ShapeError(`[${name}] gamma ${setting} is not a number from 0`);
  if (name !== 'focal_loss' && !(setting >= 0 && setting <= 1))
    throw new ShapeError(`[${name}] labelSmoothing ${setting} is not from 0 to 1`);
}

/**
 * Losses row by row (N, …); p (N, C, …), which times a row's dy is dx; and how much each row counts (N, …).
 * @throws ShapeError when sizes disagree, or a setting is out of its range.
 */
export function labelLoss(
  name: LabelLossName,
  x: Tensor,
  label: Tensor,
  settings: LabelLossSettings,
): { loss: Tensor; p: Tensor; counted: Tensor } {
  check(name, x, label, settings);
  const { device } = x;
  const { weight, setting } = settings;
  const [N, C, ...places] = x.shape;
  const inner = sizeOf(places);
  const [loss, p, counted] = [empty(device, label.shape), empty(device, x.shape), empty(device, label.shape)];
  const flat = [x, label, loss, p, counted].map((t) => view(t, [N, t.size === 0 ? 0 : t.size / N]));
  for (const [start, end] of rowWindows(name, device, N, [C * inner, inner])) {
    const [px, pLabel, pLoss, pp, pCounted] = flat.map((t) => rows(t, start, end).range);
    const count = (end - start) * inner;
    device.dispatch(KERNELS[name], {
      buffers: [px, pLabel, weight?.range ?? px, pLoss, pp, pCounted],
      params: [count, C, inner, floatBits(setting)],
      constants: { WEIGHTED: weight ? 1 : 0 },
      workgroups: Math.ceil(count / 64),
    });
  }
  return { loss, p, counted };
}

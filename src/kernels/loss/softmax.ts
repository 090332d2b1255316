/**
 * softmax and log_softmax over the last dimension, and their gradients. Other dimensions are permuted there by
 * autograd/ops.
 */
import type { Device } from '../../device/device.js';
import { defineKernel, type BindingKind, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireF32 } from '../launch/checks.js';
import { choose, sizeClass, type Choice, type Family } from '../launch/family.js';
import { lanesSpecialisation } from '../launch/lanes.js';
import { hasFittingSubgroups } from '../matmul/family.js';
import { rowWindows } from '../launch/windows.js';

type Variant = 'naive' | 'workgroup' | 'subgroup';

function kernelsOf(name: string, bindings: readonly BindingKind[]): Record<Variant, Kernel> {
  const includes = [
    'common/grid.wgsl',
    'common/lanes.wgsl',
    'loss/softmax_rows.wgsl',
    'common/nan.wgsl',
    'common/nan_lanes.wgsl',
  ];
  return {
    naive: defineKernel({
      name: `${name}_naive`,
      file: `loss/${name}_naive.wgsl`,
      includes: ['common/grid.wgsl', 'common/nan.wgsl'],
      bindings,
    }),
    workgroup: defineKernel({
      name: `${name}_workgroup`,
      file: `loss/${name}_workgroup.wgsl`,
      includes: [...includes, 'loss/row_workgroup.wgsl'],
      bindings,
    }),
    subgroup: defineKernel({ name: `${name}_subgroup`, file: `loss/${name}_subgroup.wgsl`, includes, bindings }),
  };
}

const forward = kernelsOf('softmax', ['read', 'write', 'params']);
const backward = kernelsOf('softmax_backward', ['read', 'read', 'write', 'params']);

export type SoftmaxName = 'softmax' | 'log_softmax';

export interface SoftmaxProblem {
  readonly rows: number;
  readonly C: number;
}

/** Rows from which threads of their own fill the machine, and up to how long a row is for one thread. */
const MANY_ROWS = 512;
const SHORT_ROW = 16;

/**
 * `naive`: a thread a row. `workgroup`: T threads a row, shared memory. `subgroup`: a subgroup a row. Forward and
 * backward are of one kind.
 */
export const softmaxFamily: Family<SoftmaxProblem> = {
  name: 'softmax',
  shapeClass: ({ rows, C }) => `${sizeClass(rows)} rows of ${sizeClass(C)}${C % 4 === 0 ? ' by 4' : ''}`,
  candidates: (device): readonly Choice[] => [
    { variant: 'naive' },
    { variant: 'workgroup', T: 8 },
    { variant: 'workgroup', T: 64 },
    ...(hasFittingSubgroups(device) ? [{ variant: 'subgroup' }] : []),
  ],
  defaultChoice: (device: Device, { rows, C }): Choice => {
    if (C <= SHORT_ROW && (rows >= MANY_ROWS || device.adapter.isSoftware)) return { variant: 'naive' };
    if (device.adapter.isSoftware && hasFittingSubgroups(device)) return { variant: 'subgroup' };
    return { variant: 'workgroup', T: C <= 128 ? 8 : 64 };
  },
};

export function softmax(name: SoftmaxName, x: Tensor, choice?: Choice): Tensor {
  requireF32(name, { x });
  const y = empty(x.device, x.shape);
  overRows(name, forward, [x, y], choice);
  return y;
}

export function softmaxBackward(name: SoftmaxName, y: Tensor, dy: Tensor, choice?: Choice): Tensor {
  const dx = empty(y.device, y.shape);
  overRows(name, backward, [y, dy, dx], choice);
  return dx;
}

/** @param tensors the kernel's, of one shape. */
function overRows(
  name: SoftmaxName,
  kernels: Record<Variant, Kernel>,
  tensors: readonly Tensor[],
  forced?: Choice,
): void {
  const { device, shape, size } = tensors[0];
  if (size === 0) return;
  const C = shape.at(-1) ?? 1;
  const choice = forced ?? choose(softmaxFamily, device, { rows: size / C, C });
  const variant = choice.variant as Variant;
  const T = variant === 'naive' ? 1 : Number(choice.T ?? device.adapter.subgroupSize);
  const rowsPerGroup = variant === 'subgroup' ? 1 : 64 / T;
  const lanes = variant !== 'naive' && C % 4 === 0 ? 4 : 1;
  const largest: Specialisation = lanes === 4 ? { 'fn largest': 'max(max(v.x, v.y), max(v.z, v.w))' } : {};
  const flat = tensors.map((t) => view(t, [size / C, C]));
  for (const [start, end] of rowWindows(name, device, size / C, [C])) {
    device.dispatch(kernels[variant], {
      buffers: flat.map((t) => rows(t, start, end).range),
      params: [end - start, C / lanes],
      constants: { LOG: name === 'log_softmax' ? 1 : 0, ...(variant === 'workgroup' ? { T } : {}) },
      specialise: { ...lanesSpecialisation(lanes), ...largest, ...(variant === 'subgroup' ? { S: `${T}u` } : {}) },
      workgroups: Math.ceil((end - start) / rowsPerGroup),
    });
  }
}

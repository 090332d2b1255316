/** The kernels over fours of channels, by member: forward and gradient of the input, and gradient of the weights. */
import type { Device } from '../../device/device.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import { ACTIVATION_FILES } from '../elementwise/unary_table.js';
import type { Choice } from '../launch/family.js';
import { defineMatrixKernel } from '../launch/matrix_units.js';

const common = ['common/grid.wgsl', 'common/divide.wgsl'];
const gather = {
  includes: [...common, 'conv2d/gather.wgsl', ...ACTIVATION_FILES],
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
} as const;
const weight = {
  includes: [...common, 'conv2d/weight_params.wgsl', 'conv2d/weight.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'params'],
} as const;
const MEMBERS = ['subgroup', 'register', 'workgroup', 'depthwise'];
const gatherKernels = new Map(
  MEMBERS.map((m) => [m, defineKernel({ name: `conv2d_${m}`, file: `conv2d/${m}.wgsl`, ...gather })]),
);
const gatherMatrix = defineMatrixKernel({ name: 'conv2d_matrix', file: 'conv2d/matrix.wgsl', ...gather });
const weightName = (member: string): { name: string; file: string } => ({
  name: `conv2d_backward_weight_${member}`,
  file: `conv2d/backward_weight_${member}.wgsl`,
});
const weightKernels = new Map(MEMBERS.map((m) => [m, defineKernel({ ...weightName(m), ...weight })]));
const weightMatrix = defineMatrixKernel({ ...weightName('matrix'), ...weight });

/** The kernel of a member that there is. */
export function gatherKernel({ variant }: Choice, device: Device): Kernel {
  return variant === 'matrix' ? gatherMatrix(device) : (gatherKernels.get(variant) as Kernel);
}

export function weightKernel({ variant }: Choice, device: Device): Kernel {
  return variant === 'matrix' ? weightMatrix(device) : (weightKernels.get(variant) as Kernel);
}

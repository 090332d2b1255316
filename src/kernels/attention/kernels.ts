/** The kernels of attention: one for each member, forward and backward. */
import { defineKernel, type BindingKind, type Kernel } from '../../device/kernel.js';

/** The members of one pass. */
export type AttentionKernels = Readonly<Record<'naive' | 'subgroup' | 'workgroup', Kernel>>;

const INCLUDES = ['common/grid.wgsl', 'common/nan.wgsl', 'attention/heads.wgsl'];
const FORWARD: readonly BindingKind[] = ['read', 'read', 'read', 'read', 'write', 'write', 'params'];
const BACKWARD: readonly BindingKind[] = [
  ...['read', 'read', 'read', 'read', 'read', 'write', 'write', 'read', 'read', 'params'],
] as const satisfies readonly BindingKind[];

function member(name: string, bindings: readonly BindingKind[], ...more: readonly string[]): Kernel {
  return defineKernel({
    name: `attention_${name}`,
    file: `attention/${name}.wgsl`,
    includes: [...INCLUDES, ...more.map((file) => `attention/${file}.wgsl`)],
    bindings,
  });
}

export const FORWARD_KERNELS: AttentionKernels = {
  naive: member('naive', FORWARD),
  subgroup: member('subgroup', FORWARD, 'operands', 'lanes'),
  workgroup: member('workgroup', FORWARD, 'operands', 'tiles'),
};

export const BACKWARD_KERNELS: AttentionKernels = {
  naive: member('naive_backward', BACKWARD, 'gradients'),
  subgroup: member('subgroup_backward', BACKWARD, 'operands_backward', 'gradients', 'lanes'),
  workgroup: member('workgroup_backward', BACKWARD, 'operands_backward', 'gradients', 'tiles'),
};

export const deltaKernel = defineKernel({
  name: 'attention_delta',
  file: 'attention/delta.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

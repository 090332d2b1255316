/** Where the true class comes among all, by its logit. */
import { defineKernel } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';

const kernel = defineKernel({
  name: 'class_ranks',
  file: 'loss/class_ranks.wgsl',
  includes: ['common/grid.wgsl', 'loss/row_workgroup.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

/**
 * (N) u32: how many classes come before label (N) in logits x (N, C). Of equal logits the smaller class comes first, as
 * for argmax.
 */
export function classRanks(x: Tensor, label: Tensor): Tensor {
  requireBindable('class_ranks', { x });
  const [N, C] = x.shape;
  const rank = empty(x.device, [N], 'u32');
  if (N > 0)
    x.device.dispatch(kernel, { buffers: [x, label, rank].map((t) => t.range), params: [N, C], workgroups: N });
  return rank;
}

/** Loss and number of right answers, added up on the GPU over many batches. */
import { defineKernel } from '../../device/kernel.js';
import { view, type Tensor } from '../../tensor/tensor.js';
import { argmax } from '../reduce/argmax.js';
import { requireBindable } from '../launch/checks.js';

const kernel = defineKernel({
  name: 'classification_metrics',
  file: 'loss/classification_metrics.wgsl',
  includes: ['common/nan.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});
const answersKernel = defineKernel({
  name: 'answer_metrics',
  file: 'loss/answer_metrics.wgsl',
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/** More classes are too many for one thread a row: they are searched beforehand, by a workgroup a row. */
const FEW_CLASSES = 256;

/**
 * totals (3) f32 += sum of loss (N), rows of x (N, C) whose largest entry is at label (N), and N. Exact up to 2^24
 * images.
 */
export function addClassificationMetrics_(totals: Tensor, x: Tensor, label: Tensor, loss: Tensor): void {
  requireBindable('classification_metrics', { x });
  if (x.shape[1] > FEW_CLASSES) return addAnswerMetrics_(totals, view(argmax(x, -1), label.shape), label, loss);
  x.device.dispatch(kernel, {
    buffers: [x, label, loss, totals].map((t) => t.range),
    params: [...x.shape],
    workgroups: 1,
  });
}

/** totals (3) f32 += sum of loss (N), entries of answer (N) u32 that are label (N), and N. */
export function addAnswerMetrics_(totals: Tensor, answer: Tensor, label: Tensor, loss: Tensor): void {
  answer.device.dispatch(answersKernel, {
    buffers: [answer, label, loss, totals].map((t) => t.range),
    params: [answer.size],
    workgroups: 1,
  });
}

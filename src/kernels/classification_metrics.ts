/** Loss and number of right answers, added up on the GPU over many batches. */
import { defineKernel } from '../device/kernel.js';
import type { Tensor } from '../tensor/tensor.js';
import { requireBindable } from './common.js';

const kernel = defineKernel({ name: 'classification_metrics', bindings: ['read', 'read', 'read', 'write', 'params'] });

/** totals (3) f32 += sum of loss (N), rows of x (N, C) whose largest entry is at label (N), and N. Exact up to 2^24 images. */
export function addClassificationMetrics_(totals: Tensor, x: Tensor, label: Tensor, loss: Tensor): void {
  requireBindable('classification_metrics', { x });
  x.device.dispatch(kernel, { buffers: [x, label, loss, totals].map((t) => t.range), params: [...x.shape], workgroups: 1 });
}

/** A classifier and its loss in one. */
import { crossEntropy, type CrossEntropyArgs } from './cross_entropy_reference.js';
import type { HostTensor } from '../launch/host_tensor.js';
import { linear } from '../matmul/reference.js';

/** Losses (N) of logits x wᵀ + bias: x (N, D), w (C, D), bias (C), label (N). NaN where the label is no class. */
export function linearCrossEntropy(
  x: HostTensor,
  w: HostTensor,
  bias: HostTensor | null,
  label: HostTensor,
  args: Pick<CrossEntropyArgs, 'labelSmoothing'> = {},
): HostTensor {
  return crossEntropy('cross_entropy', linear(x, w, bias), label, null, args).loss;
}

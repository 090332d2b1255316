/** Softmax cross-entropy of logits and labels. */
import { binary } from '../../kernels/binary.js';
import { crossEntropy as crossEntropyKernel } from '../../kernels/cross_entropy.js';
import { view, type Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';
import { mean, sum } from './reduce.js';

const crossEntropyOp = defineOp<null, { p: Tensor }>({
  name: 'cross_entropy',
  forward: ([x, label]) => {
    const { loss, p } = crossEntropyKernel(x, label);
    return { output: loss, saved: { p } };
  },
  backward: (dy, { p }) => [binary('mul', p, view(dy, [dy.size, 1])), null],
});

/**
 * x (N, C) logits, label (N) u32 -> the mean over the batch, its sum, or (N) losses.
 * @throws ShapeError when sizes disagree. A label that is not below C makes the loss NaN.
 */
export function crossEntropy(x: Tensor, label: Tensor, reduction: 'mean' | 'sum' | 'none' = 'mean'): Tensor {
  const loss = apply(crossEntropyOp, [x, label], null);
  return reduction === 'none' ? loss : reduction === 'sum' ? sum(loss) : mean(loss);
}

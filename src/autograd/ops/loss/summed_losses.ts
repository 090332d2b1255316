/** What losses of logits with labels have in common where they are no mean. */
import { binary } from '../../../kernels/elementwise/binary.js';
import { reduce } from '../../../kernels/reduce/reduce.js';
import { view, type Tensor } from '../../../tensor/tensor.js';
import type { Reduction } from './losses.js';

/** The losses of rows as they are, or their sum. */
export function summedLosses(loss: Tensor, reduction: Exclude<Reduction, 'mean'>): Tensor {
  if (reduction === 'none') return loss;
  const all = loss.shape.map((_, d) => d);
  return view(reduce('sum', loss, all), []);
}

/** The gradient of `summedLosses`, from p, that of each row's loss (N, C, …). */
export function summedLossesBackward(dy: Tensor, p: Tensor, reduction: Exclude<Reduction, 'mean'>): Tensor {
  if (reduction === 'sum') return binary('mul', p, dy);
  const [N, , ...places] = p.shape;
  return binary('mul', p, view(dy, [N, 1, ...places]));
}

/** where: a choice by element, with gradients for both sides. */
import { sumTo } from '../../../kernels/reduce/reduce.js';
import { where as whereKernel } from '../../../kernels/elementwise/where.js';
import { constant } from '../../../tensor/creation.js';
import { type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const whereOp = defineOp<null, readonly Tensor[]>({
  name: 'where',
  forward: ([condition, a, b]) => ({ output: whereKernel(condition, a, b), saved: [condition, a, b] }),
  backward: (dy, [condition, a, b], _, needs) => {
    const zero = constant(dy.device, 0);
    return [
      null,
      needs[1] ? sumTo(whereKernel(condition, dy, zero), a.shape) : null,
      needs[2] ? sumTo(whereKernel(condition, zero, dy), b.shape) : null,
    ];
  },
});

/**
 * a where the condition is not 0, b elsewhere; a number stands for a tensor of that number. All three broadcast.
 * @param condition f32, as comparisons make it: 1 for true, 0 for false. It has no gradient.
 */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const [x, y] = [a, b].map((v) => (typeof v === 'number' ? constant(condition.device, v) : v));
  return apply(whereOp, [condition, x, y], null);
}

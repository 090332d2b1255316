/** cdist: Euclidean distances of all rows of one matrix from all rows of another. */
import { cdist as launch, cdistBackwardA, cdistBackwardB } from '../../../kernels/reduce/cdist.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

/** Forward beside backward; what is saved between them is all that backward needs. */
const op = defineOp<null, { readonly a: Tensor; readonly b: Tensor; readonly y: Tensor }>({
  name: 'cdist',
  forward: ([a, b]) => {
    const y = launch(a, b);
    return { output: y, saved: { a, b, y } };
  },
  backward: (dy, { a, b, y }, _, needs) => [
    needs[0] ? cdistBackwardA(a, b, y, dy) : null,
    needs[1] ? cdistBackwardB(a, b, y, dy) : null,
  ],
});

/**
 * Euclidean distances of all rows of a from all rows of b, as torch.cdist with p = 2: a (N, D), b (M, D), y (N, M).
 * Where a distance is 0, it adds nothing to the gradients.
 * @throws ShapeError unless the shapes are these, both f32.
 */
export function cdist(a: Tensor, b: Tensor): Tensor {
  return apply(op, [a, b], null);
}

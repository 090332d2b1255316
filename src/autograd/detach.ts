/** Leaving the graph. */
import { view, type Tensor } from '../tensor/tensor.js';

/**
 * A tensor of the same memory that remembers nothing: no gradient flows back through it, as torch.Tensor.detach.
 * x (…), y (…).
 */
export function detach(x: Tensor): Tensor {
  return view(x, x.shape);
}

/** The partial inverse of max pooling. */
import {
  maxUnpool2d as unpoolKernel,
  maxUnpool2dBackward,
  maxUnpool2dShape,
  requireIndices,
  type MaxUnpool2dOptions,
} from '../../../kernels/pool2d/max_unpool.js';
import type { Shape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const maxUnpool2dOp = defineOp<Shape, { index: Tensor; source: Tensor }>({
  name: 'max_unpool2d',
  precision: 'keep',
  forward: ([x, index], shapeY) => {
    const { y, source } = unpoolKernel(x, index, shapeY);
    return { output: y, saved: { index, source } };
  },
  backward: (dy, { index, source }) => [maxUnpool2dBackward(dy, index, source), null],
});

/**
 * As torch.nn.functional.max_unpool2d: x (N, C, oH, oW) put where `indices` (u32, of x's shape, h * W + w) say in
 * planes of zeros, (N, C, H, W). Of equal indices the last one of its plane counts, and alone gets a gradient; an index
 * outside of the plane is left out.
 * @throws ShapeError when indices are not of x's shape, or outputSize is not within a stride of what windows make.
 */
export function maxUnpool2d(x: Tensor, indices: Tensor, options: MaxUnpool2dOptions): Tensor {
  requireIndices(x, indices);
  return apply(maxUnpool2dOp, [x, indices], maxUnpool2dShape(x.shape, options));
}

/** Resizing images. */
import {
  upsample,
  upsampleBackward,
  upsampleGeometry,
  type InterpolateOptions,
  type UpsampleGeometry,
  type UpsampleMode,
} from '../../../kernels/movement/upsample.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';

const upsampleOp = (name: string): Op<UpsampleGeometry, null> =>
  defineOp<UpsampleGeometry, null>({
    name,
    forward: ([x], g) => ({ output: upsample(x, g), saved: null }),
    backward: (dy, _, g) => [upsampleBackward(dy, g)],
  });

const upsampleOps = {
  nearest: upsampleOp('upsample_nearest'),
  'nearest-exact': upsampleOp('upsample_nearest_exact'),
  bilinear: upsampleOp('upsample_bilinear'),
  bicubic: upsampleOp('upsample_bicubic'),
} satisfies Record<UpsampleMode, Op<UpsampleGeometry, null>>;

/**
 * As torch.nn.functional.interpolate: x (N, C, H, W) to a size, or by a factor.
 * @throws ShapeError unless either of the two is given, and makes a plane of at least 1 x 1.
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  const g = upsampleGeometry(x.shape, options);
  return apply(upsampleOps[g.mode], [x], g);
}

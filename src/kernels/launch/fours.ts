/**
 * Tensors in fours of channels, (N, C, H, W) with four channels of a pixel side by side (src/tensor/layout.ts), as
 * kernels see them that walk rows: (N, C / 4, H W, 4).
 */
import { FOURS } from '../../tensor/layout.js';
import { sameShape, type Shape } from '../../tensor/shape.js';
import { Tensor, view } from '../../tensor/tensor.js';

/** x, which lies in fours of channels, as rows: (N, C / 4, H W, 4). */
export function foursAsRows(x: Tensor): Tensor {
  const [N, C, H, W] = x.shape;
  return new Tensor(x.home.storage, x.home.byteOffset, [N, C / 4, H * W, 4], x.dtype);
}

/**
 * Operands that broadcast to `shape`, as rows that broadcast to (N, C / 4, H W, 4). Null where none of that shape lies
 * in fours of channels, or one of another shape has more than a number for each image and channel.
 */
export function broadcastFours(shape: Shape, operands: readonly Tensor[]): Tensor[] | null {
  const isWhole = (x: Tensor): boolean => sameShape(x.shape, shape);
  if (!operands.some((x) => x.layout === FOURS && isWhole(x))) return null;
  const seen = operands.map((x) => (isWhole(x) ? foursAsRows(x.as(FOURS)) : besideFours(x)));
  return seen.every((x) => x !== null) ? seen : null;
}

/** (n, c, 1, 1), or what broadcasts like it, as (n, c / 4, 1, 4). */
function besideFours(x: Tensor): Tensor | null {
  if (x.rank > 4) return null;
  const [n, c, h, w] = [...new Array<number>(4 - x.rank).fill(1), ...x.shape];
  if (h * w !== 1) return null;
  return view(x, c === 1 ? [n, 1, 1, 1] : [n, c / 4, 1, 4]);
}

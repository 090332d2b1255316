/** tril and triu: one triangle of matrices. The gradient is the same triangle of dy. */
import { triangle, type TriangleName } from '../../../kernels/movement/triangle.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';

function triangleOp(name: TriangleName): Op<number, null> {
  return defineOp<number, null>({
    name,
    forward: ([x], diagonal) => ({ output: triangle(name, x, diagonal), saved: null }),
    backward: (dy, _, diagonal) => [triangle(name, dy, diagonal)],
  });
}

const trilOp = triangleOp('tril');
const triuOp = triangleOp('triu');

/**
 * x (…, R, C) with 0 above a diagonal: 0 is the main one, 1 the one above it, -1 the one below.
 * @throws ShapeError when x has fewer than 2 dimensions or the diagonal is no whole number.
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return apply(trilOp, [x], diagonal);
}

/**
 * x (…, R, C) with 0 below a diagonal: 0 is the main one, 1 the one above it, -1 the one below.
 * @throws ShapeError when x has fewer than 2 dimensions or the diagonal is no whole number.
 */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return apply(triuOp, [x], diagonal);
}

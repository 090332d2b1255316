/**
 * Entries added to where an index tensor says, as torch.scatter_add with sizes equal outside the dimension: each
 * element of the result looks for what is added to it, so that sums have one order and no two threads write one place.
 * That costs `size` times `n` looks for each column. Without x it is the gradient of gather.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape, sameShape, type Shape } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow, requireF32 } from '../launch/checks.js';
import { around, indexWindows, requireIndex } from './index_select.js';

const kernel = defineKernel({
  name: 'scatter_add',
  file: 'movement/scatter_add.wgsl',
  includes: ['common/grid.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/**
 * x (…, size, …), index (…, n, …) u32, src of index's shape -> x's shape. An index of size or more makes its column
 * NaN.
 * @throws ShapeError unless index is u32, the others f32, and shapes fit.
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  requireF32('scatter_add', { x });
  return add('scatter_add', x, x.shape, dim, index, src);
}

/** dx of shape `shapeX`, from dy of index's shape. */
export function gatherBackward(dy: Tensor, dim: number, index: Tensor, shapeX: Shape): Tensor {
  return add('gather', null, shapeX, dim, index, dy);
}

/** @param x what is added to; null means zeros. */
function add(op: string, x: Tensor | null, shape: Shape, dim: number, index: Tensor, src: Tensor): Tensor {
  requireIndex(op, index);
  requireF32(op, { src });
  if (!sameShape(index.shape, src.shape) || !sameShape(shape.toSpliced(dim, 1), index.shape.toSpliced(dim, 1)))
    throw new ShapeError(
      `[${op}] index ${formatShape(index.shape)} and src ${formatShape(src.shape)} must have one shape, that of x ` +
        `${formatShape(shape)} outside dim ${dim}`,
    );
  const y = empty(src.device, shape);
  if (y.size === 0) return y;
  const sizes = around(shape, dim);
  const { size, inner } = sizes;
  const n = index.shape[dim];
  for (const { outer, rows, places } of indexWindows(op, src.device, sizes, n)) {
    const count = (outer[1] - outer[0]) * (rows[1] - rows[0]) * inner;
    const ofRows = [(outer[0] * size + rows[0]) * inner, ((outer[1] - 1) * size + rows[1]) * inner] as const;
    const ofPlaces = [(outer[0] * n + places[0]) * inner, ((outer[1] - 1) * n + places[1]) * inner] as const;
    const source = flatWindow(src, ...ofPlaces);
    src.device.dispatch(kernel, {
      buffers: [
        x === null ? source : flatWindow(x, ...ofRows),
        flatWindow(index, ...ofPlaces),
        source,
        flatWindow(y, ...ofRows),
      ],
      params: [count, inner, rows[1] - rows[0], rows[0], size, places[1] - places[0], places[0] > 0 ? 1 : 0],
      constants: { STARTS: x === null ? 0 : 1 },
      workgroups: Math.ceil(count / 64),
    });
  }
  return y;
}

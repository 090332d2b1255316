/** scatterAdd: entries added to where an index says. The gradient of what is added is gathered by the same index. */
import { ShapeError } from '../../../device/errors.js';
import { gather as gatherKernel } from '../../../kernels/movement/gather.js';
import { scatterAdd as scatterAddKernel } from '../../../kernels/movement/scatter_add.js';
import { formatShape, normalizeDim } from '../../../tensor/shape.js';
import { zeros, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import { add } from '../elementwise/elementwise.js';
import { slice } from './movement.js';
import { pad } from './pad.js';

const scatterAddOp = defineOp<number, { index: Tensor }>({
  name: 'scatter_add',
  forward: ([x, index, src], dim) => ({ output: scatterAddKernel(x, dim, index, src), saved: { index } }),
  backward: (dy, { index }, dim, needs) => [dy, null, needs[2] ? gatherKernel(dy, dim, index) : null],
});

/**
 * x with src[position] added at `position`, but index[position] in dimension dim, for all positions of index: as
 * torch.scatter_add, and the sums in ascending order of the positions, always. x f32; index u32, at most as large as
 * src everywhere and as x outside of dim; what lies beyond it in src is left out. An index that does not exist makes
 * NaN of all that lies along dim there.
 * @throws ShapeError when types or shapes do not fit.
 */
export function scatterAdd(x: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  const d = normalizeDim('scatter_add', dim, x.rank);
  const shapes = `index ${formatShape(index.shape)}, src ${formatShape(src.shape)}, x ${formatShape(x.shape)}`;
  if (index.rank !== x.rank || src.rank !== x.rank || x.rank === 0)
    throw new ShapeError(`[scatter_add] ${shapes} must have the same number of dimensions, at least 1`);
  let used = src;
  for (const [i, n] of index.shape.entries()) {
    if (n > src.shape[i]) throw new ShapeError(`[scatter_add] ${shapes}: index is larger than src in dim ${i}`);
    if (i !== d && n > x.shape[i]) throw new ShapeError(`[scatter_add] ${shapes}: index is larger than x in dim ${i}`);
    used = n < src.shape[i] ? slice(used, i, 0, n) : used;
  }
  const reached = index.shape.with(d, x.shape[d]);
  const beyond = x.shape.map((n, i) => n - reached[i]);
  if (beyond.every((n) => n === 0)) return apply(scatterAddOp, [x, index, used], d);
  const sums = apply(scatterAddOp, [zeros(x.device, reached), index, used], d);
  return add(
    x,
    pad(
      sums,
      beyond.toReversed().flatMap((n) => [0, n]),
    ),
  );
}

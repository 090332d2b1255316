/**
 * Average pooling, plain and adaptive, and its gradient. Shapes as in max.ts; what a sum is divided by says
 * shaders/pool2d/divisor.wgsl.
 */
import { defineKernel } from '../../device/kernel.js';
import { ROWS } from '../../tensor/layout.js';
import { broadcastStrides } from '../../tensor/shape.js';
import { constant } from '../../tensor/creation.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { requireFloat } from '../launch/checks.js';
import type { Choice } from '../launch/family.js';
import { stridedCopy } from '../movement/strided_copy.js';
import { reduce } from '../reduce/reduce.js';
import { isRegister } from './family.js';
import type { AvgPool2dGeometry } from './geometry.js';
import { PAIRS, WINDOWS, backward, constants, forward, poolLayout } from './over_planes.js';

const includes = [...WINDOWS, 'pool2d/divisor.wgsl'];
const avgKernel = defineKernel({
  name: 'avg_pool2d',
  file: 'pool2d/avg.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const avgBackwardKernel = defineKernel({
  name: 'avg_pool2d_backward',
  file: 'pool2d/avg_backward.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const avgBackwardDisjointKernel = defineKernel({
  name: 'avg_pool2d_backward_disjoint',
  file: 'pool2d/avg_backward_disjoint.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const avgPairsKernel = defineKernel({
  name: 'avg_pool2d_pairs',
  file: 'pool2d/avg_pairs.wgsl',
  includes: [...includes, ...PAIRS],
  bindings: ['read', 'write', 'params'],
});
const avgBackwardPairsKernel = defineKernel({
  name: 'avg_pool2d_backward_pairs',
  file: 'pool2d/avg_backward_pairs.wgsl',
  includes: [...includes, ...PAIRS],
  bindings: ['read', 'write', 'params'],
});

/** The same and those of pool2d/divisor.wgsl. */
function averageConstants(g: AvgPool2dGeometry): Record<string, number> {
  return { ...constants(g), DIVISOR: g.divisor, COUNT_PAD: g.countIncludePad ? 1 : 0 };
}

/** y, in x's layout. */
export function avgPool2d(x: Tensor, g: AvgPool2dGeometry, choice?: Choice): Tensor {
  requireFloat('avg_pool2d', { x });
  const layout = poolLayout(x);
  // contiguous, and many threads to a window
  if (layout === ROWS && isGlobal(g) && x.dtype === 'f32') return reduce('mean', x, [2, 3]);
  const y = empty(x.device, g.shapeY, x.dtype, layout);
  const pairs = isRegister(x.device, g, layout, choice) ? avgPairsKernel : null;
  forward('avg_pool2d', [x, y], g, averageConstants(g), { general: avgKernel, pairs });
  return y;
}

/** One window, the whole plane, and its mean. */
function isGlobal(g: AvgPool2dGeometry): boolean {
  return (
    !g.isCut && g.kernel[0] === g.shapeX[2] && g.kernel[1] === g.shapeX[3] && g.divisor === g.kernel[0] * g.kernel[1]
  );
}

/** dx in this layout, x's. */
export function avgPool2dBackward(dy: Tensor, g: AvgPool2dGeometry, layout = ROWS, choice?: Choice): Tensor {
  if (layout === ROWS && isGlobal(g) && dy.size > 0 && dy.dtype === 'f32') {
    const share = binary('mul', dy, constant(dy.device, 1 / g.divisor));
    return stridedCopy('avg_pool2d', share, g.shapeX, { offset: 0, strides: broadcastStrides(g.shapeY, g.shapeX) });
  }
  const pairs = isRegister(dy.device, g, layout, choice) ? avgBackwardPairsKernel : null;
  return backward('avg_pool2d', [dy], g, layout, averageConstants(g), {
    general: avgBackwardKernel,
    disjoint: avgBackwardDisjointKernel,
    pairs,
  });
}

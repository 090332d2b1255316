/**
 * Max pooling, plain and adaptive, and its gradient. x (N, C, H, W) -> y (N, C, oH, oW), oH = floor((H + 2 pad -
 * dilation (k - 1) - 1) / stride) + 1, or given. Adaptive pooling is the same kernels under another rule of which rows
 * and columns an output looks at (shaders/pool2d/params.wgsl).
 */
import { defineKernel } from '../../device/kernel.js';
import { FOURS, ROWS, type Layout } from '../../tensor/layout.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { requireFloat } from '../launch/checks.js';
import { choose, type Choice } from '../launch/family.js';
import { isOverlap, isRegister, pool2dFamily } from './family.js';
import type { MaxPool2dGeometry, Pool2dGeometry } from './geometry.js';
import { PAIRS, WINDOWS, backward, constants, forward, overPlanes, poolLayout, windowsLaunch } from './over_planes.js';

const maxKernel = defineKernel({
  name: 'max_pool2d',
  file: 'pool2d/max.wgsl',
  includes: [...WINDOWS, 'common/nan_lanes.wgsl'],
  bindings: ['read', 'write', 'write', 'params'],
});
const maxBackwardKernel = defineKernel({
  name: 'max_pool2d_backward',
  file: 'pool2d/max_backward.wgsl',
  includes: WINDOWS,
  bindings: ['read', 'read', 'write', 'params'],
});
const maxBackwardDisjointKernel = defineKernel({
  name: 'max_pool2d_backward_disjoint',
  file: 'pool2d/max_backward_disjoint.wgsl',
  includes: WINDOWS,
  bindings: ['read', 'read', 'write', 'params'],
});
const maxBackwardOverlapKernel = defineKernel({
  name: 'max_pool2d_backward_overlap',
  file: 'pool2d/max_backward_overlap.wgsl',
  includes: WINDOWS,
  bindings: ['read', 'read', 'write', 'params'],
});
const maxPairsKernel = defineKernel({
  name: 'max_pool2d_pairs',
  file: 'pool2d/max_pairs.wgsl',
  includes: [...WINDOWS, ...PAIRS],
  bindings: ['read', 'write', 'write', 'params'],
});
const maxBackwardPairsKernel = defineKernel({
  name: 'max_pool2d_backward_pairs',
  file: 'pool2d/max_backward_pairs.wgsl',
  includes: [...WINDOWS, ...PAIRS],
  bindings: ['read', 'read', 'write', 'params'],
});

/** Of which max pooling. */
type AnyGeometry = Pool2dGeometry | MaxPool2dGeometry;

/**
 * y, and for each output where in its plane the maximum was found (u32), both in x's layout; y in rows where features
 * are made of it.
 */
export function maxPool2d(x: Tensor, g: AnyGeometry, choice?: Choice): { y: Tensor; index: Tensor } {
  const index = empty(x.device, g.shapeY, 'u32', poolLayout(x));
  return { y: maxima(x, g, index, choice), index };
}

/** y alone, where no gradient is wanted: half of what is written, and half of the memory. */
export function maxPool2dValues(x: Tensor, g: AnyGeometry): Tensor {
  return maxima(x, g, null);
}

function maxima(x: Tensor, g: AnyGeometry, index: Tensor | null, choice?: Choice): Tensor {
  requireFloat('max_pool2d', { x });
  const layout = poolLayout(x);
  const writesRows = 'flatten' in g && g.flatten;
  const y = empty(x.device, g.shapeY, x.dtype, writesRows ? ROWS : layout);
  const isActivated = 'activation' in g && g.activation === 'relu';
  const overrides = { ...constants(g), RELU: isActivated ? 1 : 0, INDEX: index === null ? 0 : 1 };
  const pairs = isRegister(x.device, g, layout, choice) ? maxPairsKernel : null;
  forward('max_pool2d', index === null ? [x, y] : [x, y, index], g, overrides, {
    general: maxKernel,
    pairs,
    spare: index === null ? [empty(x.device, [4], 'u32')] : [],
    writesRows,
    most: layout === FOURS ? 1 : 4, // (64, 64, 14, 14), 2x2: 0.68 ms in fours, 1.12 with four outputs a thread
  });
  return y;
}

/** dx in this layout, x's. */
export function maxPool2dBackward(
  dy: Tensor,
  index: Tensor,
  g: Pool2dGeometry,
  layout = ROWS,
  choice?: Choice,
): Tensor {
  if (isOverlap(g) && (choice ?? choose(pool2dFamily, dy.device, g)).variant === 'register')
    return maxBackwardOverlap(dy, index, g, layout);
  const pairs = isRegister(dy.device, g, layout, choice) ? maxBackwardPairsKernel : null;
  return backward('max_pool2d', [dy, index], g, layout, constants(g), {
    general: maxBackwardKernel,
    disjoint: maxBackwardDisjointKernel,
    pairs,
  });
}

function maxBackwardOverlap(dy: Tensor, index: Tensor, g: Pool2dGeometry, layout: Layout): Tensor {
  const dx = empty(dy.device, g.shapeX, dy.dtype, layout);
  const blocks = g.stride.map((s, i) => Math.ceil((g.shapeX[2 + i] + g.padding[i]) / s));
  overPlanes('max_pool2d', g, layout, [dx, dy, index], ([pdx, ...given], params) => {
    dy.device.dispatch(maxBackwardOverlapKernel, {
      buffers: [...given, pdx].map((t) => t.own),
      params,
      ...windowsLaunch(dy.device, layout, dy.dtype, constants(g), params[0] * blocks[0] * blocks[1], { bits: true }),
    });
  });
  return dx;
}

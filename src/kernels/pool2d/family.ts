/** The family of pooling kernels: which of them fits a problem's windows. */
import type { Device } from '../../device/device.js';
import { choose, type Choice, type Family } from '../launch/family.js';
import { FOURS, type Layout } from '../../tensor/layout.js';
import type { Pool2dGeometry } from './geometry.js';

/**
 * `naive`: a thread an output, and backward a thread an input, or a window where windows are disjoint. `register`: 2x2
 * windows side by side, through vectors of x; and backward of max pooling, where windows overlap, a thread a block of
 * inputs that the same windows reach.
 */
export const pool2dFamily: Family<Pool2dGeometry> = {
  name: 'pool2d',
  shapeClass: (g) => `k${g.kernel.join('x')} s${g.stride.join('x')} ${pairsOf(g)}`,
  candidates: (_: Device, g) => [
    { variant: 'naive' },
    ...(pairsOf(g) > 0 || isOverlap(g) ? [{ variant: 'register' }] : []),
  ],
  defaultChoice: (_: Device, g) => ({ variant: pairsOf(g) > 0 || isOverlap(g) ? 'register' : 'naive' }),
};

/** Windows that fit a vector of x: 2 of a vec4f, 1 of a vec2f; 0 where windows are not 2x2, side by side and whole. */
export function pairsOf(g: Pool2dGeometry): 0 | 1 | 2 {
  const W = g.shapeX[3];
  const isPair = !g.isCut && [...g.kernel, ...g.stride].every((n) => n === 2) && g.dilation.every((d) => d === 1);
  return !isPair || W % 2 !== 0 ? 0 : W % 4 === 0 ? 2 : 1;
}

/** A thread of max_pool2d_backward_overlap writes this many elements along a dimension at most. */
const LARGEST_STRIDE = 3;

/** Max pooling whose windows reach over more than one stride, and no more than two. */
export function isOverlap(g: Pool2dGeometry): boolean {
  const reach = g.kernel.map((k, i) => (k - 1) * g.dilation[i] + 1);
  return (
    !('divisor' in g) &&
    !g.isAdaptive &&
    reach.some((r, i) => r > g.stride[i]) &&
    reach.every((r, i) => r <= 2 * g.stride[i] && g.stride[i] <= LARGEST_STRIDE)
  );
}

/** Whether 2x2 windows side by side are made through vectors of x. In fours of channels all that is read is vectors. */
export const isRegister = (device: Device, g: Pool2dGeometry, layout: Layout, forced?: Choice): boolean =>
  layout !== FOURS && pairsOf(g) > 0 && (forced ?? choose(pool2dFamily, device, g)).variant === 'register';

/** 1-D convolution: the 2-D one over images of one row. */
import { ShapeError } from '../../../device/errors.js';
import { requireOptions, requireRank } from '../../../kernels/launch/checks.js';
import type { Choice } from '../../../kernels/launch/family.js';
import type { FusedActivation } from '../../../kernels/matmul/product.js';
import { formatShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { conv2d } from './conv2d.js';
import { reshape } from '../movement/movement.js';

/** Options of `conv1d`: those of `conv2d`, a number each. */
export interface Conv1dOptions {
  readonly stride?: number;
  /** Zeros on either side, none ('valid'), or as many as make y as long as x ('same', stride 1 only). */
  readonly padding?: number | 'same' | 'valid';
  readonly dilation?: number;
  readonly groups?: number;
  /** Applied to y in the same kernel. */
  readonly activation?: FusedActivation | null;
  /** Forces a member of the family; tests do. */
  readonly choice?: Choice;
}

/**
 * x (N, C, L), w (O, C / groups, kL), bias (O) -> (N, O, oL), oL = floor((L + 2 padding - dilation (kL - 1) - 1) /
 * stride) + 1.
 * @throws ShapeError when channels do not fit, or the window is longer than the padded x.
 */
export function conv1d(x: Tensor, w: Tensor, bias?: Tensor | null, options: Conv1dOptions = {}): Tensor {
  requireOptions('conv1d', options, '{ stride: 2, padding: 1 }');
  const { stride = 1, padding = 0, dilation = 1, groups = 1, activation = null, choice } = options;
  requireRank('conv1d', 'x', x, 'N C L');
  requireRank('conv1d', 'w', w, 'O C/groups kL');
  const [N, C, L] = x.shape;
  const [O, depth, kL] = w.shape;
  if (C !== depth * groups) {
    throw new ShapeError(
      `[conv1d] x ${formatShape(x.shape)} has C = ${C} but w ${formatShape(w.shape)} with groups = ${groups} ` +
        `expects C = ${depth * groups}`,
      {
        fix: `give x ${depth * groups} channels`,
      },
    );
  }
  const y = conv2d(reshape(x, [N, C, 1, L]), reshape(w, [O, depth, 1, kL]), bias ?? null, {
    stride: [1, stride],
    padding: typeof padding === 'number' ? [0, padding] : padding,
    dilation: [1, dilation],
    groups,
    activation,
    ...(choice === undefined ? {} : { choice }),
  });
  return reshape(y, [N, O, y.shape[3]]);
}

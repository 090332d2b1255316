/**
 * Group normalisation (Wu and He 2018) and layer normalisation (Ba, Kiros and Hinton 2016): both normalise rows of
 * neighbours.
 */
import { ShapeError } from '../../../device/errors.js';
import { channelShape } from '../../../kernels/norm/channel_walk.js';
import { requireFloat } from '../../../kernels/launch/checks.js';
import { checkAffine } from '../../../kernels/norm/group_norm.js';
import { formatShape, sameShape, sizeOf, type Shape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply } from '../../graph.js';
import { affineInputs, rowNormOp } from './row_norm.js';

const groupNormOp = rowNormOp('group_norm');
const layerNormOp = rowNormOp('layer_norm');

/** Options of `groupNorm` and `layerNorm`. */
export interface NormOptions {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * x (N, C, …) normalised over each group of C / numGroups neighbouring channels of each image, then scaled by weight
 * (C) and shifted by bias (C).
 * @throws ShapeError when sizes disagree, or a group is a single number.
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight?: Tensor | null,
  bias?: Tensor | null,
  { eps = 1e-5 }: NormOptions = {},
): Tensor {
  requireFloat('group_norm', { x });
  if (x.rank < 2)
    throw new ShapeError(
      `[group_norm] x ${formatShape(x.shape)} has ${x.rank} dimensions, expected at least 2: (N, C, …)`,
    );
  const shape = channelShape(x.shape);
  const [N, C, P] = shape;
  if (!Number.isInteger(numGroups) || numGroups < 1 || C % numGroups !== 0) {
    throw new ShapeError(
      `[group_norm] the ${C} channels of x ${formatShape(x.shape)} do not make ${numGroups} groups`,
      { fix: 'use a divisor of the number of channels' },
    );
  }
  if (N * (C / numGroups) * P === 1)
    throw new ShapeError(
      `[group_norm] expected more than 1 value per group, got x ${formatShape(x.shape)} with ${numGroups} groups`,
    );
  const inputs = affineInputs(x, weight ?? null, bias ?? null);
  checkAffine(
    'group_norm',
    [C],
    { weight: weight ?? null, bias: bias ?? null },
    `one number per channel of x ${formatShape(x.shape)}`,
  );
  return apply(groupNormOp, inputs, { shape, groups: numGroups, eps });
}

/**
 * x normalised over its last dimensions, which are normalizedShape, then multiplied by weight and shifted by bias, both
 * of that shape.
 * @throws ShapeError when x does not end in normalizedShape or weight and bias are not of it.
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | Shape,
  weight?: Tensor | null,
  bias?: Tensor | null,
  { eps = 1e-5 }: NormOptions = {},
): Tensor {
  requireFloat('layer_norm', { x });
  const trailing = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  if (
    trailing.length === 0 ||
    trailing.length > x.rank ||
    !sameShape(x.shape.slice(x.rank - trailing.length), trailing)
  ) {
    throw new ShapeError(
      `[layer_norm] x ${formatShape(x.shape)} does not end in normalizedShape ${formatShape(trailing)}`,
    );
  }
  const inputs = affineInputs(x, weight ?? null, bias ?? null);
  checkAffine('layer_norm', trailing, { weight: weight ?? null, bias: bias ?? null }, 'the normalizedShape');
  const D = sizeOf(trailing);
  return apply(layerNormOp, inputs, { shape: [D === 0 ? 0 : x.size / D, D, 1], groups: 1, eps });
}

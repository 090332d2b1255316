/** Instance normalisation: every channel of every image by itself. */
import { ShapeError } from '../../../device/errors.js';
import { requireFloat } from '../../../kernels/launch/checks.js';
import type { RunningStatistics } from '../../../kernels/norm/batch_norm.js';
import { channelShape } from '../../../kernels/norm/channel_walk.js';
import { checkAffine } from '../../../kernels/norm/group_norm.js';
import { moveInstanceStatistics_ } from '../../../kernels/norm/instance_norm.js';
import { formatShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply } from '../../graph.js';
import { batchNorm } from './batch_norm.js';
import { affineInputs, rowNormOp, type RowNormArgs } from './row_norm.js';

interface Args extends RowNormArgs {
  readonly running: Omit<RunningStatistics, 'batches'> | null;
  readonly momentum: number;
}

const instanceNormOp = rowNormOp<Args>('instance_norm', (statistics, { running, shape, momentum, eps }) => {
  if (running !== null) moveInstanceStatistics_(running, statistics, shape, momentum, eps);
});

/** Options of `instanceNorm`, with PyTorch's defaults. */
export interface InstanceNormOptions {
  /** Normalises with each image's own statistics and moves the running ones. Default true. */
  readonly useInputStats?: boolean;
  /** How far the running statistics move. Default 0.1. */
  readonly momentum?: number;
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
}

/**
 * As torch.nn.functional.instance_norm: each channel of each image of x (N, C, …) normalised by its own mean and biased
 * variance, then scaled by weight (C) and shifted by bias (C). runningMean and runningVar (C), if given, are moved on
 * the GPU in place towards the mean over the batch, with unbiased variances; without useInputStats x is normalised with
 * them, as by batchNorm.
 * @throws ShapeError when sizes disagree, a channel of an image is a single number, or running statistics are missing.
 */
export function instanceNorm(
  x: Tensor,
  runningMean: Tensor | null = null,
  runningVar: Tensor | null = null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  { useInputStats = true, momentum = 0.1, eps = 1e-5 }: InstanceNormOptions = {},
): Tensor {
  requireFloat('instance_norm', { x });
  const name = `x ${formatShape(x.shape)}`;
  if (x.rank < 3)
    throw new ShapeError(`[instance_norm] ${name} has ${x.rank} dimensions, expected at least 3: (N, C, L, …)`);
  const shape = channelShape(x.shape);
  const [, C, P] = shape;
  checkAffine('instance_norm', [C], { runningMean, runningVar, weight, bias }, `one number per channel of ${name}`);
  const running = runningMean && runningVar && { mean: runningMean, variance: runningVar };
  if (running === null && (runningMean !== runningVar || !useInputStats))
    throw new ShapeError('[instance_norm] needs both running statistics where it does not use those of x');
  if (!useInputStats) return batchNorm(x, runningMean, runningVar, weight, bias, { eps });
  if (P === 1) throw new ShapeError(`[instance_norm] expected more than 1 value per channel of an image, got ${name}`);
  return apply(instanceNormOp, affineInputs(x, weight, bias), { shape, groups: C, eps, running, momentum });
}

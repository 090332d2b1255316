/** Batch normalisation (Ioffe and Szegedy 2015), in training and in evaluation. */
import { ShapeError } from '../../../device/errors.js';
import { affineGradient } from '../../../kernels/norm/affine_gradient.js';
import {
  batchNorm as batchNormKernel,
  batchNormBackwardInput,
  checkBatchNorm,
  type ChannelStatistics,
  type RunningStatistics,
} from '../../../kernels/norm/batch_norm.js';
import { batchNormBackward, batchNormTraining } from '../../../kernels/norm/batch_norm_training.js';
import { channelLayout } from '../../../kernels/norm/channel_walk.js';
import { cast, type FloatType } from '../../../kernels/elementwise/cast.js';
import { unaryBackward } from '../../../kernels/elementwise/unary.js';
import { constant } from '../../../tensor/creation.js';
import { empty, zeros, type Tensor } from '../../../tensor/tensor.js';
import { isRecomputing } from '../../checkpoint.js';
import { apply, defineOp } from '../../graph.js';
import type { BatchNormArgs } from '../args.js';

/** Options of `batchNorm`. */
export interface BatchNormOptions {
  /** Normalises with the batch's statistics and moves the running ones. Default false. */
  readonly training?: boolean;
  /** How far the running statistics move; null makes them plain averages of all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** Default 1e-5. */
  readonly eps?: number;
  /** Applied to y, in the same pass. */
  readonly activation?: 'relu' | null;
  /** Of x's shape, added to y before the activation, in the same pass. */
  readonly residual?: Tensor | null;
  /** () u32: goes up by one with every training batch. */
  readonly numBatchesTracked?: Tensor | null;
}

interface Saved {
  readonly x: Tensor;
  readonly weight: Tensor;
  /** Null where x is empty. */
  readonly statistics: ChannelStatistics | null;
  readonly y: Tensor;
  readonly dtypeResidual: FloatType;
}

/** Inputs: x, weight, bias and, where there is one, the residual. */
const batchNormOp = defineOp<BatchNormArgs, Saved>({
  name: 'batch_norm',
  precision: 'keep',
  forward: ([x, weight, bias, added], { running, training, momentum, eps, activation }) => {
    const residual = added === undefined ? null : cast(added, x.dtype as FloatType);
    const saved = { x, weight, dtypeResidual: added?.dtype as FloatType };
    if (x.size === 0) {
      const y = empty(x.device, x.shape, x.dtype);
      return { output: y, saved: { ...saved, y, statistics: null } };
    }
    if (training) {
      const { y, statistics } = batchNormTraining(x, running, momentum, weight, bias, eps, { activation, residual });
      return { output: y, saved: { ...saved, y, statistics } };
    }
    const statistics = running as RunningStatistics;
    const y = batchNormKernel(x, statistics, weight, bias, eps, { activation, residual });
    return { output: y, saved: { ...saved, y, statistics } };
  },
  backward: (dy, { x, weight, statistics, y, dtypeResidual }, { training, eps, activation }, needs, into) => {
    if (statistics === null)
      return [
        zeros(x.device, x.shape, x.dtype),
        ...[1, 2].map((i) => (needs[i] ? zeros(x.device, [x.shape[1]]) : null)),
        needs[3] ? cast(dy, dtypeResidual) : null,
      ];
    // The residual's gradient is dy after the relu's. The first pass over dy leaves it, the second one reads it;
    // without a residual both read y and see to it themselves.
    const isRelu = activation === 'relu';
    const rooms = { into: [into[1], into[2]] } as const;
    if (training && needs[0]) {
      const counting = isRelu && needs[3] ? empty(x.device, x.shape, x.dtype, channelLayout(x)) : null;
      const options = { ...rooms, y: isRelu ? y : null, counting };
      const { dx, dw, db } = batchNormBackward(dy, x, statistics, weight, eps, options);
      return [dx, needs[1] ? dw : null, needs[2] ? db : null, needs[3] ? cast(counting ?? dy, dtypeResidual) : null];
    }
    const d = isRelu && needs[3] ? unaryBackward('relu', y, dy, [0, 0]) : dy;
    const masks = isRelu && !needs[3] ? y : null;
    const sums =
      needs[1] || needs[2]
        ? affineGradient('batch_norm', d, x, { of: 'channel', ...statistics, eps }, { ...rooms, y: masks })
        : null;
    return [
      needs[0] ? batchNormBackwardInput(d, x, statistics, weight, eps, null, masks) : null,
      needs[1] ? (sums?.dw ?? null) : null,
      needs[2] ? (sums?.db ?? null) : null,
      needs[3] ? cast(d, dtypeResidual) : null,
    ];
  },
});

/**
 * x (N, C, …) normalised channel by channel: y = (x - mean) / sqrt(variance + eps) * weight + bias, or activation(that
 * + residual). In training the statistics are the batch's (with biased variance), and runningMean and runningVar, if
 * given, are moved on the GPU in place (with unbiased variance). Otherwise they are the running ones, as they are when
 * the gradient is taken.
 * @throws ShapeError when sizes disagree, when training with a single value per channel, or without running statistics
 * to evaluate with.
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight?: Tensor | null,
  bias?: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  const {
    training = false,
    momentum = 0.1,
    eps = 1e-5,
    numBatchesTracked = null,
    activation = null,
    residual = null,
  } = options;
  checkBatchNorm(x, { runningMean, runningVar, weight: weight ?? null, bias: bias ?? null }, residual);
  const running =
    runningMean === null || runningVar === null || (training && isRecomputing())
      ? null
      : { mean: runningMean, variance: runningVar, batches: numBatchesTracked };
  if ((runningMean === null || runningVar === null) && (runningMean !== runningVar || !training))
    throw new ShapeError('[batch_norm] needs both running statistics when it does not train');
  if (running !== null && training && momentum === null && numBatchesTracked === null)
    throw new ShapeError('[batch_norm] momentum null needs numBatchesTracked');
  const inputs = [x, weight ?? constant(x.device, 1), bias ?? constant(x.device, 0), ...(residual ? [residual] : [])];
  return apply(batchNormOp, inputs, { running, training, momentum, eps, activation });
}

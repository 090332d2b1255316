/** Batch normalisation (Ioffe and Szegedy 2015), in training and in evaluation. */
import { ShapeError } from '../../device/errors.js';
import { affineGradient, type AffineGradient } from '../../kernels/affine_gradient.js';
import {
  batchNorm as batchNormKernel, batchNormBackwardInput, batchStatistics, checkBatchNorm, type ChannelStatistics, type RunningStatistics,
} from '../../kernels/batch_norm.js';
import { constant, empty, zeros, type Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';

export interface BatchNormOptions {
  /** Normalises with the batch's statistics and moves the running ones. Default false. */
  readonly training?: boolean;
  /** How far the running statistics move; null makes them plain averages of all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** Default 1e-5. */
  readonly eps?: number;
  /** () u32: goes up by one with every training batch. */
  readonly numBatchesTracked?: Tensor | null;
}

interface Args {
  readonly running: RunningStatistics | null;
  readonly training: boolean;
  readonly momentum: number | null;
  readonly eps: number;
}

const batchNormOp = defineOp<Args, { x: Tensor; weight: Tensor; statistics: ChannelStatistics | null }>({
  name: 'batch_norm',
  forward: ([x, weight, bias], { running, training, momentum, eps }) => {
    if (x.size === 0) return { output: empty(x.device, x.shape), saved: { x, weight, statistics: null } };
    const statistics = training ? batchStatistics(x, running, momentum) : (running as RunningStatistics);
    return { output: batchNormKernel(x, statistics, weight, bias, eps), saved: { x, weight, statistics } };
  },
  backward: (dy, { x, weight, statistics }, { training, eps }, needs) => {
    if (statistics === null) return [zeros(x.device, x.shape), ...[1, 2].map((i) => (needs[i] ? zeros(x.device, [x.shape[1]]) : null))];
    const { mean, variance } = statistics;
    let sums: AffineGradient | null = null;
    if (needs[1] || needs[2] || training) sums = affineGradient('batch_norm', dy, x, { of: 'channel', mean, variance, eps });
    const dx = needs[0] ? batchNormBackwardInput(dy, x, statistics, weight, eps, training ? sums : null) : null;
    return [dx, needs[1] ? (sums?.dw ?? null) : null, needs[2] ? (sums?.db ?? null) : null];
  },
});

/**
 * x (N, C, …) normalised channel by channel: y = (x - mean) / sqrt(variance + eps) * weight + bias. In training the statistics are the
 * batch's (with biased variance), and runningMean and runningVar, if given, are moved on the GPU in place (with unbiased variance).
 * Otherwise they are the running ones, as they are when the gradient is taken.
 * @throws ShapeError when sizes disagree, when training with a single value per channel, or without running statistics to evaluate with.
 */
export function batchNorm(x: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, weight?: Tensor | null, bias?: Tensor | null, options: BatchNormOptions = {}): Tensor {
  const { training = false, momentum = 0.1, eps = 1e-5, numBatchesTracked = null } = options;
  checkBatchNorm(x, { runningMean, runningVar, weight: weight ?? null, bias: bias ?? null });
  const running = runningMean === null || runningVar === null ? null : { mean: runningMean, variance: runningVar, batches: numBatchesTracked };
  if (running === null && (runningMean !== runningVar || !training)) throw new ShapeError('[batch_norm] needs both running statistics when it does not train');
  if (running !== null && training && momentum === null && numBatchesTracked === null) throw new ShapeError('[batch_norm] momentum null needs numBatchesTracked');
  const inputs = [x, weight ?? constant(x.device, 1), bias ?? constant(x.device, 0)];
  return apply(batchNormOp, inputs, { running, training, momentum, eps });
}

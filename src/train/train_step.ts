/** What one training step does, from the batch to the weights. */
import { addAnswerMetrics_, addClassificationMetrics_ } from '../kernels/classification_metrics.js';
import * as F from '../autograd/ops/index.js';
import { autocast } from '../autograd/autocast.js';
import { backward } from '../autograd/graph.js';
import type { DatasetWalk } from '../data/device_dataset.js';
import type { AugmentedBatch } from '../kernels/augment.js';
import type { Module } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';
import { clipGradNorm_ } from './clip.js';
import type { TrainConfig } from './config.js';
import type { EMA } from './ema.js';
import { fusedLosses, type FusedHead } from './fused_loss.js';
import type { Optimizer } from './optim.js';

export interface StepParts {
  readonly config: Pick<TrainConfig, 'precision' | 'labelSmoothing' | 'clipNorm'>;
  readonly model: Module;
  /** The head, where it is one with the loss. */
  readonly fused: FusedHead | null;
  readonly optimizer: Optimizer;
  readonly ema: EMA | null;
  readonly walk: DatasetWalk;
  /** (classes) what a class's losses count; null: 1. */
  readonly classWeight: Tensor | null;
  /** (3) sum of losses, right answers, images so far. */
  readonly totals: Tensor;
}

/** What is minimised, and what adds up a batch's losses and right answers. */
interface StepLoss {
  readonly loss: Tensor;
  readonly count: () => void;
}

/** The loss of a model whose head is one with it. */
function fusedLoss({ config, model, classWeight, totals }: StepParts, head: FusedHead, { x, label }: AugmentedBatch): StepLoss {
  const { loss, losses, answers } = fusedLosses(model, head, config, x, label, classWeight);
  return { loss, count: () => addAnswerMetrics_(totals, answers, label, losses) };
}

/** The loss of the logits. */
function logitsLoss({ config, model, classWeight, totals }: StepParts, { x, label, mixed }: AugmentedBatch): StepLoss {
  const logits = config.precision === 'f16' ? F.cast(autocast(() => model.forward(x)), 'f32') : model.forward(x);
  const labelSmoothing = config.labelSmoothing ?? 0;
  const losses = mixed === null ? F.crossEntropy(logits, label, { reduction: 'none', labelSmoothing }) : F.mixedCrossEntropy(logits, label, mixed.other, mixed.share, { labelSmoothing });
  // The mean of weighted losses is divided by the weights' sum; what is reported stays unweighted, as the validation loss is.
  const loss = classWeight === null ? F.mean(losses) : F.crossEntropy(logits, label, { labelSmoothing, weight: classWeight });
  return { loss, count: () => addClassificationMetrics_(totals, logits, label, losses) };
}

/** One training step: everything it does is recorded here and runs on the GPU. A step of the same size later repeats the recording. */
export function trainStep(parts: StepParts, batch: number): void {
  const { config, model, fused, optimizer, ema, walk } = parts;
  const images = walk.next(batch);
  optimizer.zeroGrad();
  const { loss, count } = fused === null ? logitsLoss(parts, images) : fusedLoss(parts, fused, images);
  backward(loss, optimizer.lossScale?.seed);
  if (config.clipNorm !== undefined) {
    optimizer.lossScale?.unscale(); // the norm is that of the true gradients
    clipGradNorm_(model, config.clipNorm);
  }
  optimizer.step();
  ema?.update();
  count();
}

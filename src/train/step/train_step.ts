/** What one training step does, from the batch to the weights. */
import { addAnswerMetrics_, addClassificationMetrics_ } from '../../kernels/loss/classification_metrics.js';
import * as F from '../../autograd/ops/index.js';
import { autocast } from '../../autograd/autocast.js';
import { backward } from '../../autograd/graph.js';
import type { DatasetWalk } from '../../data/device_dataset.js';
import type { AugmentedBatch } from '../../kernels/images/augment.js';
import { withHeadInput } from '../../nn/head_input.js';
import type { Module } from '../../nn/module.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { clipGradNorm_ } from '../../optim/clip.js';
import type { LossConfig, Precision } from '../config.js';
import type { EMA } from '../../optim/ema.js';
import { fusedLosses, type FusedHead } from '../loss/fused_loss.js';
import { lossesOfBatch, lossOfLabels } from '../loss/label_loss.js';
import { isLabelLoss } from '../loss/loss_settings.js';
import { lossesOf } from '../loss/own_loss.js';
import { contrastiveLosses } from '../loss/metric_loss.js';
import type { Optimizer } from '../../optim/optim.js';

export interface StepParts {
  readonly model: Module;
  /** Path of the layer that gives the logits. */
  readonly head: string;
  /** Absent: f32. */
  readonly precision?: Precision;
  /** What is minimised; without settings cross-entropy. */
  readonly criterion: Pick<LossConfig, 'loss' | 'criterion' | 'labelSmoothing'>;
  /** Gradients are scaled down to this norm. Absent: not clipped. */
  readonly clipNorm?: number;
  /** The head, where it is one with the loss. */
  readonly fused: FusedHead | null;
  readonly optimizer: Optimizer;
  readonly ema: EMA | null;
  readonly walk: DatasetWalk;
  /** (classes) what a class's losses count; null: 1. */
  readonly classWeight: Tensor | null;
  /** (3) sum of losses, right answers, images so far. */
  readonly totals: Tensor;
  /** () what the mean over a piece of the step's images is of that over all; null: a step is in one piece. */
  readonly share?: Tensor | null;
}

/** What is minimised, and what adds up a batch's losses and right answers. */
interface StepLoss {
  readonly loss: Tensor;
  readonly count: () => void;
}

/** The loss of a model whose head is one with it. */
function fusedLoss(
  { model, precision, criterion, classWeight, totals }: StepParts,
  head: FusedHead,
  { x, label }: AugmentedBatch,
): StepLoss {
  const { labelSmoothing } = criterion;
  const { features, loss, losses, answers } = fusedLosses(
    model,
    head,
    { precision, labelSmoothing },
    x,
    label,
    classWeight,
  );
  const whole = withContrast(criterion.loss, { loss, losses }, features, label, head.layer.weight.shape[0]);
  return { loss: whole.loss, count: () => addAnswerMetrics_(totals, answers, label, whole.losses) };
}

/** What a model says of a batch (N, classes) in f32 and, where a loss looks at it, what reached its head. */
function outputs(
  { model, head, precision, criterion }: StepParts,
  x: Tensor,
): { readonly logits: Tensor; readonly features: Tensor | null } {
  const run = (): { logits: Tensor; features: Tensor | null } =>
    criterion.loss?.name === 'supcon' ? withHeadInput(model, head, x) : { logits: model.forward(x), features: null };
  const { logits, features } = precision === 'f16' ? autocast(run) : run();
  return { logits: F.cast(logits, 'f32'), features };
}

/** The loss of the logits. */
function logitsLoss(parts: StepParts, batch: AugmentedBatch): StepLoss {
  const { x, label } = batch;
  const { criterion, totals } = parts;
  const { logits, features } = outputs(parts, x);
  const learned = criterion.loss?.name === 'arcface' ? F.arcFaceMargin(logits, label, criterion.loss) : logits;
  const whole = withContrast(criterion.loss, likelihoods(parts, learned, batch), features, label, logits.shape[1]);
  return { loss: whole.loss, count: () => addClassificationMetrics_(totals, logits, label, whole.losses) };
}

interface Losses {
  /** () what is minimised. */
  readonly loss: Tensor;
  /** (N) of each image. */
  readonly losses: Tensor;
}

/**
 * Cross-entropy of what the head has learned (N, classes), the loss in its place or the user's own, and its mean.
 */
function likelihoods({ criterion: settings, classWeight }: StepParts, learned: Tensor, batch: AugmentedBatch): Losses {
  const { criterion, loss, labelSmoothing = 0 } = settings;
  const { label, mixed } = batch;
  if (criterion !== undefined) {
    const losses = lossesOf(criterion, learned, label);
    return { loss: F.mean(losses), losses };
  }
  if (mixed === null && classWeight === null && !isLabelLoss(loss)) {
    const losses = empty(label.device, label.shape);
    return { loss: F.crossEntropy(learned, label, { labelSmoothing, losses }), losses };
  }
  const losses = lossesOfBatch(settings, learned, batch);
  if (classWeight === null) return { loss: F.mean(losses), losses };
  // The mean of weighted losses is divided by the weights' sum; what is reported stays unweighted, as the validation
  // loss is.
  return { loss: lossOfLabels(settings, learned, label, { weight: classWeight }), losses };
}

/**
 * A classifier's losses, with the contrastive ones of its features where the configuration asks for them. These have no
 * class weights.
 */
function withContrast(
  metric: LossConfig['loss'],
  own: Losses,
  features: Tensor | null,
  label: Tensor,
  classes: number,
): Losses {
  if (metric?.name !== 'supcon' || features === null) return own;
  const contrast = contrastiveLosses(metric, features, label, classes);
  return { loss: F.add(own.loss, F.mean(contrast)), losses: F.add(own.losses, contrast) };
}

/** d loss / d loss: 1 unless the loss is scaled, or that of a piece. */
function seedOf({ optimizer: { lossScale }, share = null }: StepParts): Tensor | undefined {
  return lossScale === null || share === null ? (share ?? lossScale?.seed) : F.mul(lossScale.seed, share);
}

/**
 * Gradients of the loss of a batch, whose losses and right answers go into the totals: forward and backward are
 * recorded here and run on the GPU.
 * @param isFirst false: the gradients are added to those that there are.
 */
export function computeGradients(parts: StepParts, batch: number, isFirst = true): void {
  const { fused, optimizer, walk } = parts;
  const images = walk.next(batch);
  if (isFirst) optimizer.zeroGrad();
  const { loss, count } = fused === null ? logitsLoss(parts, images) : fusedLoss(parts, fused, images);
  backward(loss, seedOf(parts));
  count();
}

/** Moves the weights by the gradients that there are. */
export function updateWeights({ model, optimizer, ema, clipNorm }: StepParts): void {
  if (clipNorm !== undefined) {
    optimizer.lossScale?.unscale(); // the norm is that of the true gradients
    clipGradNorm_(model, clipNorm);
  }
  optimizer.step();
  ema?.update();
}

/**
 * One training step: everything it does is recorded here and runs on the GPU. A step of the same size later repeats the
 * recording.
 */
export function trainStep(parts: StepParts, batch: number): void {
  computeGradients(parts, batch);
  updateWeights(parts);
}

/** Training with many classes: the head and the loss as one, so that the logits of a batch are never all kept. */
import { autocast } from '../../autograd/autocast.js';
import * as F from '../../autograd/ops/index.js';
import { mixingOf } from '../../data/augment_spec.js';
import { UsageError } from '../../device/errors.js';
import { layerAt, withoutHead } from '../../nn/head_input.js';
import { Linear } from '../../nn/layers.js';
import { modelSpec } from '../../nn/models/registry.js';
import type { Module } from '../../nn/module.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import type { LoaderConfig, LossConfig, ModelConfig } from '../config.js';
import { isLabelLoss, MANY_CLASSES } from './loss_settings.js';
import { worded, type Text } from '../../text/wording.js';

/** A model's head as the loss takes it over. */
export interface FusedHead {
  readonly path: string;
  readonly layer: Linear;
}

/** What of a configuration decides whether head and loss are one. */
type FusedConfig = LossConfig & Pick<ModelConfig, 'model'> & Pick<LoaderConfig, 'augment'>;

/** Why a configuration cannot fuse head and loss; null when it can. */
function obstacle(
  layer: Module,
  { model, augment, classWeights, labelSmoothing = 0, loss, criterion }: FusedConfig,
): Text | null {
  if (criterion !== undefined) return worded`{loss} ${criterion} looks at logits`;
  if (!(layer instanceof Linear)) return `the head of ${model} is no linear layer`;
  if (loss?.name === 'arcface') return worded`the logits of {loss} arcface are no product of features and weights`;
  if (isLabelLoss(loss)) return worded`{loss} ${loss.name} looks at logits`;
  const mixing = mixingOf(augment);
  if (mixing !== null) return `${mixing} gives each image two labels`;
  if (classWeights !== undefined && labelSmoothing > 0)
    return worded`{classWeights} and {labelSmoothing} together weigh every class of every image`;
  return null;
}

/**
 * The head that training fuses with the loss; null where it does not: by default where there are fewer than
 * MANY_CLASSES, or something in the way. @throws UsageError when the configuration asks for it and something is in the
 * way.
 */
export function fusedHead(model: Module, config: FusedConfig, classes: number): FusedHead | null {
  if (config.fusedLoss === 'off' || (config.fusedLoss === undefined && classes < MANY_CLASSES)) return null;
  const path = modelSpec(config.model).head;
  const layer = layerAt(model, path);
  const why = obstacle(layer, config);
  if (why !== null && config.fusedLoss === 'on')
    throw new UsageError(worded`{fusedLoss} on: ${why}`, { fix: 'leave one of them out' });
  return why === null ? { path, layer: layer as Linear } : null;
}

export interface BatchLosses {
  /** (N, D) what reached the head. */
  readonly features: Tensor;
  /** () what is minimised. */
  readonly loss: Tensor;
  /** (N) of each image, without class weights. */
  readonly losses: Tensor;
  /** (N) u32: the likeliest classes. */
  readonly answers: Tensor;
}

/** The losses of a batch x with labels (N). @param classWeight (classes), or null: all 1. */
export function fusedLosses(
  model: Module,
  { path, layer }: FusedHead,
  { precision, labelSmoothing = 0 }: Pick<ModelConfig, 'precision'> & Pick<LossConfig, 'labelSmoothing'>,
  x: Tensor,
  label: Tensor,
  classWeight: Tensor | null,
): BatchLosses {
  const features =
    precision === 'f16'
      ? F.cast(
          autocast(() => withoutHead(model, path, x)),
          'f32',
        )
      : withoutHead(model, path, x);
  const answers = empty(x.device, label.shape, 'u32');
  const losses = F.linearCrossEntropy(features, layer.weight.value, layer.bias?.value ?? null, label, {
    reduction: 'none',
    labelSmoothing,
    best: answers,
  });
  if (classWeight === null) return { features, loss: F.mean(losses), losses, answers };
  const weights = F.indexSelect(classWeight, 0, label);
  return { features, loss: F.div(F.sum(F.mul(weights, losses)), F.sum(weights)), losses, answers };
}

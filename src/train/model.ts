/** The network of a configuration. */
import { mixingOf } from '../data/augment_spec.js';
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { useCosines, useLinear } from '../nn/vector_head.js';
import { freeze, matchKeys } from '../nn/freeze.js';
import { buildModel, modelSpec, type ModelInput } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { requireHalves } from '../tensor/tensor.js';
import { worded, type Text } from '../text/wording.js';
import { checkLabelLoss } from './loss/label_loss.js';
import { isMetric } from './loss/loss_settings.js';
import { ownLoss } from './loss/own_loss.js';
import { checkClassWeights } from './balance.js';
import type { LoaderConfig, LossConfig, ModelConfig, TrainParts } from './config.js';

/** What a model for these images is built for. */
export function inputOf(data: ImageDataset): ModelInput {
  const [height, width] = inputSize(data);
  return { channels: data.channels, height, width, classes: data.classes.length };
}

/**
 * @throws UsageError when a loss of the user's own is given with what it would be told nothing of, or a setting of a
 * loss is out of its range.
 */
export function checkCriterion(
  config: Pick<LossConfig, 'criterion' | 'loss' | 'labelSmoothing' | 'classWeights'> & Pick<LoaderConfig, 'augment'>,
): void {
  const { criterion, loss, labelSmoothing = 0, classWeights, augment } = config;
  checkLabelLoss(config);
  if (criterion === undefined) return;
  ownLoss(criterion);
  const others: readonly (readonly [boolean, Text])[] = [
    [loss !== undefined, worded`{loss} ${loss?.name ?? ''}`],
    [labelSmoothing > 0, worded`{labelSmoothing}`],
    [classWeights !== undefined, worded`{classWeights}`],
    [mixingOf(augment) !== null, worded`{augment} ${mixingOf(augment) ?? ''}`],
  ];
  for (const [isGiven, what] of others)
    if (isGiven)
      throw new UsageError(worded`the loss ${criterion} is given logits and labels alone, and nothing of ${what}`, {
        fix: 'leave one of them out; the loss itself can do it',
      });
}

/**
 * The model of a configuration, with the logits that its loss is made for: of ArcFace cosines, of a linear head those
 * of its weights, now and whenever it is used.
 * @throws UsageError when the loss cannot be had with the rest.
 */
export function buildClassifier(
  {
    loss,
    augment,
    linearHead,
  }: Pick<LossConfig, 'loss'> & Pick<LoaderConfig, 'augment'> & Pick<ModelConfig, 'linearHead'>,
  name: string,
  input: ModelInput,
): Module {
  const mixing = mixingOf(augment);
  if (isMetric(loss) && mixing !== null)
    throw new UsageError(worded`{loss} ${loss.name} needs images of one class each, ${mixing} makes them of two`, {
      fix: 'leave one of them out',
    });
  const model = buildModel(name, input);
  const { head } = modelSpec(name);
  if (loss?.name === 'arcface') return useCosines(model, head, loss.scale);
  return linearHead === true ? useLinear(model, head) : model;
}

/** Freezes what the configuration says, if anything; also of a resumed run. */
export function freezeAsConfigured(model: Module, config: Pick<ModelConfig, 'model' | 'freeze'>): void {
  if (config.freeze !== undefined) freeze(model, matchKeys(config.freeze, modelSpec(config.model).head), config.freeze);
}

/** Of parts that do not go together, or not with the adapter. @throws AdapterError, UsageError */
export function requireTrainable(device: Device, { model, loss, loader }: TrainParts): void {
  checkCriterion({ ...loss, augment: loader.augment });
  if (model.precision === 'f16') requireHalves(device);
  if ((loader.accumulate ?? 1) > 1 && loss.loss?.name === 'supcon')
    throw new UsageError(
      worded`{loss} supcon compares the images of a batch with each other, and {accumulate} takes them apart`,
      { fix: worded`a larger {batch} in place of {accumulate}` },
    );
  checkClassWeights({ ...loss, augment: loader.augment });
}

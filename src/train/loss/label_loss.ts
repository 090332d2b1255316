/** Losses in place of cross-entropy, of logits and labels: the ranges of their settings, and a batch's losses. */
import * as F from '../../autograd/ops/index.js';
import { UsageError } from '../../device/errors.js';
import type { AugmentedBatch } from '../../kernels/images/augment.js';
import type { Tensor } from '../../tensor/tensor.js';
import { worded } from '../../text/wording.js';
import type { LossConfig } from '../config.js';
import { isLabelLoss, LABEL_LOSSES } from './loss_settings.js';

const isGamma = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity;

/**
 * @throws UsageError when a setting is out of its range; for label smoothing with the focal loss, of which there is no
 * usual formula.
 */
export function checkLabelLoss({ loss, labelSmoothing = 0 }: Pick<LossConfig, 'loss' | 'labelSmoothing'>): void {
  if (loss?.name !== 'focal') return;
  if (!isGamma(loss.gamma))
    throw new UsageError(worded`{loss.gamma} ${loss.gamma} is not a number from 0`, {
      fix: `e.g. ${LABEL_LOSSES.focal.gamma}`,
    });
  if (labelSmoothing > 0)
    throw new UsageError(
      worded`{loss} focal looks at the probability of the label alone, and {labelSmoothing} spreads the label`,
      { fix: 'leave one of them out' },
    );
}

/** Whether a value of a checkpoint's header is one of these losses, whole and within its ranges. */
export function isLabelLossValue(value: unknown): boolean {
  const { name, ...settings } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const given = Object.keys(settings).join();
  return name === 'focal' ? given === 'gamma' && isGamma(settings['gamma']) : name === 'bce' && given === '';
}

/** Losses (N) of logits (N, classes), and with class weights (classes) their mean; else cross-entropy's. */
export function lossOfLabels(
  { loss, labelSmoothing = 0 }: Pick<LossConfig, 'loss' | 'labelSmoothing'>,
  logits: Tensor,
  label: Tensor,
  options: F.LossOptions & { readonly weight?: Tensor | null },
): Tensor {
  if (!isLabelLoss(loss)) return F.crossEntropy(logits, label, { ...options, labelSmoothing });
  if (loss.name === 'focal') return F.focalLoss(logits, label, { ...options, gamma: loss.gamma });
  return F.binaryCrossEntropyWithLabels(logits, label, { ...options, labelSmoothing });
}

/** The losses (N) of a batch, of whose images each may be of two classes. */
export function lossesOfBatch(
  settings: Pick<LossConfig, 'loss' | 'labelSmoothing'>,
  logits: Tensor,
  { label, mixed }: Pick<AugmentedBatch, 'label' | 'mixed'>,
): Tensor {
  const of = (labels: Tensor): Tensor => lossOfLabels(settings, logits, labels, { reduction: 'none' });
  return mixed === null ? of(label) : F.mixedLosses(of(label), of(mixed.other), mixed.share);
}

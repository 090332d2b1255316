/** Losses that make embeddings: the ranges of their settings, and the contrastive one. */
import * as F from '../../autograd/ops/index.js';
import { UsageError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { METRIC_LOSSES, type MetricLoss, type SupConLoss } from './loss_settings.js';
import { worded } from '../../text/wording.js';

/** @throws UsageError when a setting is out of its range. */
export function checkMetricLoss(loss: MetricLoss): void {
  if (loss.name === 'arcface') {
    if (!(loss.margin >= 0 && loss.margin <= Math.PI / 2))
      throw new UsageError(worded`{loss.margin} ${loss.margin} is no angle from 0 to π / 2`, {
        fix: `e.g. ${METRIC_LOSSES.arcface.margin}`,
      });
    if (!(loss.scale > 0))
      throw new UsageError(worded`{loss.scale} ${loss.scale} is not above 0`, {
        fix: `e.g. ${METRIC_LOSSES.arcface.scale}`,
      });
  } else {
    if (!(loss.temperature > 0))
      throw new UsageError(worded`{loss.temperature} ${loss.temperature} is not above 0`, {
        fix: `e.g. ${METRIC_LOSSES.supcon.temperature}`,
      });
    if (!(loss.weight > 0))
      throw new UsageError(worded`{loss.weight} ${loss.weight} is not above 0`, {
        fix: worded`use {loss} cross-entropy, or give a positive weight`,
      });
  }
}

/** Whether a value of a checkpoint's header is one of these losses, whole and within its ranges. */
export function isMetricLoss(value: unknown): boolean {
  const { name, ...settings } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (name !== 'arcface' && name !== 'supcon') return false;
  const keys = Object.keys(METRIC_LOSSES[name]);
  if (Object.keys(settings).length !== keys.length || keys.some((key) => typeof settings[key] !== 'number'))
    return false;
  try {
    checkMetricLoss(value as MetricLoss);
    return true;
  } catch {
    return false;
  }
}

/** The contrastive losses (N) of a batch's features (N, D), times their weight. */
export function contrastiveLosses(
  { temperature, weight }: SupConLoss,
  features: Tensor,
  label: Tensor,
  classes: number,
): Tensor {
  return F.mul(
    F.supervisedContrastive(F.cast(features, 'f32'), label, classes, { temperature, reduction: 'none' }),
    weight,
  );
}

/**
 * The share of images, in the order of an epoch, that share their batch with another of their class: of the rest supcon
 * learns nothing.
 */
export function pairedShare(order: ArrayLike<number>, labels: ArrayLike<number>, batch: number): number {
  let paired = 0;
  for (let start = 0; start < order.length; start += batch) {
    const counts = new Map<number, number>();
    for (let i = start; i < Math.min(order.length, start + batch); i++)
      counts.set(labels[order[i]], (counts.get(labels[order[i]]) ?? 0) + 1);
    for (const n of counts.values()) if (n > 1) paired += n;
  }
  return paired / order.length;
}

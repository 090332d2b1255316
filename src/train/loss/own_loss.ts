/** Losses of the user's own. */
import { ShapeError, UsageError } from '../../device/errors.js';
import { formatShape, sameShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { worded } from '../../text/wording.js';

/** A loss by its name. */
export interface OwnLoss {
  readonly name: string;
  /** logits (N, classes) f32 and label (N) u32 -> the loss of each image (N). Training minimises their mean. */
  readonly losses: (logits: Tensor, label: Tensor) => Tensor;
}

const LOSSES = new Map<string, OwnLoss>();

/**
 * Enters a loss into the list: `--loss FILE`, or `criterion: NAME` in a configuration. What validation and test
 * report stays cross-entropy, so that runs can be compared.
 * @throws UsageError when the name is taken or cannot be one.
 */
export function defineLoss(loss: OwnLoss): OwnLoss {
  if (!/^[a-z][\w-]*$/i.test(loss.name))
    throw new UsageError(`[defineLoss] "${loss.name}" cannot be a name`, { fix: 'use letters, digits, _ and -' });
  if (LOSSES.has(loss.name))
    throw new UsageError(`[defineLoss] there is a loss "${loss.name}" already`, { fix: 'give it another name' });
  LOSSES.set(loss.name, loss);
  return loss;
}

export const isOwnLoss = (value: unknown): value is OwnLoss => [...LOSSES.values()].some((l) => l === value);

/** @throws UsageError for an unknown name. */
export function ownLoss(name: string): OwnLoss {
  const found = LOSSES.get(name);
  if (found === undefined)
    throw new UsageError(worded`the loss is of the user’s own, ${name}`, {
      fix: worded`name its file: {loss} ./FILE.ts`,
    });
  return found;
}

/** The losses (N) of a batch. @throws ShapeError when the function gives others. */
export function lossesOf(name: string, logits: Tensor, label: Tensor): Tensor {
  const losses = ownLoss(name).losses(logits, label);
  if (!sameShape(losses.shape, label.shape))
    throw new ShapeError(
      `loss ${name} gives ${formatShape(losses.shape)} for logits ${formatShape(logits.shape)}; expected ` +
        `${formatShape(label.shape)}`,
      { fix: 'give the loss of each image, not their mean' },
    );
  return losses;
}

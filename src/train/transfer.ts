/** Starting from weights that were trained on other images: which stay frozen, and how fast the head learns. */
import { UsageError } from '../device/errors.js';
import { freeze, matchKeys } from '../nn/freeze.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import type { TrainConfig } from './config.js';
import type { ParameterGroup } from '../optim/optimizer.js';
import { worded } from '../text/wording.js';

/** Freezes what the configuration says, if anything; also of a resumed run. */
export function freezeAsConfigured(model: Module, config: TrainConfig): void {
  if (config.freeze !== undefined) freeze(model, matchKeys(config.freeze, modelSpec(config.model).head), config.freeze);
}

/**
 * Groups of parameters for the optimizer: what is frozen stands still, the head may have a learning rate of its own.
 */
export function transferGroups(model: Module, { model: name, freeze: pattern, headLr }: TrainConfig): ParameterGroup[] {
  const { head } = modelSpec(name);
  const isFrozen = pattern === undefined ? null : matchKeys(pattern, head);
  if (
    isFrozen !== null &&
    headLr !== undefined &&
    [...model.namedParameters()].every(([key]) => !key.startsWith(`${head}.`) || isFrozen(key))
  ) {
    throw new UsageError(worded`{headLr} ${headLr}: the head (${head}) is frozen`, {
      fix: worded`leave it out, or use {freeze} backbone`,
    });
  }
  return [
    ...(isFrozen === null ? [] : [{ match: isFrozen, lr: 0, weightDecay: 0 }]),
    ...(headLr === undefined ? [] : [{ match: (key: string) => key.startsWith(`${head}.`), lr: headLr }]),
  ];
}

/** The optimizer that a configuration asks for, and the rates of its groups of parameters. */
import { UsageError } from '../device/errors.js';
import { matchKeys } from '../nn/freeze.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { worded } from '../text/wording.js';
import type { ModelConfig, OptimizerConfig } from './config.js';
import type { ParameterGroup } from '../optim/optimizer.js';
import { Adagrad, Adam, AdamW, RMSprop, SGD, type Optimizer } from '../optim/optim.js';

/**
 * @param of what the model is, and what of it stays as it is. @throws UsageError when settings contradict each other.
 */
export function makeOptimizer(
  model: Module,
  c: OptimizerConfig,
  of: Pick<ModelConfig, 'model' | 'precision' | 'freeze'>,
): Optimizer {
  const optimizer = plainOptimizer(model, c, parameterGroups(model, of, c.headLr));
  if (of.precision === 'f16') optimizer.scaleLoss();
  return optimizer;
}

function plainOptimizer(model: Module, c: OptimizerConfig, groups: readonly ParameterGroup[]): Optimizer {
  const shared = { lr: c.lr, weightDecay: c.weightDecay, groups };
  const {
    eps = c.optimizer === 'adagrad' ? 1e-10 : 1e-8,
    betas = [0.9, 0.999],
    dampening = 0,
    alpha = 0.99,
    centered = false,
    lrDecay = 0,
    initialAccumulator = 0,
  } = c;
  switch (c.optimizer) {
    case 'adam':
      return new Adam(model, { ...shared, betas, eps });
    case 'adamw':
      return new AdamW(model, { ...shared, betas, eps });
    case 'sgd':
      return new SGD(model, { ...shared, momentum: c.momentum, nesterov: c.nesterov, dampening });
    case 'rmsprop':
      return new RMSprop(model, { ...shared, momentum: c.momentum, alpha, eps, centered });
    case 'adagrad':
      return new Adagrad(model, { ...shared, eps, lrDecay, initialAccumulatorValue: initialAccumulator });
    default:
      c.optimizer satisfies never;
      throw new UsageError(`there is no optimizer "${String(c.optimizer)}"`);
  }
}

/**
 * Groups of parameters for the optimizer: what is frozen stands still, the head may have a learning rate of its own.
 */
function parameterGroups(
  model: Module,
  { model: name, freeze: pattern }: Pick<ModelConfig, 'model' | 'freeze'>,
  headLr: number | undefined,
): ParameterGroup[] {
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

/** The optimizer that a configuration asks for. */
import { UsageError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import type { TrainConfig } from './config.js';
import { Adagrad, Adam, AdamW, RMSprop, SGD, type Optimizer } from '../optim/optim.js';
import { transferGroups } from './transfer.js';

export function makeOptimizer(model: Module, c: TrainConfig): Optimizer {
  const optimizer = plainOptimizer(model, c);
  if (c.precision === 'f16') optimizer.scaleLoss();
  return optimizer;
}

function plainOptimizer(model: Module, c: TrainConfig): Optimizer {
  const shared = { lr: c.lr, weightDecay: c.weightDecay, groups: transferGroups(model, c) };
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

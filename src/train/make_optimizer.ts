/** The optimizer that a configuration asks for, and the rates of its groups of parameters. */
import { UsageError } from '../device/errors.js';
import { matchKeys } from '../nn/freeze.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { worded } from '../text/wording.js';
import type { ModelConfig, OptimizerConfig } from './config.js';
import type { ParameterGroup } from '../optim/groups.js';
import { Adagrad, Adam, AdamW, LAMB, Lion, Muon, RMSprop, SGD, groupsBy, type Optimizer } from '../optim/optim.js';
import { muonKeys } from '../optim/muon.js';
import { layerGroups } from '../nn/models/layer_groups.js';
import type { Parameter } from '../nn/parameter.js';

/**
 * @param of what the model is, and what of it stays as it is. @throws UsageError when settings contradict each other.
 */
export function makeOptimizer(
  model: Module,
  c: OptimizerConfig,
  of: Pick<ModelConfig, 'model' | 'precision' | 'freeze' | 'unfreeze'>,
): Optimizer {
  const { head } = modelSpec(of.model);
  const optimizer = plainOptimizer(model, c, parameterGroups(model, of, c), head);
  if (of.precision === 'f16') optimizer.scaleLoss();
  return optimizer;
}

function plainOptimizer(model: Module, c: OptimizerConfig, groups: readonly ParameterGroup[], head: string): Optimizer {
  const shared = { lr: c.lr, weightDecay: c.weightDecay, groups };
  const { betas, eps, momentum, nesterov } = c; // what is absent has the optimizer's own default
  switch (c.optimizer) {
    case 'adam':
      return new Adam(model, { ...shared, betas, eps });
    case 'adamw':
      return new AdamW(model, { ...shared, betas, eps });
    case 'sgd':
      return new SGD(model, { ...shared, momentum, nesterov, dampening: c.dampening });
    case 'rmsprop':
      return new RMSprop(model, { ...shared, momentum, alpha: c.alpha, eps, centered: c.centered });
    case 'adagrad':
      return new Adagrad(model, { ...shared, eps, lrDecay: c.lrDecay, initialAccumulatorValue: c.initialAccumulator });
    case 'lion':
      return new Lion(model, { ...shared, betas });
    case 'lamb':
      return new LAMB(model, { ...shared, betas, eps, trustClip: c.trustClip, alwaysAdapt: c.alwaysAdapt });
    case 'muon': {
      const own = { betas, eps, momentum, nesterov, adamLr: c.adamLr };
      return new Muon(model, { ...shared, ...own, rest: restOfMuon(model, head) });
    }
    default:
      c.optimizer satisfies never;
      throw new UsageError(`there is no optimizer "${String(c.optimizer)}"`);
  }
}

/** The first layer, which looks at the images, and the head. */
function restOfMuon(model: Module, head: string): (key: string) => boolean {
  const [first] = muonKeys(model, () => false);
  return (key) => key === first || key.startsWith(`${head}.`);
}

/**
 * What each parameter has of its own: what is frozen stands still, the head may have a learning rate of its own, rates
 * may fall from the head to the first layer, and norms and biases need not decay.
 */
function parameterGroups(
  model: Module,
  { model: name, freeze: pattern, unfreeze }: Pick<ModelConfig, 'model' | 'freeze' | 'unfreeze'>,
  { headLr, layerDecay = 1, decayOn }: OptimizerConfig,
): ParameterGroup[] {
  const { head } = modelSpec(name);
  const isHead = (key: string): boolean => key.startsWith(`${head}.`);
  const isFrozen = pattern === undefined ? null : matchKeys(pattern, head);
  if (
    isFrozen !== null &&
    headLr !== undefined &&
    [...model.namedParameters()].every(([key]) => !isHead(key) || isFrozen(key))
  ) {
    throw new UsageError(worded`{headLr} ${headLr}: the head (${head}) is frozen`, {
      fix: worded`leave it out, or use {freeze} backbone`,
    });
  }
  const blocks = layerGroups(model, head, 'blocks');
  const stages = layerGroups(model, head, 'stages');
  return groupsBy(model, (key, parameter) => {
    if (isFrozen?.(key) === true) return { lr: 0, weightDecay: 0 };
    return {
      ...(isHead(key) && headLr !== undefined ? { lr: headLr } : {}),
      lrScale: layerDecay ** (blocks.names.length - 1 - blocks.of(key)),
      ...(decayOn === 'weights' && !isLayerWeight(key, parameter) ? { weightDecay: 0 } : {}),
      ...(unfreeze === undefined ? {} : { stage: stages.of(key) }),
    };
  });
}

/** Whether a parameter is the weight of a layer: not of a norm, no bias, no token, embedding or scale. */
function isLayerWeight(key: string, { shape }: Parameter): boolean {
  return /weight[^.]*$/.test(key) && shape.length > 1;
}

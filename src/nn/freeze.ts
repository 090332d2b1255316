/** Parameters that training leaves as they are. */
import { UsageError } from '../device/errors.js';
import type { AnyModule } from './module.js';
import { BatchNorm } from './norm.js';
import { worded } from '../text/wording.js';

/**
 * What a pattern names: state-dict keys that begin with it, up to a dot or their end; `*` stands for anything, commas
 * separate several: `features`, `layer1,layer2`, `*.bn1`. `backbone` is everything but the head.
 * @param head path of the layer that gives the logits.
 */
export function matchKeys(pattern: string, head: string): (key: string) => boolean {
  if (pattern === 'backbone') return (key) => !key.startsWith(`${head}.`);
  const parts = pattern.split(',').map((part) =>
    part
      .trim()
      .split('*')
      .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const expression = new RegExp(`^(?:${parts.join('|')})(?:\\.|$)`);
  return (key) => expression.test(key);
}

/**
 * Freezes parameters of a model that is on a device: no gradient is computed for them, and batch norms all of whose
 * parameters are frozen stay in evaluation mode, so that their running statistics stand still too. An optimizer must be
 * told to leave them as they are: weight decay would move them.
 * @returns the keys of all frozen parameters.
 * @throws UsageError when nothing matches, or nothing is left to train.
 */
export function freeze(model: AnyModule, matches: (key: string) => boolean, pattern: string): ReadonlySet<string> {
  const named = [...model.namedParameters()];
  const frozen = new Set(named.filter(([key]) => matches(key)).map(([key]) => key));
  const examples = [...model.children()]
    .map(([name]) => name)
    .slice(0, 6)
    .join(', ');
  if (frozen.size === 0)
    throw new UsageError(worded`{freeze} ${pattern} matches no parameter of this model`, {
      fix: `name what its keys begin with: ${examples}; or backbone`,
    });
  if (frozen.size === named.length)
    throw new UsageError(worded`{freeze} ${pattern} leaves nothing to train`, { fix: 'freeze less, e.g. backbone' });
  setFrozen(model, (key) => frozen.has(key));
  return frozen;
}

/** Freezes just these parameters, as `freeze`; others that were frozen are trained again. */
export function setFrozen(model: AnyModule, isFrozen: (key: string) => boolean): void {
  for (const [key, p] of model.namedParameters()) p.value.requiresGrad = !isFrozen(key);
  for (const [path, module] of model.namedModules()) {
    const own = [...module.namedParameters(path === '' ? '' : `${path}.`)];
    if (module instanceof BatchNorm && own.length > 0) module.isFrozen = own.every(([key]) => isFrozen(key));
  }
  model.train(model.training);
}

/**
 * Gradual unfreezing (Howard and Ruder 2018, ULMFiT; fastai): the head learns first, then one stage of layers after the
 * other, from the last to the first.
 */
import { UsageError } from '../device/errors.js';
import { matchKeys, setFrozen } from '../nn/freeze.js';
import { layerGroups, type LayerGroups } from '../nn/models/layer_groups.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import type { Optimizer } from '../optim/optim.js';
import { worded } from '../text/wording.js';
import type { ModelConfig } from './config.js';

/** Which parameters of a run move in which epoch. */
export class Unfreezing {
  readonly #model: Module;
  readonly #optimizer: Optimizer;
  readonly #every: number;
  readonly #isFrozen: (key: string) => boolean;
  readonly #stages: LayerGroups;
  #first = Number.NaN;

  /** @param every epochs. @throws UsageError when the head is frozen for good. */
  constructor(model: Module, optimizer: Optimizer, every: number, { model: name, freeze }: ModelConfig) {
    const { head } = modelSpec(name);
    this.#model = model;
    this.#optimizer = optimizer;
    this.#every = every;
    this.#isFrozen = freeze === undefined ? () => false : matchKeys(freeze, head);
    this.#stages = layerGroups(model, head, 'stages');
    if (this.#isFrozen(`${head}.weight`))
      throw new UsageError(worded`{unfreeze} ${every} begins with the head (${head}), which {freeze} holds`, {
        fix: 'leave one of them out',
      });
  }

  /**
   * Sets what moves in an epoch, counted from 0. @returns the stages that move, where these are others than before:
   * what was captured of a step holds no longer.
   */
  apply(epoch: number): readonly string[] | null {
    const { names, of } = this.#stages;
    const first = Math.max(0, names.length - 1 - Math.floor(epoch / this.#every));
    if (first === this.#first) return null;
    this.#first = first;
    setFrozen(this.#model, (key) => this.#isFrozen(key) || of(key) < first);
    this.#optimizer.hold((stage) => stage < first);
    return names.slice(first);
  }
}

/** The unfreezing that a configuration asks for, as it is in the first epoch; null: the same moves in all. */
export function unfreezingOf(model: Module, optimizer: Optimizer, config: ModelConfig): Unfreezing | null {
  if (config.unfreeze === undefined) return null;
  const unfreezing = new Unfreezing(model, optimizer, config.unfreeze, config);
  unfreezing.apply(0);
  return unfreezing;
}

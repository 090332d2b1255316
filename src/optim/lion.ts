/** Lion, the optimizer that a search over programs found. */
import { lion_, type LionSettings, type RateTable } from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import type { Tensor } from '../tensor/tensor.js';
import type { GroupOptions } from './groups.js';
import { Optimizer } from './optimizer.js';

/** Options of `Lion`. */
export interface LionOptions extends Partial<LionSettings>, GroupOptions {
  /** Default 1e-4: every weight moves by just this, so that a third to a tenth of AdamW's rate suits. */
  readonly lr?: number;
}

/**
 * Lion (Chen et al. 2023, "Symbolic discovery of optimization algorithms"): the sign of a mean of gradients, and weight
 * decay apart from it. It keeps one number for each weight, Adam two. Betas are 0.9 and 0.99 by default.
 */
export class Lion extends Optimizer {
  readonly #settings: LionSettings;
  readonly #m: Tensor;

  constructor(model: AnyModule, { lr = 1e-4, betas = [0.9, 0.99], weightDecay = 0, groups }: LionOptions = {}) {
    super(model, lr, weightDecay, groups);
    this.#settings = { betas, weightDecay };
    this.#m = model.memory.flat();
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    lion_(memory.weights, memory.grads, this.#m, hyper, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    return { m: this.#m };
  }
}

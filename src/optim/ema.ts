/**
 * Exponential moving average of a model's weights: a shadow copy that often evaluates better than the weights
 * themselves.
 */
import { UsageError } from '../device/errors.js';
import { ema_ } from '../kernels/optimizer/clip_and_average.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import type { Tensor } from '../tensor/tensor.js';

/** A moving average of a model's weights, on the GPU. */
export class EMA {
  readonly #memory: ParameterMemory;
  readonly #shadow: Tensor;
  readonly #decay: number;
  #isSwapped = false;

  /**
   * Starts as the weights are now. @param decay the share of the old average that is kept at each update, in [0, 1].
   */
  constructor(model: AnyModule, decay = 0.999) {
    if (!(decay >= 0 && decay <= 1))
      throw new UsageError(`decay ${decay} is not a share between 0 and 1`, { fix: 'e.g. 0.999' });
    this.#memory = model.memory;
    this.#decay = decay;
    this.#shadow = this.#memory.flat();
    const { weights, device } = this.#memory;
    device.copy(weights.storage, 0, this.#shadow.storage, 0, weights.size * 4);
  }

  /** True while the model holds the averages. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /** average = decay * average + (1 - decay) * weights; to be called after the optimizer's step. */
  update(): void {
    this.#requireAside('update');
    ema_(this.#shadow, this.#memory.weights, this.#decay);
  }

  /** Exchanges weights and averages: once to evaluate with the averages, once more to go on training. */
  swap(): void {
    const { weights, device } = this.#memory;
    const bytes = weights.size * 4;
    const aside = device.allocate(bytes);
    device.copy(weights.storage, 0, aside, 0, bytes);
    device.copy(this.#shadow.storage, 0, weights.storage, 0, bytes);
    device.copy(aside, 0, this.#shadow.storage, 0, bytes);
    aside.release();
    this.#isSwapped = !this.#isSwapped;
  }

  /** What a checkpoint must keep, as an optimizer's state. */
  state(): ReadonlyMap<string, Tensor> {
    this.#requireAside('state');
    return new Map([['ema', this.#shadow]]);
  }

  #requireAside(what: string): void {
    if (this.#isSwapped)
      throw new UsageError(`[EMA] ${what} while the model holds the averages`, { fix: 'swap back first' });
  }
}

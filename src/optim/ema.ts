/**
 * Exponential moving average of a model's weights: a shadow copy that often evaluates better than the weights
 * themselves.
 */
import { UsageError } from '../device/errors.js';
import { ema_ } from '../kernels/optimizer/clip_and_average.js';
import type { AnyModule } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';
import { copyInto, exchange } from './exchange.js';

/** A moving average of a model's weights and running statistics, on the GPU. */
export class EMA {
  /** Weights, then running statistics if there are any, each with its average. */
  readonly #parts: readonly { readonly own: Tensor; readonly average: Tensor }[];
  readonly #decay: number;
  #isSwapped = false;

  /**
   * Starts as the model is now.
   * @param decay the share of the old average that is kept at each update, in [0, 1].
   * @param options.statistics also of the running statistics of batch norms, as timm's ModelEmaV2 does; default true.
   * Counters are not averaged.
   */
  constructor(model: AnyModule, decay = 0.999, options: { readonly statistics?: boolean } = {}) {
    if (!(decay >= 0 && decay <= 1))
      throw new UsageError(`decay ${decay} is not a share between 0 and 1`, { fix: 'e.g. 0.999' });
    this.#decay = decay;
    const averaged = model.floatMemory().slice(0, (options.statistics ?? true) ? 2 : 1);
    this.#parts = averaged.map((own) => ({ own, average: model.memory.flat(own.size) }));
    for (const { own, average } of this.#parts) copyInto(average, own);
  }

  /** True while the model holds the averages. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /** average = decay * average + (1 - decay) * weights; to be called after the optimizer's step. */
  update(): void {
    this.#requireAside('update');
    for (const { own, average } of this.#parts) ema_(average, own, this.#decay);
  }

  /** Exchanges weights and averages: once to evaluate with the averages, once more to go on training. */
  swap(): void {
    for (const { own, average } of this.#parts) exchange(own, average);
    this.#isSwapped = !this.#isSwapped;
  }

  /** What a checkpoint must keep, as an optimizer's state. */
  state(): ReadonlyMap<string, Tensor> {
    this.#requireAside('state');
    return new Map(this.#parts.map(({ average }, i) => [i === 0 ? 'ema' : EMA_STATISTICS, average]));
  }

  #requireAside(what: string): void {
    if (this.#isSwapped)
      throw new UsageError(`[EMA] ${what} while the model holds the averages`, { fix: 'swap back first' });
  }
}

/** The name of the averages of running statistics in an EMA's state. */
export const EMA_STATISTICS = 'ema_statistics';

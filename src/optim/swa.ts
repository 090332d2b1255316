/** Stochastic weight averaging: the plain mean of the weights that training passes through late in a run. */
import { UsageError } from '../device/errors.js';
import { ema_ } from '../kernels/optimizer/clip_and_average.js';
import type { AnyModule } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';
import { copyInto, exchange } from './exchange.js';

/**
 * The equal average of a model's weights at several times (Izmailov et al. 2018), torch.optim.swa_utils.AveragedModel.
 * Running statistics are not averaged: they must be found anew for the averages, by a pass over training images in
 * training mode (update_bn in PyTorch). What the pass leaves is gone after swapping back.
 */
export class SWA {
  readonly #weights: Tensor;
  readonly #average: Tensor;
  /** All buffers, and where they are while the averages are in the model; null: there are none. */
  readonly #buffers: { readonly own: Tensor; readonly aside: Tensor } | null;
  #isSwapped = false;

  constructor(model: AnyModule) {
    this.#weights = model.memory.weights;
    this.#average = model.memory.flat();
    const own = model.bufferMemory();
    this.#buffers = own && { own, aside: model.memory.flat(own.size) };
    copyInto(this.#average, this.#weights);
  }

  /** True while the model holds the averages. */
  get isSwapped(): boolean {
    return this.#isSwapped;
  }

  /** average = average + (weights - average) / (count + 1). @param count how many weights the average is of already. */
  update(count: number): void {
    this.#requireAside('update');
    if (count === 0) copyInto(this.#average, this.#weights);
    else ema_(this.#average, this.#weights, 1 - 1 / (count + 1));
  }

  /** Exchanges weights and averages; the second time running statistics and counters are again what they were. */
  swap(): void {
    exchange(this.#weights, this.#average);
    this.#isSwapped = !this.#isSwapped;
    if (this.#buffers === null) return;
    const { own, aside } = this.#buffers;
    if (this.#isSwapped) copyInto(aside, own);
    else copyInto(own, aside);
  }

  /** What a checkpoint must keep, as an optimizer's state. */
  state(): ReadonlyMap<string, Tensor> {
    this.#requireAside('state');
    return new Map([['swa', this.#average]]);
  }

  #requireAside(what: string): void {
    if (this.#isSwapped)
      throw new UsageError(`[SWA] ${what} while the model holds the averages`, { fix: 'swap back first' });
  }
}

/** Optimizers over a model's flat memory, with torch.optim's names and defaults. */
import { UsageError } from '../device/errors.js';
import { adam_, advanceStep_, sgd_, type AdamSettings, type SgdSettings } from '../kernels/optimizer.js';
import type { Module } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import type { Tensor } from '../tensor/tensor.js';

/** State and learning rate in GPU memory; a step is two dispatches, however many parameters there are. */
export abstract class Optimizer {
  readonly #memory: ParameterMemory;
  /** (2) f32: learning rate and step number. */
  readonly #hyper: Tensor;
  #lr = Number.NaN;

  constructor(model: Module, lr: number) {
    this.#memory = model.memory;
    this.#hyper = this.#memory.flat(64);
    this.lr = lr;
  }

  get lr(): number {
    return this.#lr;
  }

  /** Takes effect with the next step. */
  set lr(lr: number) {
    if (!(lr >= 0) || !Number.isFinite(lr)) throw new UsageError(`learning rate ${lr} is not a number of at least 0`, { fix: 'e.g. 0.001' });
    if (lr === this.#lr) return;
    this.#lr = lr;
    this.#memory.device.write(this.#hyper.storage, Float32Array.of(lr));
  }

  /** Sets all gradients to zero. */
  zeroGrad(): void {
    this.#memory.device.clear(this.#memory.grads.storage);
  }

  /** Moves the weights by the gradients. */
  step(): void {
    advanceStep_(this.#hyper);
    this.update(this.#memory, this.#hyper);
  }

  /** Flat tensors that a checkpoint must keep, by name. */
  state(): ReadonlyMap<string, Tensor> {
    return new Map([['hyper', this.#hyper], ...Object.entries(this.moments())]);
  }

  protected abstract update(memory: ParameterMemory, hyper: Tensor): void;
  protected abstract moments(): Record<string, Tensor>;
}

export interface SgdOptions extends Partial<SgdSettings> {
  readonly lr: number;
}

/** torch.optim.SGD: momentum, dampening, weight decay, Nesterov. */
export class SGD extends Optimizer {
  readonly #settings: SgdSettings;
  readonly #velocity: Tensor;

  constructor(model: Module, { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false }: SgdOptions) {
    super(model, lr);
    if (nesterov && (momentum <= 0 || dampening !== 0)) throw new UsageError(`Nesterov needs momentum > 0 and no dampening, got momentum ${momentum} and dampening ${dampening}`, { fix: 'set momentum, e.g. 0.9' });
    this.#settings = { momentum, dampening, weightDecay, nesterov };
    this.#velocity = model.memory.flat();
  }

  protected update(memory: ParameterMemory, hyper: Tensor): void {
    sgd_(memory.weights, memory.grads, this.#velocity, hyper, this.#settings);
  }

  protected moments(): Record<string, Tensor> {
    return { velocity: this.#velocity };
  }
}

export interface AdamOptions extends Partial<Omit<AdamSettings, 'decoupled'>> {
  readonly lr?: number;
}

/** torch.optim.Adam (Kingma and Ba 2015). */
export class Adam extends Optimizer {
  readonly #settings: AdamSettings;
  readonly #m: Tensor;
  readonly #v: Tensor;

  constructor(model: Module, { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }: AdamOptions = {}, decoupled = false) {
    super(model, lr);
    this.#settings = { betas, eps, weightDecay, decoupled };
    this.#m = model.memory.flat();
    this.#v = model.memory.flat();
  }

  protected update(memory: ParameterMemory, hyper: Tensor): void {
    adam_(memory.weights, memory.grads, this.#m, this.#v, hyper, this.#settings);
  }

  protected moments(): Record<string, Tensor> {
    return { m: this.#m, v: this.#v };
  }
}

/** torch.optim.AdamW (Loshchilov and Hutter 2019): weight decay 0.01 by default, apart from the gradient. */
export class AdamW extends Adam {
  constructor(model: Module, options: AdamOptions = {}) {
    super(model, { weightDecay: 0.01, ...options }, true);
  }
}

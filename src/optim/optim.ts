/** The optimizers, with torch.optim's names and defaults; also clipping and averaging. */
import { UsageError } from '../device/errors.js';
import { floatBits } from '../device/kernel.js';
import {
  adagrad_,
  adam_,
  rmsprop_,
  sgd_,
  type AdagradSettings,
  type AdamSettings,
  type RateTable,
  type RmspropSettings,
  type SgdSettings,
} from '../kernels/optimizer/optimizer.js';
import type { AnyModule } from '../nn/module.js';
import type { ParameterMemory } from '../nn/parameter.js';
import type { Tensor } from '../tensor/tensor.js';
import type { GroupOptions } from './groups.js';
import { Optimizer } from './optimizer.js';

export { clipGradNorm_, clipGradValue_ } from './clip.js';
export { EMA } from './ema.js';
export { LossScale, type LossScaleOptions } from './loss_scale.js';
export { groupsBy, type GroupOptions, type GroupSettings, type ParameterGroup } from './groups.js';
export { LAMB, type LambOptions } from './lamb.js';
export { Lion, type LionOptions } from './lion.js';
export { Muon, type MuonOptions } from './muon.js';
export { Optimizer } from './optimizer.js';
export { SWA } from './swa.js';

/** Options of `SGD`. */
export interface SgdOptions extends Partial<SgdSettings>, GroupOptions {
  readonly lr: number;
}

/** torch.optim.SGD: momentum, dampening, weight decay, Nesterov. */
export class SGD extends Optimizer {
  readonly #settings: SgdSettings;
  readonly #velocity: Tensor;

  constructor(
    model: AnyModule,
    { lr, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false, groups }: SgdOptions,
  ) {
    super(model, lr, weightDecay, groups);
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new UsageError(
        `Nesterov needs momentum > 0 and no dampening, got momentum ${momentum} and dampening ${dampening}`,
        { fix: 'set momentum, e.g. 0.9' },
      );
    this.#settings = { momentum, dampening, weightDecay, nesterov };
    this.#velocity = model.memory.flat();
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    sgd_(memory.weights, memory.grads, this.#velocity, hyper, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    return { velocity: this.#velocity };
  }
}

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends Partial<Omit<AdamSettings, 'decoupled'>>, GroupOptions {
  readonly lr?: number;
}

/** torch.optim.Adam (Kingma and Ba 2015). */
export class Adam extends Optimizer {
  readonly #settings: AdamSettings;
  readonly #m: Tensor;
  readonly #v: Tensor;

  constructor(
    model: AnyModule,
    { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, groups }: AdamOptions = {},
    decoupled = false,
  ) {
    super(model, lr, weightDecay, groups);
    this.#settings = { betas, eps, weightDecay, decoupled };
    this.#m = model.memory.flat();
    this.#v = model.memory.flat();
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    adam_(memory.weights, memory.grads, this.#m, this.#v, hyper, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    return { m: this.#m, v: this.#v };
  }
}

/** torch.optim.AdamW (Loshchilov and Hutter 2019): weight decay 0.01 by default, apart from the gradient. */
export class AdamW extends Adam {
  constructor(model: AnyModule, options: AdamOptions = {}) {
    super(model, { weightDecay: 0.01, ...options }, true);
  }
}

/** Options of `RMSprop`. */
export interface RMSpropOptions extends Partial<RmspropSettings>, GroupOptions {
  readonly lr?: number;
}

/** Elements of memory that a kernel binds and does not touch. */
const UNUSED = 64;

/** torch.optim.RMSprop (Tieleman and Hinton 2012); centered as Graves 2013. */
export class RMSprop extends Optimizer {
  readonly #settings: RmspropSettings;
  readonly #square: Tensor;
  readonly #average: Tensor;
  readonly #buffer: Tensor;

  constructor(
    model: AnyModule,
    {
      lr = 0.01,
      alpha = 0.99,
      eps = 1e-8,
      weightDecay = 0,
      momentum = 0,
      centered = false,
      groups,
    }: RMSpropOptions = {},
  ) {
    super(model, lr, weightDecay, groups);
    this.#settings = { alpha, eps, weightDecay, momentum, centered };
    this.#square = model.memory.flat();
    this.#average = model.memory.flat(centered ? undefined : UNUSED);
    this.#buffer = model.memory.flat(momentum === 0 ? UNUSED : undefined);
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    rmsprop_(memory.weights, memory.grads, this.#square, this.#average, this.#buffer, hyper, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    const { centered, momentum } = this.#settings;
    return {
      square: this.#square,
      ...(centered ? { average: this.#average } : {}),
      ...(momentum === 0 ? {} : { buffer: this.#buffer }),
    };
  }
}

/** Options of `Adagrad`. */
export interface AdagradOptions extends Partial<AdagradSettings>, GroupOptions {
  readonly lr?: number;
  /** Where the sums of squares start. Default 0. */
  readonly initialAccumulatorValue?: number;
}

/** torch.optim.Adagrad (Duchi, Hazan and Singer 2011). */
export class Adagrad extends Optimizer {
  readonly #settings: AdagradSettings;
  readonly #sum: Tensor;

  constructor(
    model: AnyModule,
    { lr = 0.01, lrDecay = 0, weightDecay = 0, eps = 1e-10, initialAccumulatorValue = 0, groups }: AdagradOptions = {},
  ) {
    super(model, lr, weightDecay, groups);
    if (!(initialAccumulatorValue >= 0))
      throw new UsageError(`initialAccumulatorValue ${initialAccumulatorValue} is not a number of at least 0`, {
        fix: 'e.g. 0',
      });
    this.#settings = { lrDecay, eps, weightDecay };
    this.#sum = model.memory.flat();
    if (initialAccumulatorValue > 0) model.memory.device.fill(this.#sum.storage, floatBits(initialAccumulatorValue));
  }

  protected update(memory: ParameterMemory, hyper: Tensor, table: RateTable | null): void {
    adagrad_(memory.weights, memory.grads, this.#sum, hyper, this.#settings, table);
  }

  protected moments(): Record<string, Tensor> {
    return { sum: this.#sum };
  }
}

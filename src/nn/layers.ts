/** The layers of torch.nn that the models use, with PyTorch's names, argument order and defaults. */
import * as F from '../autograd/ops/index.js';
import type { InterpolateOptions } from '../kernels/movement/upsample.js';
import type { Tensor } from '../tensor/tensor.js';
import { uniformFanIn } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { settings } from './print.js';

export * from './activations.js';
export * from './conv.js';
export * from './padding.js';
export * from './pool.js';

/** y = x wᵀ + b. x (…, in), y (…, out). An `activation` is applied in the same kernel. */
export class Linear extends Module<readonly [x: Tensor, epilogue?: F.LinearOptions]> {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { readonly bias?: boolean } = {}) {
    super();
    const init = uniformFanIn(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], init);
    this.bias = (options.bias ?? true) ? new Parameter([outFeatures], init) : null;
  }

  forward(x: Tensor, epilogue: F.LinearOptions = {}): Tensor {
    return F.linear(x, this.weight.value, this.bias?.value, epilogue);
  }

  override extraRepr(): string {
    return `${this.weight.shape[1]}, ${this.weight.shape[0]}${this.bias === null ? ', bias=false' : ''}`;
  }
}

/** (N, …) -> (N, all the rest). */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return F.flatten(x);
  }
}

/** Drops elements with probability p while training; passes everything on otherwise. */
export class Dropout extends Module {
  readonly #p: number;
  constructor(p = 0.5) {
    super();
    this.#p = p;
  }

  forward(x: Tensor): Tensor {
    return this.training ? F.dropout(x, this.#p) : x;
  }

  override extraRepr(): string {
    return settings({ p: this.#p });
  }
}

/** Drops whole channels of (N, C, …) with probability p while training; passes everything on otherwise. */
export class Dropout2d extends Module {
  readonly #p: number;
  constructor(p = 0.5) {
    super();
    this.#p = p;
  }

  forward(x: Tensor): Tensor {
    return this.training ? F.dropout2d(x, this.#p) : x;
  }

  override extraRepr(): string {
    return settings({ p: this.#p });
  }
}

/** Sets whole residual branches of (N, …) to 0 with probability p while training: see `stochasticDepth`. */
export class StochasticDepth extends Module {
  readonly #p: number;
  readonly #mode: 'batch' | 'row';
  constructor(p: number, mode: 'batch' | 'row') {
    super();
    this.#p = p;
    this.#mode = mode;
  }

  /** Whether it passes everything on. */
  get isIdle(): boolean {
    return !this.training || this.#p === 0;
  }

  forward(x: Tensor): Tensor {
    return this.isIdle ? x : F.stochasticDepth(x, this.#p, this.#mode);
  }

  override extraRepr(): string {
    return settings({ p: this.#p, mode: this.#mode });
  }
}

/** Resizes (N, C, H, W) to a size or by a factor. */
export class Upsample extends Module {
  readonly #options: InterpolateOptions;
  constructor(options: InterpolateOptions) {
    super();
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return F.interpolate(x, this.#options);
  }

  override extraRepr(): string {
    return settings(this.#options);
  }
}

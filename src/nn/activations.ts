/** Activations as layers, under torch.nn's names and with its arguments and defaults: rows of the elementwise table. */
import * as F from '../autograd/ops/index.js';
import { UsageError } from '../device/errors.js';
import { UNARY, type UnaryName, type UnaryRow } from '../kernels/elementwise/table.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { settings } from './print.js';

/** A layer's class; its arguments are those of the row, in order. */
export type ActivationLayer<Args extends readonly unknown[]> = new (...args: Args) => Module;

/**
 * The class of a layer that applies a row of the elementwise table to every element: x (…), y (…).
 * @param type the layer's name, as it is printed.
 * @typeParam Args numbers in the order of the row's arguments; the row has the defaults.
 */
export function activationLayer<Args extends readonly (number | undefined)[] = []>(
  type: string,
  name: UnaryName,
): ActivationLayer<Args> {
  const row: UnaryRow = UNARY[name];
  const names = Object.keys(row.args ?? {});
  const layer = class extends Module {
    readonly #args: Readonly<Record<string, number>>;

    constructor(...args: readonly unknown[]) {
      super();
      if (args.length > names.length || args.some((v) => v !== undefined && typeof v !== 'number'))
        throw new UsageError(`[${type}] takes ${names.length === 0 ? 'no arguments' : `numbers: ${names.join(', ')}`}`);
      this.#args = Object.fromEntries(
        names.map((key, i) => [key, (args[i] as number | undefined) ?? row.args?.[key] ?? 0]),
      );
    }

    forward(x: Tensor): Tensor {
      return F.elementwise(name, x, this.#args);
    }

    override extraRepr(): string {
      return settings(this.#args);
    }
  };
  Object.defineProperty(layer, 'name', { value: type });
  return layer as unknown as ActivationLayer<Args>;
}

/** max(x, 0). Behind a convolution or a linear layer of a Sequential it is computed in the same kernel. */
export const ReLU = activationLayer('ReLU', 'relu');
export type ReLU = InstanceType<typeof ReLU>;

/** The hyperbolic tangent of x. */
export const Tanh = activationLayer('Tanh', 'tanh');
export type Tanh = InstanceType<typeof Tanh>;

/** 1 / (1 + exp(-x)). */
export const Sigmoid = activationLayer('Sigmoid', 'sigmoid');
export type Sigmoid = InstanceType<typeof Sigmoid>;

/** x where positive, else negativeSlope * x; 0.01 by default. */
export const LeakyReLU = activationLayer<[negativeSlope?: number]>('LeakyReLU', 'leaky_relu');
export type LeakyReLU = InstanceType<typeof LeakyReLU>;

/** x where positive, else alpha * (exp(x) - 1); alpha 1 by default (Clevert, Unterthiner and Hochreiter 2016). */
export const ELU = activationLayer<[alpha?: number]>('ELU', 'elu');
export type ELU = InstanceType<typeof ELU>;

/** ELU scaled so that means of 0 and variances of 1 stay (Klambauer et al. 2017). */
export const SELU = activationLayer('SELU', 'selu');
export type SELU = InstanceType<typeof SELU>;

/** x * sigmoid(x), also called swish. */
export const SiLU = activationLayer('SiLU', 'silu');
export type SiLU = InstanceType<typeof SiLU>;

/** log(1 + exp(x)), with PyTorch's defaults: beta 1, no threshold. */
export const Softplus = activationLayer('Softplus', 'softplus');
export type Softplus = InstanceType<typeof Softplus>;

/** x kept between min and max; -1 and 1 by default. */
export const Hardtanh = activationLayer<[min?: number, max?: number]>('Hardtanh', 'hardtanh');
export type Hardtanh = InstanceType<typeof Hardtanh>;

/** x times the normal distribution function of x (Hendrycks and Gimpel 2016); 'tanh' is GPT-2's approximation. */
export class GELU extends Module {
  readonly #approximate: 'none' | 'tanh';
  constructor({ approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' } = {}) {
    super();
    this.#approximate = approximate;
  }

  forward(x: Tensor): Tensor {
    return F.gelu(x, this.#approximate);
  }

  override extraRepr(): string {
    return settings({ approximate: this.#approximate });
  }
}

/** exp(x) / sum(exp(x)) along a dimension, the last by default. */
export class Softmax extends Module {
  readonly #dim: number;
  constructor(dim = -1) {
    super();
    this.#dim = dim;
  }

  forward(x: Tensor): Tensor {
    return F.softmax(x, this.#dim);
  }

  override extraRepr(): string {
    return settings({ dim: this.#dim });
  }
}

/** The logarithm of softmax along a dimension, the last by default. */
export class LogSoftmax extends Module {
  readonly #dim: number;
  constructor(dim = -1) {
    super();
    this.#dim = dim;
  }

  forward(x: Tensor): Tensor {
    return F.logSoftmax(x, this.#dim);
  }

  override extraRepr(): string {
    return settings({ dim: this.#dim });
  }
}

/** Gives x as it is. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

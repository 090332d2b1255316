/** Activations as layers, under torch.nn's names and with its arguments and defaults: rows of the elementwise table. */
import * as F from '../autograd/ops/index.js';
import { UsageError } from '../device/errors.js';
import { UNARY, type UnaryName } from '../kernels/elementwise/unary_table.js';
import type { ArgumentsOf } from '../autograd/ops/elementwise/row_functions.js';
import type { UnaryRow } from '../kernels/elementwise/row.js';
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

/** The layers of the rows that have one. */
export type LayersOf<Table> = {
  readonly [
    Name in keyof Table as Table[Name] extends { readonly layer: infer Layer extends string } ? Layer : never
  ]: ActivationLayer<ArgumentsOf<Table[Name]>>;
};

/** The layers of all rows that have one: y (…) of x (…). */
const layers = Object.fromEntries(
  (Object.entries(UNARY) as [UnaryName, UnaryRow][]).flatMap(([name, { layer }]) =>
    layer === null ? [] : [[layer, activationLayer(layer, name)]],
  ),
) as unknown as LayersOf<typeof UNARY>;

export const { ReLU, LeakyReLU, ELU, SELU, SiLU, Softplus, Softsign, Hardtanh, Hardsigmoid, Hardswish, Sigmoid, Tanh } =
  layers;

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

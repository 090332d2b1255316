/** Padding layers of torch.nn, with PyTorch's names: what lies around x is a constant, or elements of x. */
import * as F from '../autograd/ops/index.js';
import { ShapeError } from '../device/errors.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { settings } from './print.js';

/** So many places on every side, or (left, right, top, bottom): pairs from the last dimension on. */
export type PaddingSize = number | readonly number[];

/** x (N, C, …) with as many dimensions behind C as the layer's name says. */
export abstract class Padding extends Module {
  readonly #padding: readonly number[];
  readonly #options: F.PadOptions;
  readonly #dims: number;

  constructor(padding: PaddingSize, dims: number, options: F.PadOptions) {
    super();
    this.#padding = typeof padding === 'number' ? new Array<number>(2 * dims).fill(padding) : padding;
    this.#dims = dims;
    this.#options = options;
    if (this.#padding.length !== 2 * dims)
      throw new ShapeError(`[${new.target.name}] padding (${this.#padding.join(', ')}) is not ${2 * dims} numbers`);
  }

  forward(x: Tensor): Tensor {
    if (x.rank !== this.#dims + 2)
      throw new ShapeError(
        `[${this.constructor.name}] x ${formatShape(x.shape)}: expected ${this.#dims + 2} dimensions`,
      );
    return F.pad(x, this.#padding, this.#options);
  }

  override extraRepr(): string {
    return settings({ padding: this.#padding, value: this.#options.value });
  }
}

/** x (N, C, L), constants around it. */
export class ConstantPad1d extends Padding {
  constructor(padding: PaddingSize, value: number) {
    super(padding, 1, { value });
  }
}

/** x (N, C, H, W), constants around it. */
export class ConstantPad2d extends Padding {
  constructor(padding: PaddingSize, value: number) {
    super(padding, 2, { value });
  }
}

/** x (N, C, L), zeros around it. */
export class ZeroPad1d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 1, {});
  }
}

/** x (N, C, H, W), zeros around it. */
export class ZeroPad2d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 2, {});
  }
}

/** x (N, C, L), mirrored at its ends, which are not repeated. */
export class ReflectionPad1d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 1, { mode: 'reflect' });
  }
}

/** x (N, C, H, W), mirrored at its edges, which are not repeated. */
export class ReflectionPad2d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 2, { mode: 'reflect' });
  }
}

/** x (N, C, L), its ends repeated. */
export class ReplicationPad1d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 1, { mode: 'replicate' });
  }
}

/** x (N, C, H, W), its edges repeated. */
export class ReplicationPad2d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 2, { mode: 'replicate' });
  }
}

/** x (N, C, L), which goes on at its other end. */
export class CircularPad1d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 1, { mode: 'circular' });
  }
}

/** x (N, C, H, W), which goes on at its other edge. */
export class CircularPad2d extends Padding {
  constructor(padding: PaddingSize) {
    super(padding, 2, { mode: 'circular' });
  }
}

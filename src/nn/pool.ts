/** Pooling layers of torch.nn, with PyTorch's names and defaults. */
import * as F from '../autograd/ops/index.js';
import type { Pair } from '../kernels/conv2d/conv2d.js';
import type { AdaptiveSize, AvgPool2dOptions, MaxPool2dOptions } from '../kernels/pool2d/geometry.js';
import type { MaxUnpool2dOptions } from '../kernels/pool2d/max_unpool.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { settings } from './print.js';

/** x (N, C, H, W). With the activation 'relu', of relu(x): in the same kernel. */
export class MaxPool2d extends Module<readonly [x: Tensor, prologue?: Pick<MaxPool2dOptions, 'activation'>]> {
  readonly #options: MaxPool2dOptions;
  constructor(kernelSize: Pair, options: Omit<MaxPool2dOptions, 'kernelSize'> = {}) {
    super();
    this.#options = { kernelSize, ...options };
  }

  forward(x: Tensor, prologue: Pick<MaxPool2dOptions, 'activation'> = {}): Tensor {
    return F.maxPool2d(x, { ...this.#options, ...prologue });
  }

  override extraRepr(): string {
    return settings(this.#options);
  }
}

/** x and indices (N, C, oH, oW), as maxPool2dWithIndices gives them, -> (N, C, H, W). */
export class MaxUnpool2d extends Module<
  readonly [x: Tensor, indices: Tensor, size?: Pick<MaxUnpool2dOptions, 'outputSize'>]
> {
  readonly #options: MaxUnpool2dOptions;
  constructor(kernelSize: Pair, options: Pick<MaxUnpool2dOptions, 'stride' | 'padding'> = {}) {
    super();
    this.#options = { kernelSize, ...options };
  }

  forward(x: Tensor, indices: Tensor, size: Pick<MaxUnpool2dOptions, 'outputSize'> = {}): Tensor {
    return F.maxUnpool2d(x, indices, { ...this.#options, ...size });
  }

  override extraRepr(): string {
    return settings(this.#options);
  }
}

/** x (N, C, H, W); the mean of each window. */
export class AvgPool2d extends Module {
  readonly #options: AvgPool2dOptions;
  constructor(kernelSize: Pair, options: Omit<AvgPool2dOptions, 'kernelSize'> = {}) {
    super();
    this.#options = { kernelSize, ...options };
  }

  forward(x: Tensor): Tensor {
    return F.avgPool2d(x, this.#options);
  }

  override extraRepr(): string {
    return settings(this.#options);
  }
}

/** x (N, C, H, W) of any size -> (N, C, outputSize); 1 is global average pooling. */
export class AdaptiveAvgPool2d extends Module {
  readonly #outputSize: AdaptiveSize;
  constructor(outputSize: AdaptiveSize) {
    super();
    this.#outputSize = outputSize;
  }

  forward(x: Tensor): Tensor {
    return F.adaptiveAvgPool2d(x, this.#outputSize);
  }

  override extraRepr(): string {
    return settings({ outputSize: this.#outputSize });
  }
}

/** x (N, C, H, W) of any size -> (N, C, outputSize). */
export class AdaptiveMaxPool2d extends Module {
  readonly #outputSize: AdaptiveSize;
  constructor(outputSize: AdaptiveSize) {
    super();
    this.#outputSize = outputSize;
  }

  forward(x: Tensor): Tensor {
    return F.adaptiveMaxPool2d(x, this.#outputSize);
  }

  override extraRepr(): string {
    return settings({ outputSize: this.#outputSize });
  }
}

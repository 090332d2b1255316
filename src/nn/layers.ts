/** The layers of torch.nn that the models use, with PyTorch's names, argument order and defaults. */
import * as F from '../autograd/ops/index.js';
import type { Conv2dOptions, Pair } from '../kernels/conv2d.js';
import { pair } from '../kernels/conv2d.js';
import type { Pool2dOptions } from '../kernels/pool2d.js';
import type { InterpolateOptions } from '../kernels/upsample.js';
import type { Tensor } from '../tensor/tensor.js';
import { uniformFanIn } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** y = x wᵀ + b. x (…, in), y (…, out). */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: { readonly bias?: boolean } = {}) {
    super();
    const init = uniformFanIn(inFeatures);
    this.weight = new Parameter([outFeatures, inFeatures], init);
    this.bias = (options.bias ?? true) ? new Parameter([outFeatures], init) : null;
  }

  forward(x: Tensor): Tensor {
    return F.linear(x, this.weight.value, this.bias?.value);
  }
}

/** x (N, in, H, W), y (N, out, oH, oW). */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: Conv2dOptions;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions & { readonly bias?: boolean } = {}) {
    super();
    const [kH, kW] = pair(kernelSize, 1);
    const depth = inChannels / (options.groups ?? 1);
    const init = uniformFanIn(depth * kH * kW);
    this.weight = new Parameter([outChannels, depth, kH, kW], init);
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], init) : null;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return F.conv2d(x, this.weight.value, this.bias?.value, this.#options);
  }
}

export class MaxPool2d extends Module {
  readonly #options: Pool2dOptions;
  constructor(kernelSize: Pair, options: Omit<Pool2dOptions, 'kernelSize'> = {}) {
    super();
    this.#options = { kernelSize, ...options };
  }

  forward(x: Tensor): Tensor {
    return F.maxPool2d(x, this.#options);
  }
}

export class AvgPool2d extends Module {
  readonly #options: Pool2dOptions;
  constructor(kernelSize: Pair, options: Omit<Pool2dOptions, 'kernelSize'> = {}) {
    super();
    this.#options = { kernelSize, ...options };
  }

  forward(x: Tensor): Tensor {
    return F.avgPool2d(x, this.#options);
  }
}

export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return F.relu(x);
  }
}

export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return F.tanh(x);
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
}

/** Modules one after the other; their keys are their numbers. */
export class Sequential extends Module {
  readonly #layers: readonly Module[];
  constructor(...layers: readonly Module[]) {
    super();
    this.#layers = layers;
  }

  override *children(): Iterable<[string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [String(i), layer];
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((y, layer) => layer.forward(y), x);
  }
}

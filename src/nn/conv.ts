/** Convolution layers of torch.nn: names, argument order, defaults and initial values are PyTorch's. */
import * as F from '../autograd/ops/index.js';
import { ShapeError } from '../device/errors.js';
import { pair, type Conv2dOptions, type Pair } from '../kernels/conv2d/conv2d.js';
import type { ConvTranspose2dOptions } from '../kernels/conv2d/conv_transpose2d.js';
import type { PadMode } from '../kernels/movement/pad.js';
import { ROWS, filterLayout, fitsLayout, type Layout } from '../tensor/layout.js';
import type { Tensor } from '../tensor/tensor.js';
import { uniformFanIn } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { settings } from './print.js';

/** Whether a layer has a bias. */
export interface LayerOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** Options of the convolution layers, with PyTorch's defaults. */
export interface PaddedOptions extends LayerOptions {
  /** What lies around x. Default 'zeros'; any other is a padding before the convolution. */
  readonly paddingMode?: 'zeros' | Exclude<PadMode, 'constant'>;
}

interface Windows {
  readonly padding?: Pair | 'same' | 'valid';
  readonly stride?: Pair;
  readonly dilation?: Pair;
}

/**
 * A layer's options in two: the padding that comes before the convolution, if elements of x are shown around x, and
 * what the convolution is given. `kernel` is of the last one or two dimensions.
 * @throws ShapeError for 'same' with a stride, which makes no y of x's size.
 */
function splitPadding<O extends Windows>(
  layer: string,
  { paddingMode = 'zeros', ...options }: O & PaddedOptions,
  kernel: readonly number[],
): { readonly before: (x: Tensor) => Tensor; readonly options: Omit<O, 'paddingMode'> } {
  const { padding = 0 } = options;
  if (paddingMode === 'zeros' || padding === 'valid') return { before: (x) => x, options };
  const [strides, dilations] = [options.stride, options.dilation].map((p) => pair(p, 1).slice(-kernel.length));
  if (padding === 'same' && strides.some((s) => s !== 1))
    throw new ShapeError(`[${layer}] padding 'same' needs stride 1, not (${String(strides)})`);
  const sides = kernel.map((k, i) => {
    const span = dilations[i] * (k - 1);
    const size = padding === 'same' ? 0 : pair(padding, 0).slice(-kernel.length)[i];
    return padding === 'same' ? [Math.floor(span / 2), Math.ceil(span / 2)] : [size, size];
  });
  const pairs = sides.reverse().flat(); // the last dimension first
  return { before: (x) => F.pad(x, pairs, { mode: paddingMode }), options: { ...options, padding: 'valid' } };
}

/** @throws ShapeError when groups do not divide the channels. */
function perGroup(layer: string, what: string, channels: number, groups = 1): number {
  if (channels % groups !== 0)
    throw new ShapeError(`[${layer}] ${what} = ${channels} is not a multiple of groups = ${groups}`);
  return channels / groups;
}

/** The layout of the weights: as the kernels read them, where a group's input channels are a multiple of 4. */
function weightLayout(shape: readonly number[], groups = 1): Layout {
  const filter = filterLayout(groups);
  return fitsLayout(filter, shape) ? filter : ROWS;
}

/** `1, 8, kernelSize=5, stride=2`; a kernel of equal sides is one number. */
function describe(inChannels: number, outChannels: number, { shape }: Parameter, options: object): string {
  const [, , ...sizes] = shape;
  const kernelSize = sizes.every((size) => size === sizes[0]) ? sizes[0] : sizes;
  return `${inChannels}, ${outChannels}, ${settings({ kernelSize, ...options })}`;
}

/** x (N, in, L), y (N, out, oL). */
export class Conv1d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: F.Conv1dOptions;
  readonly #before: (x: Tensor) => Tensor;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: F.Conv1dOptions & PaddedOptions = {},
  ) {
    super();
    const depth = perGroup('Conv1d', 'inChannels', inChannels, options.groups);
    perGroup('Conv1d', 'outChannels', outChannels, options.groups);
    const init = uniformFanIn(depth * kernelSize);
    this.weight = new Parameter([outChannels, depth, kernelSize], init);
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], init) : null;
    const split = splitPadding('Conv1d', options, [kernelSize]);
    [this.#before, this.#options] = [split.before, split.options];
  }

  forward(x: Tensor): Tensor {
    return F.conv1d(this.#before(x), this.weight.value, this.bias?.value, this.#options);
  }

  override extraRepr(): string {
    const [out, depth] = this.weight.shape;
    return describe(depth * (this.#options.groups ?? 1), out, this.weight, this.#options);
  }
}

/** What follows the convolution, in the same kernel: y = activation(x * w + bias + residual). */
export type Conv2dEpilogue = Pick<Conv2dOptions, 'activation'> & {
  /** Of y's shape. */
  readonly residual?: Tensor | null;
};

/** x (N, in, H, W), y (N, out, oH, oW). An `activation` is the layer's own, or one given with x. */
export class Conv2d extends Module<readonly [x: Tensor, epilogue?: Conv2dEpilogue]> {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: Conv2dOptions;
  readonly #before: (x: Tensor) => Tensor;

  constructor(inChannels: number, outChannels: number, kernelSize: Pair, options: Conv2dOptions & PaddedOptions = {}) {
    super();
    const [kH, kW] = pair(kernelSize, 1);
    const depth = perGroup('Conv2d', 'inChannels', inChannels, options.groups);
    perGroup('Conv2d', 'outChannels', outChannels, options.groups);
    const init = uniformFanIn(depth * kH * kW);
    const shape = [outChannels, depth, kH, kW];
    this.weight = new Parameter(shape, init, weightLayout(shape, options.groups));
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], init) : null;
    const split = splitPadding('Conv2d', options, [kH, kW]);
    [this.#before, this.#options] = [split.before, split.options];
  }

  forward(x: Tensor, epilogue: Conv2dEpilogue = {}): Tensor {
    return F.conv2d(this.#before(x), this.weight.value, this.bias?.value, { ...this.#options, ...epilogue });
  }

  override extraRepr(): string {
    const [out, depth] = this.weight.shape;
    return describe(depth * (this.#options.groups ?? 1), out, this.weight, this.#options);
  }
}

/** x (N, in, L), y (N, out, oL) with oL = (L - 1) stride - 2 padding + dilation (kL - 1) + outputPadding + 1. */
export class ConvTranspose1d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: F.ConvTranspose1dOptions;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    options: F.ConvTranspose1dOptions & LayerOptions = {},
  ) {
    super();
    perGroup('ConvTranspose1d', 'inChannels', inChannels, options.groups);
    const depth = perGroup('ConvTranspose1d', 'outChannels', outChannels, options.groups);
    const init = uniformFanIn(depth * kernelSize); // as ConvTranspose2d's
    this.weight = new Parameter([inChannels, depth, kernelSize], init);
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], init) : null;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return F.convTranspose1d(x, this.weight.value, this.bias?.value, this.#options);
  }

  override extraRepr(): string {
    const [depth, out] = this.weight.shape;
    return describe(depth, out * (this.#options.groups ?? 1), this.weight, this.#options);
  }
}

/** x (N, in, H, W), y (N, out, oH, oW) with oH = (H - 1) stride - 2 padding + dilation (kH - 1) + outputPadding + 1. */
export class ConvTranspose2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #options: ConvTranspose2dOptions;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Pair,
    options: ConvTranspose2dOptions & LayerOptions = {},
  ) {
    super();
    const [kH, kW] = pair(kernelSize, 1);
    perGroup('ConvTranspose2d', 'inChannels', inChannels, options.groups);
    const depth = perGroup('ConvTranspose2d', 'outChannels', outChannels, options.groups);
    // PyTorch takes weight.size(1), here the output channels, for the fan-in of every kind of convolution.
    const init = uniformFanIn(depth * kH * kW);
    const shape = [inChannels, depth, kH, kW];
    this.weight = new Parameter(shape, init, weightLayout(shape, options.groups));
    this.bias = (options.bias ?? true) ? new Parameter([outChannels], init) : null;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return F.convTranspose2d(x, this.weight.value, this.bias?.value, this.#options);
  }

  override extraRepr(): string {
    const [depth, out] = this.weight.shape;
    return describe(depth, out * (this.#options.groups ?? 1), this.weight, this.#options);
  }
}

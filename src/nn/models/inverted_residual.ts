/**
 * What MobileNetV3, EfficientNet and RegNet are made of, with torchvision's keys: convolution with batch norm and
 * activation, squeeze and excitation (Hu, Shen, Sun: "Squeeze-and-excitation networks", 2018), and the inverted
 * residual block (Sandler et al.: "MobileNetV2", 2018).
 */
import { add, mul } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { AdaptiveAvgPool2d, Conv2d, Hardsigmoid, Hardswish, ReLU, Sigmoid, SiLU, StochasticDepth } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d, type BatchNormLayerOptions } from '../norm.js';
import { Sequential } from '../sequential.js';

const ACTIVATIONS = { relu: ReLU, silu: SiLU, hardswish: Hardswish } as const;

/** What follows a batch norm. */
export type BlockActivation = keyof typeof ACTIVATIONS;

/** Options of `ConvNormActivation`. */
export interface ConvNormOptions {
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly groups?: number;
  /** Default: none. */
  readonly activation?: BlockActivation;
  readonly norm?: BatchNormLayerOptions;
}

/** Convolution without a bias, batch norm, activation: torchvision.ops.Conv2dNormActivation. */
export class ConvNormActivation extends Sequential {
  readonly #conv: Conv2d;
  readonly #norm: BatchNorm2d;
  readonly #isRelu: boolean;
  /** What the batch norm cannot do in its pass. */
  readonly #after: Module | null;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    { stride = 1, groups = 1, activation, norm = {} }: ConvNormOptions = {},
  ) {
    const conv = new Conv2d(inChannels, outChannels, kernel, {
      stride,
      padding: (kernel - 1) / 2,
      groups,
      bias: false,
    });
    const bn = new BatchNorm2d(outChannels, norm);
    const after = activation === undefined ? null : new ACTIVATIONS[activation]();
    super(conv, bn, ...(after === null ? [] : [after]));
    this.#conv = conv;
    this.#norm = bn;
    this.#isRelu = activation === 'relu';
    this.#after = this.#isRelu ? null : after;
  }

  /**
   * (N, inChannels, H, W) -> (N, outChannels, ceil(H / stride), ceil(W / stride)).
   * @param residual of y's shape, added before the activation, in the batch norm's pass.
   */
  override forward(x: Tensor, residual: Tensor | null = null): Tensor {
    const activation = this.#isRelu ? 'relu' : null;
    const h = this.#norm.forward(this.#conv.forward(x), { activation, residual });
    return this.#after?.forward(h) ?? h;
  }
}

/** y = x * gate(fc2(activation(fc1(mean of each plane)))): each channel is weighed by what all of them say. */
export class SqueezeExcitation extends Module {
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;
  readonly activation: Module;
  readonly scale_activation: Module;

  constructor(
    channels: number,
    squeezed: number,
    { activation, gate }: { readonly activation: 'relu' | 'silu'; readonly gate: 'sigmoid' | 'hardsigmoid' },
  ) {
    super();
    this.fc1 = new Conv2d(channels, squeezed, 1);
    this.fc2 = new Conv2d(squeezed, channels, 1);
    this.activation = new ACTIVATIONS[activation]();
    this.scale_activation = gate === 'sigmoid' ? new Sigmoid() : new Hardsigmoid();
  }

  /** x (N, C, H, W), y (N, C, H, W). */
  forward(x: Tensor): Tensor {
    const squeezed = this.activation.forward(this.fc1.forward(this.avgpool.forward(x)));
    return mul(x, this.scale_activation.forward(this.fc2.forward(squeezed)));
  }
}

/** Sizes and kinds of an `InvertedResidual`. */
export interface InvertedResidualSizes {
  readonly inChannels: number;
  readonly expanded: number;
  readonly outChannels: number;
  /** Of the depthwise convolution. */
  readonly kernel: number;
  readonly stride: number;
  readonly activation: BlockActivation;
  readonly norm?: BatchNormLayerOptions;
  /** Squeezes and excites the expanded channels; null: does not. */
  readonly squeeze: {
    readonly channels: number;
    readonly activation: 'relu' | 'silu';
    readonly gate: 'sigmoid' | 'hardsigmoid';
  } | null;
  /** Probability with which training leaves the branch out for an image. Default 0. */
  readonly stochasticDepth?: number;
}

/**
 * 1x1 to more channels, a depthwise convolution, squeeze and excitation, 1x1 to few channels; x is added where the
 * shape is the same.
 */
export class InvertedResidual extends Module {
  readonly block: Sequential;
  readonly stochastic_depth: StochasticDepth;
  readonly #first: Sequential;
  readonly #project: ConvNormActivation;
  readonly #isResidual: boolean;

  constructor(sizes: InvertedResidualSizes) {
    super();
    const { inChannels, expanded, outChannels, kernel, stride, activation, norm, squeeze } = sizes;
    const common = { activation, ...(norm === undefined ? {} : { norm }) };
    const first = [
      ...(expanded === inChannels ? [] : [new ConvNormActivation(inChannels, expanded, 1, common)]),
      new ConvNormActivation(expanded, expanded, kernel, { ...common, stride, groups: expanded }),
      ...(squeeze === null ? [] : [new SqueezeExcitation(expanded, squeeze.channels, squeeze)]),
    ];
    this.#project = new ConvNormActivation(expanded, outChannels, 1, norm === undefined ? {} : { norm });
    this.#first = new Sequential(...first);
    this.block = new Sequential(...first, this.#project);
    this.stochastic_depth = new StochasticDepth(sizes.stochasticDepth ?? 0, 'row');
    this.#isResidual = stride === 1 && inChannels === outChannels;
  }

  /** (N, inChannels, H, W) -> (N, outChannels, ceil(H / stride), ceil(W / stride)). */
  forward(x: Tensor): Tensor {
    const h = this.#first.forward(x);
    if (!this.#isResidual) return this.#project.forward(h);
    if (this.stochastic_depth.isIdle) return this.#project.forward(h, x);
    return add(this.stochastic_depth.forward(this.#project.forward(h)), x);
  }
}

/**
 * Residual networks for large images (He, Zhang, Ren, Sun: "Deep residual learning for image recognition", 2015), with
 * torchvision's state-dict keys and initial values: ResNet-18 has 11,689,512 parameters for 1000 classes, ResNet-34
 * 21,797,672, ResNet-50 25,557,032. As there, a bottleneck that halves the image does so in its 3x3 convolution.
 * ResNeXt-50 32x4d (Xie et al.: "Aggregated residual transformations for deep neural networks", 2017) is ResNet-50 with
 * 3x3 convolutions of twice the channels, in 32 groups: 25,028,904.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, kaimingNormal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Linear, MaxPool2d } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

const RELU = { activation: 'relu' } as const;

/** The batch norm behind a convolution has a bias of its own. */
function conv(inChannels: number, outChannels: number, kernel: 1 | 3, stride = 1, groups = 1): Conv2d {
  return new Conv2d(inChannels, outChannels, kernel, { stride, padding: kernel === 3 ? 1 : 0, groups, bias: false });
}

/** Of the 3x3 convolutions of bottlenecks. */
export interface ResNetOptions {
  /** Default 1. */
  readonly groups?: number;
  /** Channels of a group in the first stage, twice as many in each that follows. Default 64. */
  readonly widthPerGroup?: number;
}

/** What a shortcut goes through where the block changes the shape; else the block's input is added as it is. */
function projection(inChannels: number, outChannels: number, stride: number): Sequential | null {
  return stride === 1 && inChannels === outChannels
    ? null
    : new Sequential(conv(inChannels, outChannels, 1, stride), new BatchNorm2d(outChannels));
}

/** y = relu(F(x) + x), F two 3x3 convolutions. */
class BasicBlock extends Module {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(inChannels: number, planes: number, stride: number) {
    super();
    this.conv1 = conv(inChannels, planes, 3, stride);
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = conv(planes, planes, 3);
    this.bn2 = new BatchNorm2d(planes);
    this.downsample = projection(inChannels, planes, stride);
  }

  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(this.conv1.forward(x), RELU);
    const residual = this.downsample?.forward(x) ?? x;
    return this.bn2.forward(this.conv2.forward(h), { ...RELU, residual });
  }
}

/**
 * y = relu(F(x) + x), F a 1x1 convolution to fewer channels, a 3x3 one, maybe in groups, and a 1x1 one to four times
 * `planes`.
 */
class Bottleneck extends Module {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(inChannels: number, planes: number, stride: number, { groups = 1, widthPerGroup = 64 }: ResNetOptions) {
    super();
    const width = Math.floor((planes * widthPerGroup) / 64) * groups;
    this.conv1 = conv(inChannels, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = conv(width, width, 3, stride, groups);
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = conv(width, 4 * planes, 1);
    this.bn3 = new BatchNorm2d(4 * planes);
    this.downsample = projection(inChannels, 4 * planes, stride);
  }

  forward(x: Tensor): Tensor {
    let h = this.bn1.forward(this.conv1.forward(x), RELU);
    h = this.bn2.forward(this.conv2.forward(h), RELU);
    const residual = this.downsample?.forward(x) ?? x;
    return this.bn3.forward(this.conv3.forward(h), { ...RELU, residual });
  }
}

/** Kind of block, and how many of them each of the four stages has. */
const DEPTHS = {
  18: { Block: BasicBlock, counts: [2, 2, 2, 2] },
  34: { Block: BasicBlock, counts: [3, 4, 6, 3] },
  50: { Block: Bottleneck, counts: [3, 4, 6, 3] },
} as const;

/** ResNet-18, -34 and -50 (He et al. 2016) and, with groups, ResNeXt-50 (Xie et al. 2017), as torchvision's. */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1 = new BatchNorm2d(64);
  readonly maxpool = new MaxPool2d(3, { stride: 2, padding: 1 });
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  constructor({ channels, classes }: ModelInput, depth: keyof typeof DEPTHS, options: ResNetOptions = {}) {
    super();
    const { Block, counts } = DEPTHS[depth];
    this.conv1 = new Conv2d(channels, 64, 7, { stride: 2, padding: 3, bias: false });
    let from = 64;
    const stage = (i: number): Sequential => {
      const planes = 64 * 2 ** i;
      const blocks = Array.from({ length: counts[i] }, (_, b) => {
        const block = new Block(from, planes, b === 0 && i > 0 ? 2 : 1, options);
        from = planes * Block.expansion;
        return block;
      });
      return new Sequential(...blocks);
    };
    this.layer1 = stage(0); // H/4
    this.layer2 = stage(1); // H/8
    this.layer3 = stage(2); // H/16
    this.layer4 = stage(3); // H/32
    this.fc = new Linear(from, classes);
    initLayers(this, Conv2d, kaimingNormal('out'));
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = this.maxpool.forward(this.bn1.forward(this.conv1.forward(x)), RELU);
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) h = layer.forward(h);
    return this.fc.forward(flatten(this.avgpool.forward(h)));
  }
}

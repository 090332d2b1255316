/**
 * GoogLeNet (Szegedy et al.: "Going deeper with convolutions", 2014) with batch norm, without the auxiliary heads, with
 * torchvision's state-dict keys and initial values: 6,624,904 parameters for 1000 classes. As there, the "5x5" branch
 * is a 3x3 convolution. (Weights that torchvision trained expect images normalised with mean 0.5 and deviation 0.5.)
 */
import { cat, flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, normal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Linear, MaxPool2d } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

/** Convolution, batch norm, ReLU. */
export class BasicConv2d extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    options: { readonly stride?: number; readonly padding?: number } = {},
  ) {
    super();
    this.conv = new Conv2d(inChannels, outChannels, kernel, { ...options, bias: false });
    this.bn = new BatchNorm2d(outChannels, { eps: 1e-3 });
  }

  forward(x: Tensor): Tensor {
    return this.bn.forward(this.conv.forward(x), { activation: 'relu' });
  }
}

/** Output channels of the four branches; the second and third squeeze the channels first. */
export type Branches = readonly [
  one: number,
  squeeze3: number,
  three: number,
  squeeze5: number,
  five: number,
  pooled: number,
];

/** Windows of several sizes side by side, joined along the channels. */
export class Inception extends Module {
  readonly branch1: BasicConv2d;
  readonly branch2: Sequential;
  readonly branch3: Sequential;
  readonly branch4: Sequential;

  constructor(inChannels: number, [one, squeeze3, three, squeeze5, five, pooled]: Branches) {
    super();
    this.branch1 = new BasicConv2d(inChannels, one, 1);
    this.branch2 = new Sequential(
      new BasicConv2d(inChannels, squeeze3, 1),
      new BasicConv2d(squeeze3, three, 3, { padding: 1 }),
    );
    this.branch3 = new Sequential(
      new BasicConv2d(inChannels, squeeze5, 1),
      new BasicConv2d(squeeze5, five, 3, { padding: 1 }),
    );
    this.branch4 = new Sequential(
      new MaxPool2d(3, { stride: 1, padding: 1, ceilMode: true }),
      new BasicConv2d(inChannels, pooled, 1),
    );
  }

  /** (N, C, H, W) -> (N, one + three + five + pooled, H, W). */
  forward(x: Tensor): Tensor {
    return cat(
      [this.branch1, this.branch2, this.branch3, this.branch4].map((branch) => branch.forward(x)),
      1,
    );
  }
}

const halve = (kernel: number): MaxPool2d => new MaxPool2d(kernel, { stride: 2, ceilMode: true });

/** GoogLeNet with batch norm (Szegedy et al. 2015), as torchvision's without its auxiliary heads. */
export class GoogLeNet extends Module {
  readonly conv1: BasicConv2d;
  readonly maxpool1 = halve(3);
  readonly conv2 = new BasicConv2d(64, 64, 1);
  readonly conv3 = new BasicConv2d(64, 192, 3, { padding: 1 });
  readonly maxpool2 = halve(3);
  readonly inception3a = new Inception(192, [64, 96, 128, 16, 32, 32]);
  readonly inception3b = new Inception(256, [128, 128, 192, 32, 96, 64]);
  readonly maxpool3 = halve(3);
  readonly inception4a = new Inception(480, [192, 96, 208, 16, 48, 64]);
  readonly inception4b = new Inception(512, [160, 112, 224, 24, 64, 64]);
  readonly inception4c = new Inception(512, [128, 128, 256, 24, 64, 64]);
  readonly inception4d = new Inception(512, [112, 144, 288, 32, 64, 64]);
  readonly inception4e = new Inception(528, [256, 160, 320, 32, 128, 128]);
  readonly maxpool4 = halve(2);
  readonly inception5a = new Inception(832, [256, 160, 320, 32, 128, 128]);
  readonly inception5b = new Inception(832, [384, 192, 384, 48, 128, 128]);
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly dropout = new Dropout(0.2);
  readonly fc: Linear;

  constructor({ channels, classes }: ModelInput) {
    super();
    this.conv1 = new BasicConv2d(channels, 64, 7, { stride: 2, padding: 3 });
    this.fc = new Linear(1024, classes);
    initLayers(this, Conv2d, normal(0, 0.01)); // torchvision cuts it off at 200 deviations
    this.fc.weight.init = normal(0, 0.01); // and leaves its bias
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = this.maxpool1.forward(this.conv1.forward(x)); // H/4
    h = this.maxpool2.forward(this.conv3.forward(this.conv2.forward(h))); // H/8
    h = this.maxpool3.forward(this.inception3b.forward(this.inception3a.forward(h))); // H/16
    for (const block of [this.inception4a, this.inception4b, this.inception4c, this.inception4d, this.inception4e])
      h = block.forward(h);
    h = this.maxpool4.forward(h); // H/32
    h = this.inception5b.forward(this.inception5a.forward(h));
    return this.fc.forward(this.dropout.forward(flatten(this.avgpool.forward(h))));
  }
}

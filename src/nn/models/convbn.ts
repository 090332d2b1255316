/**
 * A small convolutional network with batch normalisation: three pairs of 3x3 convolutions of 32, 64 and 128 channels,
 * each pair followed by 2x2 max pooling, then the mean over what is left of the image. 288,170 parameters for grey
 * images and 10 classes.
 */
import type { Tensor } from '../../tensor/tensor.js';
import * as F from '../../autograd/ops/index.js';
import { Conv2d, Dropout, Linear } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import type { ModelInput } from './list.js';

const WIDTHS = [32, 64, 128] as const;

/** Convolution, normalisation, ReLU, twice. (N, from, H, W) -> (N, to, H, W). */
class Pair extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;

  constructor(from: number, to: number) {
    super();
    this.conv1 = new Conv2d(from, to, 3, { padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(to);
    this.conv2 = new Conv2d(to, to, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(to);
  }

  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
    return this.bn2.forward(this.conv2.forward(h), { activation: 'relu' });
  }
}

export class ConvBN extends Module {
  readonly block1: Pair;
  readonly block2: Pair;
  readonly block3: Pair;
  readonly dropout = new Dropout(0.3);
  readonly fc: Linear;

  constructor({ channels, classes }: ModelInput) {
    super();
    const [a, b, c] = WIDTHS;
    this.block1 = new Pair(channels, a);
    this.block2 = new Pair(a, b);
    this.block3 = new Pair(b, c);
    this.fc = new Linear(c, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = F.maxPool2d(this.block1.forward(x), { kernelSize: 2 }); // (N, 32, H/2, W/2)
    h = F.maxPool2d(this.block2.forward(h), { kernelSize: 2 }); // (N, 64, H/4, W/4)
    h = F.flatten(F.adaptiveAvgPool2d(this.block3.forward(h), 1)); // (N, 128)
    return this.fc.forward(this.dropout.forward(h));
  }
}

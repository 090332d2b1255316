/**
 * LeNet-5, the classical convolutional network (LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to
 * document recognition", 1998), with all feature maps connected and a linear output: 61,706 parameters for 28x28 grey
 * images and 10 classes.
 */
import type { Tensor } from '../../tensor/tensor.js';
import * as F from '../../autograd/ops/index.js';
import { Conv2d, Linear } from '../layers.js';
import { Module } from '../module.js';
import type { ModelInput } from './list.js';

/** LeNet-5 (LeCun et al. 1998) with a linear output. */
export class LeNet5 extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;

  constructor({ channels, height, width, classes }: ModelInput) {
    super();
    const after = (size: number): number => Math.floor((Math.floor(size / 2) - 4) / 2);
    this.conv1 = new Conv2d(channels, 6, 5, { padding: 2, activation: 'tanh' });
    this.conv2 = new Conv2d(6, 16, 5, { activation: 'tanh' });
    this.fc1 = new Linear(16 * after(height) * after(width), 120);
    this.fc2 = new Linear(120, 84);
    this.fc3 = new Linear(84, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = F.avgPool2d(this.conv1.forward(x), { kernelSize: 2 }); // (N, 6, H/2, W/2)
    h = F.avgPool2d(this.conv2.forward(h), { kernelSize: 2 }); // (N, 16, H/4 - 2, W/4 - 2)
    h = this.fc1.forward(F.flatten(h), { activation: 'tanh' });
    h = this.fc2.forward(h, { activation: 'tanh' });
    return this.fc3.forward(h);
  }
}

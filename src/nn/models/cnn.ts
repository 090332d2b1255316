/** A plain CNN of two convolution blocks: 421,642 parameters for 28x28 grey images and 10 classes. */
import type { Tensor } from '../../tensor/tensor.js';
import * as F from '../../autograd/ops/index.js';
import { Conv2d, Linear } from '../layers.js';
import { Module } from '../module.js';
import type { ModelInput } from './list.js';

/** Two convolutions 3x3, max pooling, a hidden layer of 128. */
export class CNN extends Module {
  readonly conv1: Conv2d;
  readonly conv2: Conv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor({ channels, height, width, classes }: ModelInput) {
    super();
    this.conv1 = new Conv2d(channels, 32, 3, { padding: 1 });
    this.conv2 = new Conv2d(32, 64, 3, { padding: 1 });
    this.fc1 = new Linear(64 * Math.floor(height / 4) * Math.floor(width / 4), 128);
    this.fc2 = new Linear(128, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = F.maxPool2d(this.conv1.forward(x), { kernelSize: 2, activation: 'relu' }); // (N, 32, H/2, W/2)
    h = F.maxPool2d(this.conv2.forward(h), { kernelSize: 2, activation: 'relu', flatten: true }); // (N, 64 H/4 W/4)
    h = this.fc1.forward(h, { activation: 'relu' });
    return this.fc2.forward(h);
  }
}

/** A multi-layer perceptron: the image as one vector, two hidden layers. */
import type { Tensor } from '../../tensor/tensor.js';
import * as F from '../../autograd/ops/index.js';
import { Linear } from '../layers.js';
import { Module } from '../module.js';
import type { ModelInput } from './list.js';

/** A perceptron with hidden layers of 256 and 128, ReLU. */
export class MLP extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;

  constructor({ channels, height, width, classes }: ModelInput) {
    super();
    this.fc1 = new Linear(channels * height * width, 256);
    this.fc2 = new Linear(256, 128);
    this.fc3 = new Linear(128, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = this.fc1.forward(F.flatten(x), { activation: 'relu' });
    h = this.fc2.forward(h, { activation: 'relu' });
    return this.fc3.forward(h);
  }
}

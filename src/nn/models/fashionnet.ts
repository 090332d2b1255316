/**
 * FashionNet, the optimised CNN of "Deep learning for fashion image classification with a dynamically decayed learning
 * rate": the first block keeps its stride at 1, in pooling too; the second one halves twice; dropout grows towards the
 * end. The paper gives no channel counts: 32 and 64, no padding and 128 hidden units make 315,146 parameters for 28x28
 * grey images and 10 classes.
 */
import * as F from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Conv2d, Dropout, Linear } from '../layers.js';
import { Module } from '../module.js';
import type { ModelInput } from './list.js';

/** Two convolutions, the second of stride 2, and much dropout. */
export class FashionNet extends Module {
  readonly conv1: Conv2d;
  readonly dropout1 = new Dropout(0.25);
  readonly conv2: Conv2d;
  readonly dropout2 = new Dropout(0.5);
  readonly fc1: Linear;
  readonly dropout3 = new Dropout(0.5);
  readonly fc2: Linear;

  constructor({ channels, height, width, classes }: ModelInput) {
    super();
    const after = (size: number): number => Math.floor((Math.floor((size - 3 - 3) / 2) + 1) / 2);
    this.conv1 = new Conv2d(channels, 32, 3);
    this.conv2 = new Conv2d(32, 64, 3, { stride: 2 });
    this.fc1 = new Linear(64 * after(height) * after(width), 128);
    this.fc2 = new Linear(128, classes);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    // (N, 32, H - 3, W - 3)
    let h = F.maxPool2d(this.conv1.forward(x), { kernelSize: 2, stride: 1, activation: 'relu' });
    // (N, 64, H/4 - 1, W/4 - 1)
    h = F.maxPool2d(this.conv2.forward(this.dropout1.forward(h)), { kernelSize: 2, activation: 'relu' });
    h = this.fc1.forward(F.flatten(this.dropout2.forward(h)), { activation: 'relu' });
    return this.fc2.forward(this.dropout3.forward(h));
  }
}

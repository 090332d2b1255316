/**
 * AlexNet (Krizhevsky: "One weird trick for parallelizing convolutional neural networks", 2014, the form that
 * torchvision has), with its state-dict keys and initial values (PyTorch's defaults): 61,100,840 parameters for 1000
 * classes.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Linear, MaxPool2d, ReLU } from '../layers.js';
import { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

/** AlexNet (Krizhevsky 2014), as torchvision's. */
export class AlexNet extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(6);
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput) {
    super();
    const pool = (): MaxPool2d => new MaxPool2d(3, { stride: 2 });
    this.features = new Sequential(
      new Conv2d(channels, 64, 11, { stride: 4, padding: 2 }),
      new ReLU(),
      pool(),
      new Conv2d(64, 192, 5, { padding: 2 }),
      new ReLU(),
      pool(),
      new Conv2d(192, 384, 3, { padding: 1 }),
      new ReLU(),
      new Conv2d(384, 256, 3, { padding: 1 }),
      new ReLU(),
      new Conv2d(256, 256, 3, { padding: 1 }),
      new ReLU(),
      pool(),
    );
    this.classifier = new Sequential(
      new Dropout(0.5),
      new Linear(256 * 6 * 6, 4096),
      new ReLU(),
      new Dropout(0.5),
      new Linear(4096, 4096),
      new ReLU(),
      new Linear(4096, classes),
    );
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

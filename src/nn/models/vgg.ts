/**
 * VGG (Simonyan and Zisserman: "Very deep convolutional networks for large-scale image recognition", 2014): 3x3
 * convolutions only, with torchvision's state-dict keys and initial values. VGG-11 has 132,863,336 parameters for 1000
 * classes, VGG-16 138,357,544.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, kaimingNormal, normal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Linear, MaxPool2d, ReLU } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

/** Channels of the convolutions between one pooling and the next. */
const STAGES = {
  11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
} as const;

/** VGG-11 and VGG-16 (Simonyan and Zisserman 2015), as torchvision's. */
export class VGG extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(7);
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput, depth: keyof typeof STAGES, { batchNorm = false } = {}) {
    super();
    let from = channels;
    const layers = STAGES[depth].flatMap((stage) => [
      ...stage.flatMap((to) => {
        const conv = new Conv2d(from, to, 3, { padding: 1 });
        from = to;
        return [conv, ...(batchNorm ? [new BatchNorm2d(to)] : []), new ReLU()];
      }),
      new MaxPool2d(2),
    ]);
    this.features = new Sequential(...layers);
    this.classifier = new Sequential(
      new Linear(512 * 7 * 7, 4096),
      new ReLU(),
      new Dropout(0.5),
      new Linear(4096, 4096),
      new ReLU(),
      new Dropout(0.5),
      new Linear(4096, classes),
    );
    initLayers(this, Conv2d, kaimingNormal('out'));
    initLayers(this, Linear, normal(0, 0.01));
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

/**
 * SqueezeNet 1.1 (Iandola et al.: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016; version 1.1 of
 * the authors' repository), with torchvision's state-dict keys and initial values: 1,235,496 parameters for 1000
 * classes.
 */
import { cat } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Flatten, MaxPool2d, ReLU } from '../layers.js';
import { initLayers, kaimingUniform, normal } from '../init.js';
import { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

const RELU = { activation: 'relu' } as const;

/** Squeezes the channels with 1x1 convolutions, then expands them with 1x1 and 3x3 ones side by side. */
class Fire extends Module {
  readonly squeeze: Conv2d;
  readonly expand1x1: Conv2d;
  readonly expand3x3: Conv2d;

  constructor(channels: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = new Conv2d(channels, squeezed, 1);
    this.expand1x1 = new Conv2d(squeezed, expanded, 1);
    this.expand3x3 = new Conv2d(squeezed, expanded, 3, { padding: 1 });
  }

  /** (N, channels, H, W) -> (N, 2 expanded, H, W). */
  forward(x: Tensor): Tensor {
    const s = this.squeeze.forward(x, RELU);
    return cat([this.expand1x1.forward(s, RELU), this.expand3x3.forward(s, RELU)], 1);
  }
}

/** SqueezeNet 1.1 (Iandola et al. 2016), as torchvision's. */
export class SqueezeNet extends Module {
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput) {
    super();
    const pool = (): MaxPool2d => new MaxPool2d(3, { stride: 2, ceilMode: true });
    this.features = new Sequential(
      new Conv2d(channels, 64, 3, { stride: 2 }),
      new ReLU(),
      pool(),
      new Fire(64, 16, 64),
      new Fire(128, 16, 64),
      pool(),
      new Fire(128, 32, 128),
      new Fire(256, 32, 128),
      pool(),
      new Fire(256, 48, 192),
      new Fire(384, 48, 192),
      new Fire(384, 64, 256),
      new Fire(512, 64, 256),
    );
    const last = new Conv2d(512, classes, 1);
    this.classifier = new Sequential(new Dropout(0.5), last, new ReLU(), new AdaptiveAvgPool2d(1), new Flatten());
    initLayers(this, Conv2d, kaimingUniform());
    last.weight.init = normal(0, 0.01);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x));
  }
}

/**
 * EfficientNet-B0 (Tan, Le: "EfficientNet: rethinking model scaling for convolutional neural networks", 2019), with
 * torchvision's state-dict keys and initial values: 5,288,548 parameters for 1000 classes.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, kaimingNormal, uniformFanIn } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Linear } from '../layers.js';
import { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import { ConvNormActivation, InvertedResidual } from './inverted_residual.js';
import type { ModelInput } from './list.js';

type Stage = readonly [expansion: number, kernel: number, stride: number, outChannels: number, layers: number];

/** The paper's table 1; the stem has 32 channels. */
const STAGES: readonly Stage[] = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
];
/** It rises from 0 at the first block by a 16th of this from block to block. */
const STOCHASTIC_DEPTH = 0.2;
const DROPOUT = 0.2;

/** EfficientNet-B0 (Tan and Le 2019), as torchvision's. */
export class EfficientNet extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput) {
    super();
    const total = STAGES.reduce((n, [, , , , layers]) => n + layers, 0);
    let from = 32;
    let made = 0;
    const stem = new ConvNormActivation(channels, from, 3, { stride: 2, activation: 'silu' });
    const stages = STAGES.map(([expansion, kernel, stride, outChannels, layers]) => {
      const blocks = Array.from({ length: layers }, (_, i) => {
        const block = new InvertedResidual({
          inChannels: from,
          expanded: expansion * from,
          outChannels,
          kernel,
          stride: i === 0 ? stride : 1,
          activation: 'silu',
          squeeze: { channels: Math.floor(from / 4), activation: 'silu', gate: 'sigmoid' },
          stochasticDepth: (STOCHASTIC_DEPTH * made++) / total,
        });
        from = outChannels;
        return block;
      });
      return new Sequential(...blocks);
    });
    this.features = new Sequential(stem, ...stages, new ConvNormActivation(from, 4 * from, 1, { activation: 'silu' }));
    this.classifier = new Sequential(new Dropout(DROPOUT), new Linear(4 * from, classes));
    initLayers(this, Conv2d, kaimingNormal('out'));
    initLayers(this, Linear, uniformFanIn(classes)); // by its outputs, as torchvision's
  }

  /** x (N, C, H, W) -> logits (N, classes); the last maps are H/32. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

/**
 * MobileNetV3 (Howard et al.: "Searching for MobileNetV3", 2019), with torchvision's state-dict keys and initial
 * values: 2,542,856 parameters for 1000 classes of the small one, 5,483,032 of the large one.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, kaimingNormal, normal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Dropout, Hardswish, Linear } from '../layers.js';
import { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import { ConvNormActivation, InvertedResidual } from './inverted_residual.js';
import type { ModelInput } from './list.js';

const NORM = { eps: 1e-3, momentum: 0.01 } as const;

type Row = readonly [
  kernel: number,
  expanded: number,
  outChannels: number,
  squeezes: boolean,
  activation: 'relu' | 'hardswish',
  stride: number,
];

/** The papers' tables 1 and 2; the stem has 16 channels. */
const SIZES: Readonly<Record<'small' | 'large', { readonly rows: readonly Row[]; readonly features: number }>> = {
  small: {
    rows: [
      [3, 16, 16, true, 'relu', 2],
      [3, 72, 24, false, 'relu', 2],
      [3, 88, 24, false, 'relu', 1],
      [5, 96, 40, true, 'hardswish', 2],
      [5, 240, 40, true, 'hardswish', 1],
      [5, 240, 40, true, 'hardswish', 1],
      [5, 120, 48, true, 'hardswish', 1],
      [5, 144, 48, true, 'hardswish', 1],
      [5, 288, 96, true, 'hardswish', 2],
      [5, 576, 96, true, 'hardswish', 1],
      [5, 576, 96, true, 'hardswish', 1],
    ],
    features: 1024,
  },
  large: {
    rows: [
      [3, 16, 16, false, 'relu', 1],
      [3, 64, 24, false, 'relu', 2],
      [3, 72, 24, false, 'relu', 1],
      [5, 72, 40, true, 'relu', 2],
      [5, 120, 40, true, 'relu', 1],
      [5, 120, 40, true, 'relu', 1],
      [3, 240, 80, false, 'hardswish', 2],
      [3, 200, 80, false, 'hardswish', 1],
      [3, 184, 80, false, 'hardswish', 1],
      [3, 184, 80, false, 'hardswish', 1],
      [3, 480, 112, true, 'hardswish', 1],
      [3, 672, 112, true, 'hardswish', 1],
      [5, 672, 160, true, 'hardswish', 2],
      [5, 960, 160, true, 'hardswish', 1],
      [5, 960, 160, true, 'hardswish', 1],
    ],
    features: 1280,
  },
};

/** The multiple of 8 next to a number of channels, not below 8 and not a tenth below the number. */
function multipleOf8(channels: number): number {
  const near = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return near < 0.9 * channels ? near + 8 : near;
}

/** MobileNetV3, small or large (Howard et al. 2019), as torchvision's. */
export class MobileNetV3 extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput, size: 'small' | 'large') {
    super();
    const { rows, features } = SIZES[size];
    let from = 16;
    const stem = new ConvNormActivation(channels, from, 3, { stride: 2, activation: 'hardswish', norm: NORM });
    const blocks = rows.map(([kernel, expanded, outChannels, squeezes, activation, stride]) => {
      const squeeze = {
        channels: multipleOf8(Math.floor(expanded / 4)),
        activation: 'relu',
        gate: 'hardsigmoid',
      } as const;
      const block = new InvertedResidual({
        inChannels: from,
        expanded,
        outChannels,
        kernel,
        stride,
        activation,
        norm: NORM,
        squeeze: squeezes ? squeeze : null,
      });
      from = outChannels;
      return block;
    });
    const last = new ConvNormActivation(from, 6 * from, 1, { activation: 'hardswish', norm: NORM });
    this.features = new Sequential(stem, ...blocks, last);
    this.classifier = new Sequential(
      new Linear(6 * from, features),
      new Hardswish(),
      new Dropout(0.2),
      new Linear(features, classes),
    );
    initLayers(this, Conv2d, kaimingNormal('out'));
    initLayers(this, Linear, normal(0, 0.01));
  }

  /** x (N, C, H, W) -> logits (N, classes); the last maps are H/32. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

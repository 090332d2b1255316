/**
 * DenseNet-121 (Huang, Liu, van der Maaten, Weinberger: "Densely connected convolutional networks", 2017), with
 * torchvision's state-dict keys and initial values: 7,978,856 parameters for 1000 classes.
 */
import { cat, flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, initLayers, kaimingNormal } from '../init.js';
import { AdaptiveAvgPool2d, AvgPool2d, Conv2d, Linear, MaxPool2d, ReLU } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

const RELU = { activation: 'relu' } as const;
/** Channels that a layer adds; it squeezes what it is given into four times as many first. */
const GROWTH = 32;
const SQUEEZED = 4 * GROWTH;
const STEM = 64;
/** Layers of the four blocks; between them channels and sides are halved. */
const BLOCKS = [6, 12, 24, 16] as const;

/** (N, channels, H, W) -> (N, 32, H, W). */
class DenseLayer extends Module {
  readonly norm1: BatchNorm2d;
  readonly conv1: Conv2d;
  readonly norm2 = new BatchNorm2d(SQUEEZED);
  readonly conv2 = new Conv2d(SQUEEZED, GROWTH, 3, { padding: 1, bias: false });

  constructor(channels: number) {
    super();
    this.norm1 = new BatchNorm2d(channels);
    this.conv1 = new Conv2d(channels, SQUEEZED, 1, { bias: false });
  }

  forward(x: Tensor): Tensor {
    const h = this.conv1.forward(this.norm1.forward(x, RELU));
    return this.conv2.forward(this.norm2.forward(h, RELU));
  }
}

/** Each layer is given x and what all before it made: (N, channels, H, W) -> (N, channels + 32 layers, H, W). */
class DenseBlock extends Module {
  readonly #layers: readonly DenseLayer[];

  constructor(channels: number, layers: number) {
    super();
    this.#layers = Array.from({ length: layers }, (_, i) => new DenseLayer(channels + i * GROWTH));
  }

  override *children(): Iterable<[string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [`denselayer${i + 1}`, layer];
  }

  forward(x: Tensor): Tensor {
    return this.#layers.reduce((all, layer) => cat([all, layer.forward(all)], 1), x);
  }
}

/** Halves channels and sides. */
function transition(channels: number): Sequential {
  return new Sequential({
    norm: new BatchNorm2d(channels),
    relu: new ReLU(),
    conv: new Conv2d(channels, channels / 2, 1, { bias: false }),
    pool: new AvgPool2d(2, { stride: 2 }),
  });
}

/** DenseNet-121 (Huang et al. 2017), as torchvision's. */
export class DenseNet extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Linear;

  constructor({ channels, classes }: ModelInput) {
    super();
    const parts: Record<string, Module> = {
      conv0: new Conv2d(channels, STEM, 7, { stride: 2, padding: 3, bias: false }),
      norm0: new BatchNorm2d(STEM),
      relu0: new ReLU(),
      pool0: new MaxPool2d(3, { stride: 2, padding: 1 }),
    };
    let width = STEM;
    for (const [i, layers] of BLOCKS.entries()) {
      parts[`denseblock${i + 1}`] = new DenseBlock(width, layers);
      width += layers * GROWTH;
      if (i === BLOCKS.length - 1) break;
      parts[`transition${i + 1}`] = transition(width);
      width /= 2;
    }
    parts['norm5'] = new BatchNorm2d(width);
    parts['relu5'] = new ReLU();
    this.features = new Sequential(parts);
    this.classifier = new Linear(width, classes);
    initLayers(this, Conv2d, kaimingNormal());
    if (this.classifier.bias !== null) this.classifier.bias.init = constantValue(0);
  }

  /** x (N, C, H, W) -> logits (N, classes); the last maps are H/32. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

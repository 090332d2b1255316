/**
 * ConvNeXt-Tiny (Liu et al.: "A ConvNet for the 2020s", 2022), with torchvision's state-dict keys and initial values:
 * 28,589,128 parameters for 1000 classes.
 */
import { add, mul, permute } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, initLayers, normal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Flatten, GELU, Linear, StochasticDepth } from '../layers.js';
import { Module } from '../module.js';
import { LayerNorm } from '../norm.js';
import { Parameter } from '../parameter.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

/** Channels and blocks of the four stages; between them the image is halved. */
const STAGES = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const;
const NORM = { eps: 1e-6 } as const;
const LAYER_SCALE = 1e-6;
/** Of the last block; it rises from 0 at the first. */
const STOCHASTIC_DEPTH = 0.1;
const CHANNELS_LAST = [0, 2, 3, 1] as const;
const CHANNELS_FIRST = [0, 3, 1, 2] as const;

class Permute extends Module {
  readonly #order: readonly number[];
  constructor(order: readonly number[]) {
    super();
    this.#order = order;
  }

  forward(x: Tensor): Tensor {
    return permute(x, this.#order);
  }

  override extraRepr(): string {
    return this.#order.join(', ');
  }
}

/** Layer normalisation of the channels of each pixel: x (N, C, H, W), y (N, C, H, W). */
class LayerNorm2d extends LayerNorm {
  override forward(x: Tensor): Tensor {
    return permute(super.forward(permute(x, CHANNELS_LAST)), CHANNELS_FIRST);
  }
}

/** y = x + scale * F(x), F a depthwise 7x7 convolution, layer norm and two linear layers on each pixel. */
class Block extends Module {
  readonly layer_scale: Parameter;
  readonly block: Sequential;
  readonly stochastic_depth: StochasticDepth;

  constructor(channels: number, stochasticDepth: number) {
    super();
    this.layer_scale = new Parameter([channels, 1, 1], constantValue(LAYER_SCALE));
    this.block = new Sequential(
      new Conv2d(channels, channels, 7, { padding: 3, groups: channels }),
      new Permute(CHANNELS_LAST),
      new LayerNorm(channels, NORM),
      new Linear(channels, 4 * channels),
      new GELU(),
      new Linear(4 * channels, channels),
      new Permute(CHANNELS_FIRST),
    );
    this.stochastic_depth = new StochasticDepth(stochasticDepth, 'row');
  }

  /** x (N, C, H, W), y (N, C, H, W). */
  forward(x: Tensor): Tensor {
    return add(this.stochastic_depth.forward(mul(this.block.forward(x), this.layer_scale.value)), x);
  }
}

/** ConvNeXt-Tiny (Liu et al. 2022), as torchvision's. */
export class ConvNeXt extends Module {
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor({ channels, classes }: ModelInput) {
    super();
    const [[stem]] = STAGES;
    const total = STAGES.reduce((n, [, blocks]) => n + blocks, 0);
    let made = 0;
    const parts: Module[] = [new Sequential(new Conv2d(channels, stem, 4, { stride: 4 }), new LayerNorm2d(stem, NORM))];
    for (const [i, [width, blocks]] of STAGES.entries()) {
      if (i > 0) {
        const [before] = STAGES[i - 1];
        parts.push(new Sequential(new LayerNorm2d(before, NORM), new Conv2d(before, width, 2, { stride: 2 })));
      }
      const next = (): Block => new Block(width, (STOCHASTIC_DEPTH * made++) / (total - 1));
      parts.push(new Sequential(...Array.from({ length: blocks }, next)));
    }
    const [last] = STAGES[STAGES.length - 1];
    this.features = new Sequential(...parts);
    this.classifier = new Sequential(new LayerNorm2d(last, NORM), new Flatten(), new Linear(last, classes));
    // torchvision's is cut off at 100 deviations
    for (const kind of [Conv2d, Linear]) initLayers(this, kind, normal(0, 0.02));
  }

  /** x (N, C, H, W) -> logits (N, classes); the last maps are H/32. */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.avgpool.forward(this.features.forward(x)));
  }
}

/**
 * RegNetY-400MF (Radosavovic et al.: "Designing network design spaces", 2020), with torchvision's state-dict keys and
 * initial values: 4,344,144 parameters for 1000 classes.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, kaimingNormal, normal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Linear } from '../layers.js';
import { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import { ConvNormActivation, SqueezeExcitation } from './inverted_residual.js';
import type { ModelInput } from './list.js';

const STEM = 32;
/** Channels and blocks of the four stages, each of which halves the image: depth 16, w0 48, wa 27.89, wm 2.09. */
const STAGES = [
  [48, 1],
  [104, 3],
  [208, 6],
  [440, 6],
] as const;
const GROUP_WIDTH = 8;

/** y = relu(F(x) + x): 1x1, grouped 3x3, squeeze and excitation, 1x1; `proj` where the shape changes. */
class Block extends Module {
  readonly proj: ConvNormActivation | null;
  readonly f: Sequential;
  readonly #first: Sequential;
  readonly #last: ConvNormActivation;

  constructor(inChannels: number, channels: number, stride: number) {
    super();
    const relu = { activation: 'relu' } as const;
    const isSame = inChannels === channels && stride === 1;
    this.proj = isSame ? null : new ConvNormActivation(inChannels, channels, 1, { stride });
    const first = {
      a: new ConvNormActivation(inChannels, channels, 1, relu),
      b: new ConvNormActivation(channels, channels, 3, { ...relu, stride, groups: channels / GROUP_WIDTH }),
      se: new SqueezeExcitation(channels, Math.round(inChannels / 4), { activation: 'relu', gate: 'sigmoid' }),
    };
    this.#last = new ConvNormActivation(channels, channels, 1, relu); // F's norm adds x and rectifies the sum
    this.#first = new Sequential(first);
    this.f = new Sequential({ ...first, c: this.#last });
  }

  forward(x: Tensor): Tensor {
    return this.#last.forward(this.#first.forward(x), this.proj?.forward(x) ?? x);
  }
}

/** RegNetY-400MF (Radosavovic et al. 2020), as torchvision's. */
export class RegNet extends Module {
  readonly stem: Sequential;
  readonly trunk_output: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  constructor({ channels, classes }: ModelInput) {
    super();
    this.stem = new ConvNormActivation(channels, STEM, 3, { stride: 2, activation: 'relu' });
    let from = STEM;
    const stages = STAGES.map(([width, blocks], s) => {
      const named = Array.from({ length: blocks }, (_, b) => {
        const block = new Block(from, width, b === 0 ? 2 : 1);
        from = width;
        return [`block${s + 1}-${b}`, block] as const;
      });
      return [`block${s + 1}`, new Sequential(Object.fromEntries(named))] as const;
    });
    this.trunk_output = new Sequential(Object.fromEntries(stages));
    this.fc = new Linear(from, classes);
    // weights alone: biases of the squeezing convolutions start as those of any Conv2d
    for (const [, m] of this.namedModules()) if (m instanceof Conv2d) m.weight.init = kaimingNormal('out');
    this.fc.weight.init = normal(0, 0.01);
    if (this.fc.bias !== null) this.fc.bias.init = constantValue(0);
  }

  /** x (N, C, H, W) -> logits (N, classes); the last maps are H/32. */
  forward(x: Tensor): Tensor {
    const h = this.trunk_output.forward(this.stem.forward(x));
    return this.fc.forward(flatten(this.avgpool.forward(h)));
  }
}

/**
 * Wide residual networks for small images (Zagoruyko, Komodakis: "Wide residual networks", 2016). WRN-d-k: a 3x3
 * convolution, three stages of n = (d - 4) / 6 blocks with 16 k, 32 k and 64 k channels, batch norm, relu, a linear
 * layer. Batch norm and relu stand before each convolution (He, Zhang, Ren, Sun: "Identity mappings in deep residual
 * networks", 2016), so that what is added up from block to block passes through no relu. Without dropout. Keys are
 * those of the usual PyTorch code (`block1.layer.0.bn1`, `convShortcut`), as are initial values. For colour images and
 * 10 classes WRN-16-4 has 2,748,890 parameters, WRN-28-10 36,479,194.
 */
import { flatten } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, initLayers, kaimingNormal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Linear } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

const RELU = { activation: 'relu' } as const;
/** Channels of the first convolution, and of the first stage of a network that is not wide. */
const STEM = 16;

/**
 * y = x + F(x), F twice: batch norm, relu, 3x3 convolution. Where channels change, the shortcut is a 1x1 convolution of
 * what the first relu gives.
 */
class Block extends Module {
  readonly bn1: BatchNorm2d;
  readonly conv1: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly convShortcut: Conv2d | null;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.bn1 = new BatchNorm2d(inChannels);
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.convShortcut =
      inChannels === outChannels ? null : new Conv2d(inChannels, outChannels, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(x, RELU);
    const residual = this.convShortcut?.forward(h) ?? x;
    return this.conv2.forward(this.bn2.forward(this.conv1.forward(h), RELU), { residual });
  }
}

/** Blocks (N, in, H, W) -> (N, out, H/stride, W/stride), of which the first changes channels and sides. */
function stage(blocks: number, inChannels: number, outChannels: number, stride: number): Sequential {
  const all = Array.from({ length: blocks }, (_, i) =>
    i === 0 ? new Block(inChannels, outChannels, stride) : new Block(outChannels, outChannels, 1),
  );
  return new Sequential({ layer: new Sequential(...all) });
}

/** The wide residual networks of Zagoruyko and Komodakis (2016), without dropout. */
export class WideResNet extends Module {
  readonly conv1: Conv2d;
  readonly block1: Sequential;
  readonly block2: Sequential;
  readonly block3: Sequential;
  readonly bn1: BatchNorm2d;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  /** @param depth 6n + 4. @param width times the channels of a network that is not wide; 2 or more. */
  constructor({ channels, classes }: ModelInput, depth: number, width: number) {
    super();
    const n = (depth - 4) / 6;
    const [first, second, third] = [1, 2, 4].map((times) => STEM * width * times);
    this.conv1 = new Conv2d(channels, STEM, 3, { padding: 1, bias: false });
    this.block1 = stage(n, STEM, first, 1); // H
    this.block2 = stage(n, first, second, 2); // H/2
    this.block3 = stage(n, second, third, 2); // H/4
    this.bn1 = new BatchNorm2d(third);
    this.fc = new Linear(third, classes);
    initLayers(this, Conv2d, kaimingNormal('out'));
    if (this.fc.bias !== null) this.fc.bias.init = constantValue(0);
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = this.conv1.forward(x);
    for (const block of [this.block1, this.block2, this.block3]) h = block.forward(h);
    return this.fc.forward(flatten(this.avgpool.forward(this.bn1.forward(h, RELU))));
  }
}

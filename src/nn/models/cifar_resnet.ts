/**
 * The small networks with which "Deep residual learning for image recognition" (He, Zhang, Ren, Sun 2015, section 4.2)
 * shows the degradation of plain networks on CIFAR-10, and its cure. Depth 6n + 2: a 3x3 convolution, three stages of n
 * blocks of two 3x3 convolutions each with 16, 32 and 64 channels, a linear layer. With shortcuts it is a ResNet,
 * without them plain; both have the same parameters, because shortcuts are of option A: where the shape changes, every
 * other pixel, and zeros for the new channels. Keys are those of torchvision's ResNets. Depth 20: 269,722 for colour
 * images and 10 classes.
 */
import { avgPool2d, flatten, pad } from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { initLayers, kaimingNormal } from '../init.js';
import { AdaptiveAvgPool2d, Conv2d, Linear } from '../layers.js';
import { Module } from '../module.js';
import { BatchNorm2d } from '../norm.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from './list.js';

const RELU = { activation: 'relu' } as const;

class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  /** Channels on either side that the shortcut fills with zeros; null in a plain network. */
  readonly #grows: number | null;

  constructor(inChannels: number, outChannels: number, hasShortcut: boolean) {
    super();
    const stride = inChannels === outChannels ? 1 : 2;
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outChannels);
    this.#grows = hasShortcut ? (outChannels - inChannels) / 2 : null;
  }

  forward(x: Tensor): Tensor {
    const h = this.conv2.forward(this.bn1.forward(this.conv1.forward(x), RELU));
    if (this.#grows === null) return this.bn2.forward(h, RELU);
    return this.bn2.forward(h, { ...RELU, residual: this.#grows === 0 ? x : shrink(x, this.#grows) });
  }
}

/** (N, C, H, W) -> (N, C + 2 grows, H/2, W/2): every other pixel, zeros for the new channels. */
function shrink(x: Tensor, grows: number): Tensor {
  const pixels = avgPool2d(x, { kernelSize: 1, stride: 2 }); // a mean of one pixel
  return pad(pixels, [0, 0, 0, 0, grows, grows]);
}

/** The residual networks for CIFAR of 6 n + 2 layers (He et al. 2016), with or without shortcuts. */
export class CifarResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1 = new BatchNorm2d(16);
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  /** @param depth 6n + 2. */
  constructor({ channels, classes }: ModelInput, depth: number, { shortcuts = true } = {}) {
    super();
    const n = (depth - 2) / 6;
    const stage = (from: number, to: number): Sequential =>
      new Sequential(...Array.from({ length: n }, (_, i) => new Block(i === 0 ? from : to, to, shortcuts)));
    this.conv1 = new Conv2d(channels, 16, 3, { padding: 1, bias: false });
    this.layer1 = stage(16, 16); // H
    this.layer2 = stage(16, 32); // H/2
    this.layer3 = stage(32, 64); // H/4
    this.fc = new Linear(64, classes);
    initLayers(this, Conv2d, kaimingNormal('out'));
  }

  /** x (N, C, H, W) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    let h = this.bn1.forward(this.conv1.forward(x), RELU);
    for (const layer of [this.layer1, this.layer2, this.layer3]) h = layer.forward(h);
    return this.fc.forward(flatten(this.avgpool.forward(h)));
  }
}

/** The networks of test/golden/pinned.py: from nn's layers, and the VAEs of nn. */
import * as F from '../../src/autograd/ops/index.js';
import { BatchNorm2d, Conv2d, ConvVae, Linear, MlpVae, Module, vaeLoss, vaeLossParts } from '../../src/nn/index.js';
import type { AnyModule } from '../../src/nn/module.js';
import type { Tensor } from '../../src/tensor/tensor.js';

/** A network and its loss for images x, labels (N) u32 and noise (N, 4). */
export abstract class Pinned extends Module<readonly [x: Tensor, label: Tensor, noise: Tensor]> {}

export class ConvNet extends Pinned {
  readonly conv1 = new Conv2d(1, 6, 3, { padding: 1, bias: false });
  readonly bn1 = new BatchNorm2d(6);
  readonly conv2 = new Conv2d(6, 10, 3, { padding: 1, bias: false });
  readonly bn2 = new BatchNorm2d(10);
  readonly fc = new Linear(90, 5);

  forward(x: Tensor, label: Tensor): Tensor {
    let h = F.maxPool2d(F.relu(this.bn1.forward(this.conv1.forward(x))), { kernelSize: 2 });
    h = F.maxPool2d(F.relu(this.bn2.forward(this.conv2.forward(h))), { kernelSize: 2 });
    return F.crossEntropy(this.fc.forward(F.flatten(h)), label);
  }
}

class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly project: Conv2d | null;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outputs);
    this.project = stride === 1 ? null : new Conv2d(inputs, outputs, 1, { stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const y = this.bn2.forward(this.conv2.forward(F.relu(this.bn1.forward(this.conv1.forward(x)))));
    return F.relu(F.add(y, this.project === null ? x : this.project.forward(x)));
  }
}

export class Residual extends Pinned {
  readonly conv = new Conv2d(3, 6, 3, { padding: 1, bias: false });
  readonly bn = new BatchNorm2d(6);
  readonly block1 = new Block(6, 6, 1);
  readonly block2 = new Block(6, 8, 2);
  readonly fc = new Linear(8, 5);

  forward(x: Tensor, label: Tensor): Tensor {
    const h = this.block2.forward(this.block1.forward(F.relu(this.bn.forward(this.conv.forward(x)))));
    return F.crossEntropy(this.fc.forward(F.mean(h, { dim: [2, 3] })), label);
  }
}

/** A model of the engine, and its loss as `Pinned` has it. */
export interface PinnedNetwork {
  readonly model: AnyModule;
  readonly loss: (x: Tensor, label: Tensor, noise: Tensor) => Tensor;
}

export function pinned(model: Pinned): PinnedNetwork {
  return { model, loss: (x, label, noise) => model.forward(x, label, noise) };
}

export function pinnedVae(): PinnedNetwork {
  const model = new MlpVae(20, { hidden: 12, latent: 4 });
  return {
    model,
    loss: (x, _, noise) => vaeLoss(vaeLossParts(model.forward(x, null, noise), 'gaussian'), 0.5, x.shape[0]),
  };
}

/** Images -1 … 1 become intensities. */
export function pinnedConvVae(): PinnedNetwork {
  const model = new ConvVae(
    { channels: 1, height: 8, width: 8 },
    { hidden: 12, latent: 4, classes: 5, batchNorm: true },
  );
  return {
    model,
    loss: (x, label, noise) =>
      vaeLoss(vaeLossParts(model.forward(F.mul(F.add(x, 1), 0.5), label, noise), 'bernoulli'), 1, x.shape[0]),
  };
}

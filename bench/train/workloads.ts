/**
 * What `weft bench train` and the comparison with other libraries run: the same layers, batch, optimizer and kind of
 * numbers for all. A workload is prepared once; each call of `step` records one whole training step (or one product,
 * one convolution with its gradients) and returns the loss, or whatever tensor is to be waited for.
 */
import { backward, noGrad } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import {
  conv2d as conv2dKernel,
  conv2dBackwardInput,
  conv2dBackwardWeight,
  conv2dGeometry,
} from '../../src/kernels/conv2d/conv2d.js';
import { BatchNorm2d } from '../../src/nn/norm.js';
import { Conv2d, Linear } from '../../src/nn/layers.js';
import { buildModel, type ModelInput } from '../../src/nn/models/registry.js';
import { Module } from '../../src/nn/module.js';
import { MlpVae } from '../../src/nn/vae/mlp_vae.js';
import { full, tensor, type Tensor } from '../../src/tensor/tensor.js';
import { Adam, SGD, type Optimizer } from '../../src/optim/optim.js';
import { labelOf, uniform } from '../shared/numbers.js';

export { uniform };

export interface Workload {
  readonly name: string;
  readonly description: string;
  /** Samples of one step; 0 where there are none. */
  readonly batch: number;
  /** Floating-point operations of one run; 0 where bytes and small kernels rule. */
  readonly flops: number;
  /** Uploads what the workload needs and returns its step. */
  readonly prepare: (device: Device) => () => Tensor;
}

function draw(device: Device, shape: readonly number[], seed: number): Tensor {
  return tensor(
    device,
    uniform(
      shape.reduce((n, d) => n * d, 1),
      seed,
    ),
    { shape },
  );
}

function labels(device: Device, count: number): Tensor {
  return tensor(
    device,
    Uint32Array.from({ length: count }, (_, i) => labelOf(i)),
  );
}

function classifier(
  device: Device,
  model: Module,
  optimizer: (model: Module) => Optimizer,
  shape: readonly number[],
): () => Tensor {
  model.to(device, { seed: 0 }).train();
  const optim = optimizer(model);
  const x = draw(device, shape, 3);
  const label = labels(device, shape[0]);
  return () => {
    optim.zeroGrad();
    const loss = F.crossEntropy(model.forward(x), label);
    backward(loss);
    optim.step();
    return loss;
  };
}

const GREY: ModelInput = { channels: 1, height: 28, width: 28, classes: 10 };
const BATCH = 64;

function registered(name: string, description: string): Workload {
  return {
    name,
    description,
    batch: BATCH,
    flops: 0,
    prepare: (device) => classifier(device, buildModel(name, GREY), (m) => new Adam(m), [BATCH, 1, 28, 28]),
  };
}

/** Where weights outweigh pixels: a deep network, few and small images. */
function deep(model: string, batch: number, size: number): Workload {
  const input: ModelInput = { channels: 3, height: size, width: size, classes: 10 };
  return {
    name: `${model}_${size}px`,
    description: `${model}, ${batch} images of ${size}x${size}, Adam`,
    batch,
    flops: 0,
    prepare: (device) => classifier(device, buildModel(model, input), (m) => new Adam(m), [batch, 3, size, size]),
  };
}

/** Two 3x3 convolutions and a shortcut: a 1x1 convolution where the shape changes. */
class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly shortcut: Conv2d | null;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outChannels);
    this.conv2 = new Conv2d(outChannels, outChannels, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outChannels);
    this.shortcut =
      stride !== 1 || inChannels !== outChannels
        ? new Conv2d(inChannels, outChannels, 1, { stride, bias: false })
        : null;
  }

  forward(x: Tensor): Tensor {
    const h = this.bn1.forward(this.conv1.forward(x), { activation: 'relu' });
    return this.bn2.forward(this.conv2.forward(h), { activation: 'relu', residual: this.shortcut?.forward(x) ?? x });
  }
}

/** ResNet-20 for 32x32 images, with projection shortcuts as the compared libraries have them. */
class ResNet20 extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;
  readonly blocks: readonly Block[];
  readonly fc: Linear;

  constructor() {
    super();
    this.conv = new Conv2d(3, 16, 3, { padding: 1, bias: false });
    this.bn = new BatchNorm2d(16);
    const block = (from: number, to: number, i: number): Block =>
      new Block(i === 0 ? from : to, to, i === 0 && to > 16 ? 2 : 1);
    this.blocks = [
      [16, 16],
      [16, 32],
      [32, 64],
    ].flatMap(([from, to]) => [0, 1, 2].map((i) => block(from, to, i)));
    this.fc = new Linear(64, 10);
  }

  forward(x: Tensor): Tensor {
    let h = this.bn.forward(this.conv.forward(x), { activation: 'relu' });
    for (const block of this.blocks) h = block.forward(h);
    return this.fc.forward(F.flatten(F.adaptiveAvgPool2d(h, 1)));
  }
}

/**
 * The auto-encoder over features of a ResNet-50; the loss is the mean over the batch of squared error and KL
 * divergence.
 */
function vae(device: Device): () => Tensor {
  const model = new MlpVae(2048, { hidden: 512, latent: 128 }).to(device, { seed: 0 });
  const optim = new Adam(model);
  const [x, noise] = [draw(device, [128, 2048], 6), draw(device, [128, 128], 7)];
  return () => {
    optim.zeroGrad();
    const { target, reconstruction, mean, logVar } = model.forward(x, null, noise);
    const loss = F.mul(
      F.add(F.mseLoss(reconstruction, target, { reduction: 'sum' }), F.gaussianKl(mean, logVar)),
      1 / x.shape[0],
    );
    backward(loss);
    optim.step();
    return loss;
  };
}

function matmul(n: number): Workload {
  const prepare = (device: Device): (() => Tensor) => {
    const [a, b] = [draw(device, [n, n], 1), draw(device, [n, n], 2)];
    return () => noGrad(() => F.matmul(a, b));
  };
  return { name: `matmul${n}`, description: `(${n}, ${n}) times (${n}, ${n})`, batch: 0, flops: 2 * n ** 3, prepare };
}

/** 3x3, padding 1, 28x28: y, dx and dw. */
function conv2d(C: number, O: number): Workload {
  const prepare = (device: Device): (() => Tensor) => {
    const [x, w] = [draw(device, [BATCH, C, 28, 28], 1), draw(device, [O, C, 3, 3], 2)];
    const dy = full(device, [BATCH, O, 28, 28], 1); // of the sum of y
    const g = conv2dGeometry(x.shape, w.shape, { padding: 1 });
    return () => {
      const y = conv2dKernel(x, w, null, { padding: 1 });
      conv2dBackwardInput(dy, w, g);
      conv2dBackwardWeight(x, dy, g);
      return y;
    };
  };
  return {
    name: `conv${C}_${O}_fwdbwd`,
    description: `conv 3x3 ${C} -> ${O}, 28x28, forward and both gradients`,
    batch: BATCH,
    flops: 3 * 2 * BATCH * 784 * 9 * C * O,
    prepare,
  };
}

export const WORKLOADS: readonly Workload[] = [
  registered('lenet5', 'LeNet-5, Adam'),
  registered('cnn', '2-convolution CNN, Adam'),
  registered('lstm', 'LSTM over the rows of 28x28, hidden 128, Adam'),
  registered('bilstm', 'the same in both directions'),
  {
    name: 'resnet20',
    description: 'ResNet-20 at 32x32, SGD with momentum',
    batch: BATCH,
    flops: 0,
    prepare: (device) =>
      classifier(device, new ResNet20(), (m) => new SGD(m, { lr: 0.05, momentum: 0.9 }), [BATCH, 3, 32, 32]),
  },
  deep('resnet18', 8, 32),
  deep('resnet50', 2, 128),
  { name: 'vae', description: 'VAE 2048-512-128-512-2048, batch 128, Adam', batch: 128, flops: 0, prepare: vae },
  conv2d(1, 32),
  conv2d(32, 64),
  matmul(512),
  matmul(1024),
];

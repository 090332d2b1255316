/** The list of models: what `--model` names and `weft models` lists. */
import { UsageError } from '../../device/errors.js';
import type { Module } from '../module.js';
import { AlexNet } from './alexnet.js';
import { CifarResNet } from './cifar_resnet.js';
import { CNN } from './cnn.js';
import { ConvBN } from './convbn.js';
import { FashionNet } from './fashionnet.js';
import { GoogLeNet } from './googlenet.js';
import { LeNet5 } from './lenet5.js';
import { LSTMClassifier } from './lstm.js';
import { MLP } from './mlp.js';
import { ResNet } from './resnet.js';
import { SqueezeNet } from './squeezenet.js';
import { VGG } from './vgg.js';

/** What a model sees and says: images (N, channels, height, width), logits (N, classes). */
export interface ModelInput {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

export interface ModelSpec {
  readonly name: string;
  readonly description: string;
  /** Smallest height and width that its pooling leaves anything of. */
  readonly minimumSize: number;
  /** What it was designed for; parameter counts are quoted for it. */
  readonly input: ModelInput;
  /** Path of the layer that gives the logits: it is made anew for other classes. */
  readonly head: string;
  readonly build: (input: ModelInput) => Module;
}

/** What Fashion-MNIST, CIFAR-10 and ImageNet give. */
const GREY: ModelInput = { channels: 1, height: 28, width: 28, classes: 10 };
const CIFAR: ModelInput = { channels: 3, height: 32, width: 32, classes: 10 };
const IMAGENET: ModelInput = { channels: 3, height: 224, width: 224, classes: 1000 };

function cifar(shortcuts: boolean, depth: number): ModelSpec {
  const [name, what] = shortcuts ? ['resnet', 'with shortcuts (option A)'] : ['plain', 'without shortcuts'];
  return { name: `${name}${depth}`, description: `${depth} layers for CIFAR, ${what}`, minimumSize: 1, input: CIFAR, head: 'fc', build: (i) => new CifarResNet(i, depth, { shortcuts }) };
}

function resnet(depth: 18 | 34 | 50): ModelSpec {
  const description = `residual network of ${depth} layers, ${depth === 50 ? 'bottlenecks' : 'pairs of 3x3 convolutions'}`;
  return { name: `resnet${depth}`, description, minimumSize: 1, input: IMAGENET, head: 'fc', build: (i) => new ResNet(i, depth) };
}

function vgg(depth: 11 | 16, batchNorm: boolean): ModelSpec {
  const description = `VGG-${depth}: ${depth - 3} convolutions 3x3${batchNorm ? ' with batch norm' : ''}, max pooling, fc 4096, 4096`;
  return { name: `vgg${depth}${batchNorm ? '_bn' : ''}`, description, minimumSize: 32, input: IMAGENET, head: 'classifier.6', build: (i) => new VGG(i, depth, { batchNorm }) };
}

export const MODELS: readonly ModelSpec[] = [
  { name: 'mlp', description: 'perceptron with two hidden layers (256, 128), ReLU', minimumSize: 1, input: GREY, head: 'fc3', build: (i) => new MLP(i) },
  { name: 'lenet5', description: 'LeNet-5: conv 5x5x6, conv 5x5x16, tanh, average pooling, fc 120, 84', minimumSize: 12, input: GREY, head: 'fc3', build: (i) => new LeNet5(i) },
  { name: 'cnn', description: 'conv 3x3x32, conv 3x3x64, ReLU, max pooling, fc 128', minimumSize: 4, input: GREY, head: 'fc2', build: (i) => new CNN(i) },
  { name: 'convbn', description: 'six conv 3x3 with batch norm, 32 to 128 channels, mean over the image, dropout', minimumSize: 4, input: GREY, head: 'fc', build: (i) => new ConvBN(i) },
  { name: 'fashionnet', description: 'conv 3x3x32, conv 3x3x64 of stride 2, max pooling, fc 128, much dropout', minimumSize: 8, input: GREY, head: 'fc2', build: (i) => new FashionNet(i) },
  { name: 'lstm', description: 'the rows of the image as a sequence: LSTM 128, last state, fc', minimumSize: 1, input: GREY, head: 'fc', build: (i) => new LSTMClassifier(i) },
  { name: 'bilstm', description: 'the rows in both directions: bidirectional LSTM 128, last states, fc', minimumSize: 1, input: GREY, head: 'fc', build: (i) => new LSTMClassifier(i, { bidirectional: true }) },
  ...[20, 32, 44, 56].map((depth) => cifar(false, depth)),
  ...[20, 32, 44, 56, 110].map((depth) => cifar(true, depth)),
  { name: 'alexnet', description: 'AlexNet: 5 convolutions from 11x11 to 3x3, max pooling, fc 4096, 4096', minimumSize: 63, input: IMAGENET, head: 'classifier.6', build: (i) => new AlexNet(i) },
  vgg(11, false), vgg(11, true), vgg(16, false), vgg(16, true),
  { name: 'googlenet', description: 'inception modules, batch norm, global average pooling', minimumSize: 15, input: IMAGENET, head: 'fc', build: (i) => new GoogLeNet(i) },
  resnet(18), resnet(34), resnet(50),
  { name: 'squeezenet1_1', description: 'SqueezeNet 1.1: fire modules, global average pooling', minimumSize: 17, input: IMAGENET, head: 'classifier.1', build: (i) => new SqueezeNet(i) },
];

/** Those for Fashion-MNIST's images: small enough to be measured and tuned in passing. */
export const SMALL_MODELS: readonly ModelSpec[] = MODELS.filter((m) => m.input === GREY);

/** What Fashion-MNIST gives. */
export const DEFAULT_INPUT = GREY;

/** @throws UsageError for an unknown name. */
export function modelSpec(name: string): ModelSpec {
  const spec = MODELS.find((m) => m.name === name);
  if (spec === undefined) throw new UsageError(`there is no model "${name}"`, { fix: `use one of ${MODELS.map((m) => m.name).join(', ')}` });
  return spec;
}

/** @throws UsageError for an unknown name, or images too small for the model. */
export function buildModel(name: string, input: ModelInput): Module {
  const spec = modelSpec(name);
  if (Math.min(input.height, input.width) < spec.minimumSize) {
    throw new UsageError(`${name} needs images of at least ${spec.minimumSize}x${spec.minimumSize}, got ${input.height}x${input.width}`, { fix: 'use larger images, or --model mlp' });
  }
  return spec.build(input);
}

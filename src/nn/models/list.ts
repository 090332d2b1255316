/** What models there are, as data: a command line can name them without loading what builds them (registry.ts). */

/** What a model sees and says: images (N, channels, height, width), logits (N, classes). */
export interface ModelInput {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** What is known of a model without building it. */
export interface ModelEntry<Name extends string = string> {
  readonly name: Name;
  readonly description: string;
  /** Smallest height and width that its pooling leaves anything of. */
  readonly minimumSize: number;
  /** What it was designed for; parameter counts are quoted for it. */
  readonly input: ModelInput;
  /** Path of the layer that gives the logits: it is made anew for other classes. */
  readonly head: string;
}

/** What Fashion-MNIST, CIFAR-10 and ImageNet give. */
const GREY: ModelInput = { channels: 1, height: 28, width: 28, classes: 10 };
const CIFAR: ModelInput = { channels: 3, height: 32, width: 32, classes: 10 };
const IMAGENET: ModelInput = { channels: 3, height: 224, width: 224, classes: 1000 };

function row<Name extends string>(
  name: Name,
  input: ModelInput,
  minimumSize: number,
  head: string,
  description: string,
): ModelEntry<Name> {
  return { name, description, minimumSize, input, head };
}

function cifar<Name extends string>(name: Name, depth: number): ModelEntry<Name> {
  return row(
    name,
    CIFAR,
    1,
    'fc',
    `${depth} layers for CIFAR, ${name.startsWith('plain') ? 'without shortcuts' : 'with shortcuts (option A)'}`,
  );
}

function resnet<Name extends string>(name: Name, depth: number, blocks: string): ModelEntry<Name> {
  return row(name, IMAGENET, 1, 'fc', `residual network of ${depth} layers, ${blocks}`);
}

function vgg<Name extends string>(name: Name, depth: number): ModelEntry<Name> {
  return row(
    name,
    IMAGENET,
    32,
    'classifier.6',
    `VGG-${depth}: ${depth - 3} convolutions 3x3${name.endsWith('_bn') ? ' with batch norm' : ''}, max pooling, ` +
      `fc 4096, 4096`,
  );
}

function mobilenet(blocks: number): string {
  return `${blocks} inverted residuals, squeeze and excitation, hardswish`;
}

function transformer(width: number): string {
  return `transformer: patches of 16x16 as tokens of ${width}, 12 blocks of ${width / 64} heads`;
}

const PAIRS = 'pairs of 3x3 convolutions';

export const MODEL_LIST = [
  row('mlp', GREY, 1, 'fc3', 'perceptron with two hidden layers (256, 128), ReLU'),
  row('lenet5', GREY, 12, 'fc3', 'LeNet-5: conv 5x5x6, conv 5x5x16, tanh, average pooling, fc 120, 84'),
  row('cnn', GREY, 4, 'fc2', 'conv 3x3x32, conv 3x3x64, ReLU, max pooling, fc 128'),
  row('convbn', GREY, 4, 'fc', 'six conv 3x3 with batch norm, 32 to 128 channels, mean over the image, dropout'),
  row('fashionnet', GREY, 8, 'fc2', 'conv 3x3x32, conv 3x3x64 of stride 2, max pooling, fc 128, much dropout'),
  row('lstm', GREY, 1, 'fc', 'the rows of the image as a sequence: LSTM 128, last state, fc'),
  row('bilstm', GREY, 1, 'fc', 'the rows in both directions: bidirectional LSTM 128, last states, fc'),
  cifar('plain20', 20),
  cifar('plain32', 32),
  cifar('plain44', 44),
  cifar('plain56', 56),
  cifar('resnet20', 20),
  cifar('resnet32', 32),
  cifar('resnet44', 44),
  cifar('resnet56', 56),
  cifar('resnet110', 110),
  row('alexnet', IMAGENET, 63, 'classifier.6', 'AlexNet: 5 convolutions from 11x11 to 3x3, max pooling, fc 4096, 4096'),
  vgg('vgg11', 11),
  vgg('vgg11_bn', 11),
  vgg('vgg16', 16),
  vgg('vgg16_bn', 16),
  row('googlenet', IMAGENET, 15, 'fc', 'inception modules, batch norm, global average pooling'),
  resnet('resnet18', 18, PAIRS),
  resnet('resnet34', 34, PAIRS),
  resnet('resnet50', 50, 'bottlenecks'),
  row('resnext50_32x4d', IMAGENET, 1, 'fc', 'ResNeXt-50: bottlenecks whose 3x3 convolutions have 32 groups'),
  row('densenet121', IMAGENET, 29, 'classifier', 'DenseNet-121: each layer is given what all before it made'),
  row('squeezenet1_1', IMAGENET, 17, 'classifier.1', 'SqueezeNet 1.1: fire modules, global average pooling'),
  row('mobilenet_v3_small', IMAGENET, 1, 'classifier.3', mobilenet(11)),
  row('mobilenet_v3_large', IMAGENET, 1, 'classifier.3', mobilenet(15)),
  row('efficientnet_b0', IMAGENET, 1, 'classifier.1', 'inverted residuals, squeeze and excitation, SiLU'),
  row('regnet_y_400mf', IMAGENET, 1, 'fc', 'bottlenecks with groups of 8 channels, squeeze and excitation'),
  row('convnext_tiny', IMAGENET, 32, 'classifier.2', 'depthwise 7x7, layer norm, pairs of linear layers, GELU'),
  row('vit_tiny_16', IMAGENET, 16, 'heads.head', transformer(192)),
  row('vit_b_16', IMAGENET, 16, 'heads.head', transformer(768)),
];

export type ModelName = (typeof MODEL_LIST)[number]['name'];

export const MODEL_NAMES: readonly string[] = MODEL_LIST.map((m) => m.name);

/** Those for Fashion-MNIST's images: small enough to be measured and tuned in passing. */
export const SMALL_MODEL_NAMES: readonly string[] = MODEL_LIST.flatMap((m) => (m.input === GREY ? [m.name] : []));

/** What Fashion-MNIST gives. */
export const DEFAULT_INPUT = GREY;

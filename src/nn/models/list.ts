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
  /** What it is good for, in a line. */
  readonly use: string;
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
  use: string,
): ModelEntry<Name> {
  return { name, description, use, minimumSize, input, head };
}

function cifar<Name extends string>(name: Name, depth: number): ModelEntry<Name> {
  const isPlain = name.startsWith('plain');
  return row(
    name,
    CIFAR,
    1,
    'fc',
    `${depth} layers for CIFAR, ${isPlain ? 'without shortcuts' : 'with shortcuts (option A)'}`,
    isPlain ? 'to see what depth costs without shortcuts' : 'images of about 32x32, from scratch',
  );
}

function wide<Name extends string>(name: Name, depth: number, times: number, use: string): ModelEntry<Name> {
  const description = `wide residual network of ${depth} layers, ${times} times the channels`;
  return row(name, CIFAR, 1, 'fc', description, use);
}

function resnet<Name extends string>(name: Name, depth: number, blocks: string, use: string): ModelEntry<Name> {
  return row(name, IMAGENET, 1, 'fc', `residual network of ${depth} layers, ${blocks}`, use);
}

function vgg<Name extends string>(name: Name, depth: number): ModelEntry<Name> {
  const hasNorms = name.endsWith('_bn');
  return row(
    name,
    IMAGENET,
    32,
    'classifier.6',
    `VGG-${depth}: ${depth - 3} convolutions 3x3${hasNorms ? ' with batch norm' : ''}, max pooling, fc 4096, 4096`,
    hasNorms ? 'as without batch norm, but easier to train' : 'features of published weights; much work',
  );
}

function mobilenet<Name extends string>(name: Name, blocks: number, use: string): ModelEntry<Name> {
  const description = `${blocks} inverted residuals, squeeze and excitation, hardswish`;
  return row(name, IMAGENET, 1, 'classifier.3', description, use);
}

function transformer<Name extends string>(name: Name, width: number, use: string): ModelEntry<Name> {
  const description = `transformer of patches of 16x16: tokens of ${width}, 12 blocks of ${width / 64} heads`;
  return row(name, IMAGENET, 16, 'heads.head', description, use);
}

const LENET = 'LeNet-5: conv 5x5x6, conv 5x5x16, tanh, average pooling, fc 120, 84';
const CONVBN = 'six conv 3x3 with batch norm, 32 to 128 channels, mean over the image, dropout';
const FASHIONNET = 'conv 3x3x32, conv 3x3x64 of stride 2, max pooling, fc 128, much dropout';
const BILSTM = 'the rows in both directions: bidirectional LSTM 128, last states, fc';
const ALEXNET = 'AlexNet: 5 convolutions from 11x11 to 3x3, max pooling, fc 4096, 4096';
const RESNEXT = 'ResNeXt-50: bottlenecks whose 3x3 convolutions have 32 groups';
const DENSENET = 'DenseNet-121: each layer is given what all before it made';
const SQUEEZENET = 'SqueezeNet 1.1: fire modules, global average pooling';
const EFFICIENTNET = 'EfficientNet-B0: 16 inverted residuals, squeeze and excitation, SiLU';
const REGNET = 'RegNetY: bottlenecks with groups of 8 channels, squeeze and excitation';
const CONVNEXT = 'ConvNeXt: depthwise 7x7, layer norm, two linear layers a pixel, GELU';
const PAIRS = 'pairs of 3x3 convolutions';

export const MODEL_LIST = [
  row('mlp', GREY, 1, 'fc3', 'perceptron with two hidden layers (256, 128), ReLU', 'a baseline that trains in seconds'),
  row('lenet5', GREY, 12, 'fc3', LENET, 'small grey images, and to learn from'),
  row(
    'cnn',
    GREY,
    4,
    'fc2',
    'conv 3x3x32, conv 3x3x64, ReLU, max pooling, fc 128',
    'small grey images: the first to try',
  ),
  row('convbn', GREY, 4, 'fc', CONVBN, 'small grey images: the most accurate of these'),
  row('fashionnet', GREY, 8, 'fc2', FASHIONNET, 'to compare with the paper of that name'),
  row(
    'lstm',
    GREY,
    1,
    'fc',
    'the rows of the image as a sequence: LSTM 128, last state, fc',
    'to see sequences learnt',
  ),
  row('bilstm', GREY, 1, 'fc', BILSTM, 'the same, both ways'),
  cifar('plain20', 20),
  cifar('plain32', 32),
  cifar('plain44', 44),
  cifar('plain56', 56),
  cifar('resnet20', 20),
  cifar('resnet32', 32),
  cifar('resnet44', 44),
  cifar('resnet56', 56),
  cifar('resnet110', 110),
  wide('wrn16_4', 16, 4, 'images of about 32x32: more accurate than resnet20'),
  wide('wrn28_10', 28, 10, 'as accurate as these get; wants a GPU'),
  row('alexnet', IMAGENET, 63, 'classifier.6', ALEXNET, 'history; little work for its many weights'),
  vgg('vgg11', 11),
  vgg('vgg11_bn', 11),
  vgg('vgg16', 16),
  vgg('vgg16_bn', 16),
  row(
    'googlenet',
    IMAGENET,
    15,
    'fc',
    'inception modules, batch norm, global average pooling',
    'photographs, few weights',
  ),
  resnet('resnet18', 18, PAIRS, 'photographs: the first to try'),
  resnet('resnet34', 34, PAIRS, 'more accurate than resnet18 for twice the work'),
  resnet('resnet50', 50, 'bottlenecks', 'transfer: most published weights are of it'),
  row('resnext50_32x4d', IMAGENET, 1, 'fc', RESNEXT, 'more accurate than resnet50 for its work'),
  row('densenet121', IMAGENET, 29, 'classifier', DENSENET, 'few weights; much memory while it trains'),
  row('squeezenet1_1', IMAGENET, 17, 'classifier.1', SQUEEZENET, 'transfer on a small machine'),
  mobilenet('mobilenet_v3_small', 11, 'phones and browsers: the least work for photographs'),
  mobilenet('mobilenet_v3_large', 15, 'phones and browsers: more accurate'),
  row('efficientnet_b0', IMAGENET, 1, 'classifier.1', EFFICIENTNET, 'the most accurate with few weights; transfer'),
  row('regnet_y_400mf', IMAGENET, 1, 'fc', REGNET, 'little work for its accuracy, of plain layers'),
  row('convnext_tiny', IMAGENET, 32, 'classifier.2', CONVNEXT, 'the most accurate of the convolutional ones; transfer'),
  transformer('vit_tiny_16', 192, 'transformers on a small machine; from scratch it wants many images'),
  transformer('vit_b_16', 768, 'transfer from published weights; large'),
];

export type ModelName = (typeof MODEL_LIST)[number]['name'];

export const MODEL_NAMES: readonly string[] = MODEL_LIST.map((m) => m.name);

/** Those for Fashion-MNIST's images: small enough to be measured and tuned in passing. */
export const SMALL_MODEL_NAMES: readonly string[] = MODEL_LIST.flatMap((m) => (m.input === GREY ? [m.name] : []));

/** What Fashion-MNIST gives. */
export const DEFAULT_INPUT = GREY;

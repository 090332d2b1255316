/** The list of models: what `--model` names and `weft models` lists. */
import { UsageError } from '../../device/errors.js';
import type { Module } from '../module.js';
import { AlexNet } from './alexnet.js';
import { CifarResNet } from './cifar_resnet.js';
import { CNN } from './cnn.js';
import { ConvBN } from './convbn.js';
import { FashionNet } from './fashionnet.js';
import { ConvNeXt } from './convnext.js';
import { DenseNet } from './densenet.js';
import { EfficientNet } from './efficientnet.js';
import { GoogLeNet } from './googlenet.js';
import { LeNet5 } from './lenet5.js';
import { LSTMClassifier } from './lstm.js';
import {
  DEFAULT_INPUT,
  MODEL_LIST,
  SMALL_MODEL_NAMES,
  type ModelEntry,
  type ModelInput,
  type ModelName,
} from './list.js';
import { MLP } from './mlp.js';
import { MobileNetV3 } from './mobilenet_v3.js';
import { RegNet } from './regnet.js';
import { ResNet } from './resnet.js';
import { SqueezeNet } from './squeezenet.js';
import { VGG } from './vgg.js';
import { VisionTransformer } from './vit.js';
import { WideResNet } from './wide_resnet.js';
import { worded } from '../../text/wording.js';

export type { ModelInput } from './list.js';
export { DEFAULT_INPUT } from './list.js';

/** A model that can be named: what it is for, and how it is built for images and classes. */
export interface ModelSpec extends ModelEntry {
  readonly build: (input: ModelInput) => Module;
}

/** What `defineModel` is told of a model; see ModelEntry for the fields. */
export interface ModelDefinition extends Pick<ModelSpec, 'name' | 'head' | 'build'> {
  /** Default: the name. */
  readonly description?: string;
  /** What it is good for, in a line. Default: nothing is said. */
  readonly use?: string;
  /** Smallest height and width of its images. Default 1. */
  readonly minimumSize?: number;
  /** What it is designed for. Default: grey images of 28x28, 10 classes. */
  readonly input?: ModelInput;
}

const cifar =
  (depth: number, shortcuts: boolean) =>
  (i: ModelInput): Module =>
    new CifarResNet(i, depth, { shortcuts });
const resnet =
  (depth: 18 | 34 | 50) =>
  (i: ModelInput): Module =>
    new ResNet(i, depth);
const vgg =
  (depth: 11 | 16, batchNorm: boolean) =>
  (i: ModelInput): Module =>
    new VGG(i, depth, { batchNorm });

const BUILD: Readonly<Record<ModelName, ModelSpec['build']>> = {
  mlp: (i) => new MLP(i),
  lenet5: (i) => new LeNet5(i),
  cnn: (i) => new CNN(i),
  convbn: (i) => new ConvBN(i),
  fashionnet: (i) => new FashionNet(i),
  lstm: (i) => new LSTMClassifier(i),
  bilstm: (i) => new LSTMClassifier(i, { bidirectional: true }),
  plain20: cifar(20, false),
  plain32: cifar(32, false),
  plain44: cifar(44, false),
  plain56: cifar(56, false),
  resnet20: cifar(20, true),
  resnet32: cifar(32, true),
  resnet44: cifar(44, true),
  resnet56: cifar(56, true),
  resnet110: cifar(110, true),
  wrn16_4: (i) => new WideResNet(i, 16, 4),
  wrn28_10: (i) => new WideResNet(i, 28, 10),
  alexnet: (i) => new AlexNet(i),
  vgg11: vgg(11, false),
  vgg11_bn: vgg(11, true),
  vgg16: vgg(16, false),
  vgg16_bn: vgg(16, true),
  googlenet: (i) => new GoogLeNet(i),
  resnet18: resnet(18),
  resnet34: resnet(34),
  resnet50: resnet(50),
  resnext50_32x4d: (i) => new ResNet(i, 50, { groups: 32, widthPerGroup: 4 }),
  densenet121: (i) => new DenseNet(i),
  squeezenet1_1: (i) => new SqueezeNet(i),
  mobilenet_v3_small: (i) => new MobileNetV3(i, 'small'),
  mobilenet_v3_large: (i) => new MobileNetV3(i, 'large'),
  efficientnet_b0: (i) => new EfficientNet(i),
  regnet_y_400mf: (i) => new RegNet(i),
  convnext_tiny: (i) => new ConvNeXt(i),
  vit_tiny_16: (i) => new VisionTransformer(i, 'tiny'),
  vit_b_16: (i) => new VisionTransformer(i, 'base'),
};

/** The models of the library, in the order of `weft models`. */
export const MODELS: readonly ModelSpec[] = MODEL_LIST.map((entry) => ({ ...entry, build: BUILD[entry.name] }));

/** Those for Fashion-MNIST's images: small enough to be measured and tuned in passing. */
export const SMALL_MODELS: readonly ModelSpec[] = MODELS.filter((m) => SMALL_MODEL_NAMES.includes(m.name));

const defined = new Map<string, ModelSpec>();

/** All models by name: those of the library, then those that `defineModel` entered. */
export function models(): readonly ModelSpec[] {
  return [...MODELS, ...defined.values()];
}

/**
 * Enters a model into the list by its name: `createModel`, `train`, checkpoints and classifiers know it from then on.
 * @throws UsageError when the name is taken, or begins with something else than a letter or has other characters than
 * letters, digits, `_` and `-`: it names folders.
 */
export function defineModel(definition: ModelDefinition): ModelSpec {
  const { name } = definition;
  if (!/^[a-z][\w-]*$/i.test(name))
    throw new UsageError(`[defineModel] "${name}" cannot be a name`, { fix: 'use letters, digits, _ and -' });
  if (models().some((m) => m.name === name))
    throw new UsageError(`[defineModel] there is a model "${name}" already`, { fix: 'give it another name' });
  const spec = { description: name, use: '', minimumSize: 1, input: DEFAULT_INPUT, ...definition };
  defined.set(name, spec);
  return spec;
}

/** What is known of a model. @throws UsageError for an unknown name. */
export function modelSpec(name: string): ModelSpec {
  const spec = models().find((m) => m.name === name);
  if (spec === undefined)
    throw new UsageError(`there is no model "${name}"`, {
      fix: `use one of ${models()
        .map((m) => m.name)
        .join(', ')}`,
    });
  return spec;
}

/**
 * A model by name, not on a device yet: `createModel('lenet5', { classes: 5 })`.
 * @param input sizes of the images (channels, height, width) and the number of classes, as far as they are not those
 * that the model was designed for.
 * @throws UsageError for an unknown name, or images too small for the model.
 */
export function createModel(name: string, input: Partial<ModelInput> = {}): Module {
  return buildModel(name, { ...modelSpec(name).input, ...input });
}

/**
 * A model by name for these images and classes, not on a device yet. @throws UsageError for an unknown name, or images
 * too small for the model.
 */
export function buildModel(name: string, input: ModelInput): Module {
  const spec = modelSpec(name);
  if (Math.min(input.height, input.width) < spec.minimumSize) {
    throw new UsageError(
      `${name} needs images of at least ${spec.minimumSize}x${spec.minimumSize}, got ${input.height}x${input.width}`,
      { fix: worded`use larger images, or {model} mlp` },
    );
  }
  return spec.build(input);
}
